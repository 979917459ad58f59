"""Notices: what the company tells everybody about itself: its policy, page by page, version by version.

Pure rules and words; what is stored stands in `avow.control.notices`. Refuses to know a web page or a database.
"""
