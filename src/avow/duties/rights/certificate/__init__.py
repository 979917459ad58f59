"""Signed certificates of erasure that a stranger can check offline.

Doors: `document.make_certificate` (facts -> document), `document.sign_certificate`, `page.certificate_letter` (for people to
read), and `verify`, a small program of its own. The document holds ids, keyed digests, counts and dates; it names nobody.
"""
