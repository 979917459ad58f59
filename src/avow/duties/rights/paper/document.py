"""Makes a PDF of headings, paragraphs, pairs of label and text, and small tables.

Promises a title, an author, a language, an outline of the headings, page numbers and tags in reading order; signs that the font
lacks become boxes, and are counted so that the caller can say so. Refuses a clock, the network and anything interactive.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial
from importlib.resources import as_file, files
from io import BytesIO
from typing import Any

from reportlab.lib import colors
from reportlab.lib.enums import TA_LEFT, TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageTemplate, Spacer, Table, TableStyle

from avow.duties.rights.paper.lines import Line, Paper
from avow.duties.rights.paper.shaping import OPEN, POP, first_strong, is_right_to_left, order_line, shape
from avow.duties.rights.paper.tagging import Element, Ruled, TaggedCanvas, Told

REGULAR, BOLD = "DejaVuSans", "DejaVuSans-Bold"
MISSING = "\u25a1"  # a box
LONGEST = 10_000  # signs of one paragraph
_INK, _SOFT, _LINE, _TINT = (colors.HexColor(c) for c in ("#1b1f24", "#4c5560", "#c9cfd6", "#f3f5f7"))
_SIZES = {"title": 18, "h1": 13, "h2": 10.5, "text": 9.5, "value": 10.5, "soft": 8, "cell": 8.5}
_SPACE = {"title": 4, "h1": 12, "h2": 8, "text": 3, "value": 3, "soft": 0, "cell": 0}
_ROLES = {"title": "H1", "h1": "H2", "h2": "H3"}
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
_MARGIN = 20 * mm
WIDTH = A4[0] - 2 * _MARGIN


def set_paper(paper: Paper) -> tuple[bytes, int]:
    """(the file, how many texts held signs that the font lacks)."""
    _load_fonts()
    root = Element("Document")
    setter = _Setter(paper.right_to_left, root)
    story = [flowable for line in paper.lines for flowable in setter.set(line)]
    out = BytesIO()
    document = BaseDocTemplate(
        out,
        pagesize=A4,
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=_MARGIN,
        bottomMargin=22 * mm,
        title=paper.title,
        author=paper.author,
        subject=paper.title,
        creator="Avow",
        lang=paper.language,
        displayDocTitle=1,
        invariant=1,
    )
    frame = Frame(_MARGIN, 22 * mm, WIDTH, A4[1] - _MARGIN - 22 * mm, 0, 0, 0, 0)
    document.addPageTemplates([PageTemplate("page", [frame], onPage=partial(_draw_page, paper))])
    document.build(story, canvasmaker=partial(TaggedCanvas, root=root))
    return out.getvalue(), setter.missing


def _draw_page(paper: Paper, canvas: Any, document: Any) -> None:
    _set_time(canvas, paper.made_at)
    canvas.saveState()
    canvas.setFont(REGULAR, 8)
    canvas.setFillColor(_SOFT)
    page, footer = paper.page_of(document.page), paper.footer
    if paper.right_to_left:
        page, footer = (order_line(shape(text), True) for text in (page, footer))
        page, footer = footer, page
    with canvas.decoration():
        canvas.drawString(_MARGIN, 12 * mm, footer)
        canvas.drawRightString(A4[0] - _MARGIN, 12 * mm, page)
    canvas.restoreState()


def _set_time(canvas: Any, at: datetime) -> None:
    """reportlab takes the time from the machine; the document states the one that it was given."""
    utc = at.astimezone(UTC)
    stamp = canvas._doc._timeStamp
    stamp.t, stamp.lt, stamp.tzname = utc.timestamp(), utc.timetuple(), "UTC"
    stamp.YMDhms, stamp.dhh, stamp.dmm = tuple(utc.timetuple())[:6], 0, 0


@cache
def _load_fonts() -> None:
    for name in (REGULAR, BOLD):
        with as_file(files("avow.duties.rights.paper").joinpath(f"{name}.ttf")) as path:
            pdfmetrics.registerFont(TTFont(name, str(path)))
    pdfmetrics.registerFontFamily(REGULAR, normal=REGULAR, bold=BOLD, italic=REGULAR, boldItalic=BOLD)


@cache
def _style(name: str, right: bool) -> ParagraphStyle:
    size = _SIZES[name]
    return ParagraphStyle(
        name,
        fontName=BOLD if name in ("title", "h1", "h2") else REGULAR,
        fontSize=size,
        leading=size * 1.4,
        textColor=_SOFT if name == "soft" else _INK,
        spaceBefore=_SPACE[name],
        alignment=TA_RIGHT if right else TA_LEFT,
        leftIndent=0 if right or name not in ("value", "soft") else 8,
        rightIndent=8 if right and name in ("value", "soft") else 0,
        splitLongWords=1,
    )


@dataclass
class _Setter:
    """Lines to flowables, and to elements of the document's structure."""

    right: bool
    root: Element
    missing: int = 0
    _headings: int = 0

    def set(self, line: Line) -> list[Flowable]:
        if line.rows:
            return [Spacer(1, 3), self._table(line.rows), Spacer(1, 3)]
        paragraph = self._paragraph(line.text, line.style, self.root.add(_ROLES.get(line.style, "P")), line.label)
        if line.style in ("title", "h1", "h2"):
            self._headings += 1
            level = {"title": 0, "h1": 0, "h2": 1}[line.style]
            return [_Heading(paragraph, f"h{self._headings}", line.text, level)]
        return [paragraph]

    def _paragraph(self, text: str, style: str, element: Element, label: str = "", width: float = WIDTH) -> Told:
        made = self._set(text, style, element, label, width)
        made.element = element
        return made

    def _set(self, text: str, style: str, element: Element, label: str, width: float) -> Told:
        chosen = _style(style, self.right)
        label = f"{label}: " if label else ""
        whole = self._printable(label + text)
        if is_right_to_left(whole):
            right = (
                first_strong(whole) == "R" if style == "value" else self.right
            )  # a person's own words have their own way
            lines = wrap(whole, width - 10, chosen.fontName, chosen.fontSize, right)
            element.spoken = whole.replace(OPEN, "").replace(POP, "")
            return Told("<br/>".join(map(_escape, lines)), chosen)
        whole = whole.replace(OPEN, "").replace(POP, "")
        bold = self._printable(label).replace(OPEN, "").replace(POP, "")
        marked = f"<b>{_escape(bold)}</b>{_escape(whole[len(bold) :])}" if label else _escape(whole)
        return Told(marked.replace("\n", "<br/>"), chosen)

    def _printable(self, text: str) -> str:
        if len(text) > LONGEST:
            text = text[:LONGEST] + " \u2026"
        known = _known_signs()
        clean = _ILLEGAL.sub(MISSING, text.replace("\r\n", "\n").replace("\t", "    "))
        shown = "".join(c if ord(c) in known or c in f"\n{OPEN}{POP}" else MISSING for c in clean)
        self.missing += MISSING in shown and MISSING not in text
        return shown

    def _table(self, rows: Sequence[Sequence[str]]) -> Table:
        width = WIDTH / len(rows[0])
        told = self.root.add("Table")
        cells = [self._row(row, told.add("TR"), "TD" if number else "TH", width) for number, row in enumerate(rows)]
        if self.right:
            cells = [list(reversed(row)) for row in cells]
        made = Ruled(cells, colWidths=[width] * len(rows[0]), repeatRows=1)
        made.setStyle(
            TableStyle(
                [
                    ("BACKGROUND", (0, 0), (-1, 0), _TINT),
                    ("LINEBELOW", (0, 0), (-1, -1), 0.5, _LINE),
                    ("VALIGN", (0, 0), (-1, -1), "TOP"),
                    ("TOPPADDING", (0, 0), (-1, -1), 2),
                    ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
                ]
            )
        )
        return made

    def _row(self, row: Sequence[str], told: Element, role: str, width: float) -> list[Told]:
        return [self._paragraph(text, "cell", told.add(role), width=width) for text in row]


