"""Documents on paper: PDFs with page numbers, a title and a language, in scripts from left and from right.

Doors: `Paper`, `make_pdf`, and `page_css` for the same on a page of HTML. The fonts beside
it are DejaVu Sans (LICENSE-DejaVu.txt). Refuses to read a clock: the time is an argument.
"""

from avow.duties.rights.paper.document import Line, Paper, make_pdf, page_css

__all__ = ["Line", "Paper", "make_pdf", "page_css"]
