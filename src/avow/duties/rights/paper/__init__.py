"""Documents on paper: PDFs with page numbers, a title and a language, in scripts from left and from right.

Doors: `Paper`, `make_pdf`, and `page_css` for the same on a page of HTML. The fonts beside
it are DejaVu Sans (LICENSE-DejaVu.txt). Refuses to read a clock: the time is an argument.
"""

from importlib.resources import files

from avow.duties.rights.paper.lines import Line, Paper

__all__ = ["Line", "Paper", "make_pdf", "page_css"]


def make_pdf(paper: Paper) -> tuple[bytes, int]:
    """(the file, how many texts held signs that the font lacks)."""
    from avow.duties.rights.paper.document import set_paper

    return set_paper(paper)


def page_css() -> str:
    """The style sheet of answers, letters and certificates as pages: from both directions, for screens and printers."""
    return files("avow.duties.rights.paper").joinpath("page.css").read_text(encoding="utf-8")