class _Heading(Flowable):  # type: ignore[misc]
    """A heading that stands in the outline and stays with what follows."""

    keepWithNext = 1

    def __init__(self, paragraph: Told, key: str, text: str, level: int) -> None:
        super().__init__()
        self._paragraph, self._key, self._text, self._level = paragraph, key, text, level

    def getSpaceBefore(self) -> float:
        return float(self._paragraph.getSpaceBefore())

    def wrap(self, aW: float, aH: float) -> tuple[float, float]:
        self.width, self.height = self._paragraph.wrap(aW, aH)
        return self.width, self.height

    def draw(self) -> None:
        self.canv.bookmarkPage(self._key)
        self.canv.addOutlineEntry(self._text[:200], self._key, self._level, 0)
        self._paragraph.drawOn(self.canv, 0, 0)


@cache
def _known_signs() -> frozenset[int]:
    _load_fonts()
    return frozenset(pdfmetrics.getFont(REGULAR).face.charToGlyph)


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def wrap(text: str, width: float, font: str, size: float, right_to_left: bool) -> list[str]:
    """Lines in the order on paper, each narrower than `width` points unless one word is wider."""
    _load_fonts()
    lines: list[str] = []
    for paragraph in text.split("\n"):
        current = ""
        for word in paragraph.split(" "):
            longer = f"{current} {word}" if current else word
            if current and pdfmetrics.stringWidth(shape(longer), font, size) > width:
                lines.append(current)
                current = word
            else:
                current = longer
        lines.append(current)
    return [order_line(shape(line), right_to_left) for line in _whole_isolates(lines)]


def _whole_isolates(lines: Iterable[str]) -> Iterator[str]:
    """An isolate that a line break cuts is closed there and opened again in the next line."""
    open_ = 0
    for line in lines:
        whole = OPEN * open_ + line
        open_ = max(whole.count(OPEN) - whole.count(POP), 0)
        yield whole + POP * open_
