"""Gives a PDF its structure: what is a heading, a paragraph, a table and its head, in reading order, as a screen reader needs it.

Promises: whatever is drawn belongs to an element of the tree, or is marked as decoration (page numbers, lines, the head of a table
that is repeated on the next page); text that is drawn in the order of paper carries its own reading order beside it. Refuses to
call itself PDF/UA: nobody has checked a file against all of that standard.
Source: ISO 32000-1, 14.6 to 14.9 (marked content, logical structure, replacement text).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from reportlab.pdfbase.pdfdoc import PDFArray, PDFDictionary, PDFName, PDFObjectReference, PDFString
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, Table


@dataclass(eq=False)
class Element:
    """One part of a document. `role` is a standard structure type; `spoken` the text in reading order where paper has another;
    `marks` are (page, number) of what was drawn of it."""

    role: str
    spoken: str = ""
    kids: list[Element] = field(default_factory=list)
    marks: list[tuple[int, int]] = field(default_factory=list)

    def add(self, role: str, spoken: str = "") -> Element:
        self.kids.append(Element(role, spoken))
        return self.kids[-1]


class TaggedCanvas(Canvas):  # type: ignore[misc]
    """A canvas that knows what it draws. `root` is the document's element."""

    def __init__(self, *arguments: Any, root: Element, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._root = root
        self._marked: list[list[Element]] = []  # page -> the element of each mark

    @contextmanager
    def part_of(self, element: Element) -> Iterator[None]:
        """What is drawn inside belongs to the element."""
        page = self.getPageNumber() - 1
        self._marked += [[] for _ in range(page + 1 - len(self._marked))]
        number = len(self._marked[page])
        self._marked[page].append(element)
        element.marks.append((page, number))
        self._code.append(f"/{element.role} <</MCID {number}>> BDC")
        yield
        self._code.append("EMC")

    @contextmanager
    def decoration(self) -> Iterator[None]:
        """What is drawn inside says nothing."""
        self._code.append("/Artifact BMC")
        yield
        self._code.append("EMC")

    def save(self) -> None:
        if self._code:
            self.showPage()
        self._write_structure()
        super().save()

    def _write_structure(self) -> None:
        pages = self._doc.Pages.pages
        for number, page in enumerate(pages):
            page.__NoDefault__ = [*page.__NoDefault__, "StructParents", "Tabs"]
            page.StructParents, page.Tabs = number, PDFName("S")
        names: dict[Element, str] = {}
        _name(self._root, names)
        lists = self._marked + [[] for _ in range(len(pages) - len(self._marked))]
        numbers: list[Any] = []
        for number, elements in enumerate(lists):
            numbers += [number, PDFArray([PDFObjectReference(names[element]) for element in elements])]
        tree = PDFDictionary(
            {
                "Type": PDFName("StructTreeRoot"),
                "K": PDFArray([PDFObjectReference(names[self._root])]),
                "ParentTree": PDFDictionary({"Nums": PDFArray(numbers)}),
                "ParentTreeNextKey": len(pages),
            }
        )
        self._doc.Reference(tree, "structure")
        self._write_element(self._root, "structure", names, [self._doc.Reference(page) for page in pages])
        self._doc.Catalog.StructTreeRoot = tree
        self._doc.Catalog.MarkInfo = PDFDictionary({"Marked": "true"})

    def _write_element(self, element: Element, above: str, names: dict[Element, str], pages: list[Any]) -> None:
        kids: list[Any] = [
            PDFDictionary({"Type": PDFName("MCR"), "Pg": pages[page], "MCID": number}) for page, number in element.marks
        ]
        kids += [PDFObjectReference(names[kid]) for kid in element.kids]
        made = {
            "Type": PDFName("StructElem"),
            "S": PDFName(element.role),
            "P": PDFObjectReference(above),
            "K": PDFArray(kids),
        }
        if element.spoken:
            made["ActualText"] = PDFString(element.spoken)
        if element.role == "TH":
            made["A"] = PDFDictionary({"O": PDFName("Table"), "Scope": PDFName("Column")})
        self._doc.Reference(PDFDictionary(made), names[element])
        for kid in element.kids:
            self._write_element(kid, names[element], names, pages)


def _name(element: Element, names: dict[Element, str]) -> None:
    names[element] = f"element{len(names)}"
    for kid in element.kids:
        _name(kid, names)


class Told(Paragraph):  # type: ignore[misc]
    """A paragraph that is part of an element; on two pages it is part of the same one."""

    element: Element | None = None
    shown = False

    def split(self, aW: float, aH: float) -> list[Any]:
        parts: list[Any] = super().split(aW, aH)
        for part in parts:
            part.element = self.element
        return parts

    def draw(self) -> None:
        again, self.shown = self.shown, True  # the head of a table that goes on
        with self.canv.part_of(self.element) if self.element and not again else self.canv.decoration():
            super().draw()


class Ruled(Table):  # type: ignore[misc]
    """A table whose lines and tints are decoration."""

    def _drawBkgrnd(self) -> None:
        with self.canv.decoration():
            super()._drawBkgrnd()

    def _drawLines(self) -> None:
        with self.canv.decoration():
            super()._drawLines()
