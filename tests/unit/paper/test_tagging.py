"""A PDF says what its parts are, in reading order: a screen reader gets headings, paragraphs and tables."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO

import pytest
from pypdf import PdfReader

from avow.duties.rights.paper import Paper, make_pdf

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def make(lines, language="en", right=False):
    paper = Paper("Answer", "Quarry", language, right, AT, lambda page: f"page {page}", "Quarry")
    for line in lines:
        paper.add(*line[:2], **(line[2] if len(line) > 2 else {}))
    return PdfReader(BytesIO(make_pdf(paper)[0]))


def walk(element, found):
    """(role, text beside it) of every element, in the order of the tree."""
    element = element.get_object()
    if "/S" in element:
        found.append((element["/S"], element.get("/ActualText", "")))
        for kid in element["/K"]:
            walk(kid, found)
    return found


def structure_of(reader):
    return walk(reader.trailer["/Root"]["/StructTreeRoot"]["/K"][0], [])


def test_headings_paragraphs_and_tables_stand_in_reading_order():
    reader = make(
        [
            ("title", "Answer"),
            ("h1", "What we hold"),
            ("text", "Two values."),
            ("text", "", {"rows": [("a", "b"), ("1", "2")]}),
        ]
    )
    roles = [role for role, _ in structure_of(reader)]
    assert roles == ["/Document", "/H1", "/H2", "/P", "/Table", "/TR", "/TH", "/TH", "/TR", "/TD", "/TD"]
    root = reader.trailer["/Root"]
    assert (root["/MarkInfo"]["/Marked"], root["/Lang"]) == (True, "en")
    assert reader.metadata.title == "Answer"
    assert [one.title for one in reader.outline if not isinstance(one, list)] == ["Answer", "What we hold"]


def test_all_that_is_drawn_is_part_of_an_element_or_decoration():
    reader = make([("title", "Answer"), ("text", "word " * 3000), ("text", "", {"rows": [("a", "b")] * 90})])
    assert len(reader.pages) > 2
    tree = reader.trailer["/Root"]["/StructTreeRoot"]["/ParentTree"]["/Nums"]
    for number, page in enumerate(reader.pages):
        drawn = page.get_contents().get_data().decode("latin-1")
        assert page["/StructParents"] == number
        assert drawn.count("BDC") == len(tree[2 * number + 1].get_object()) > 0
        assert drawn.count("BDC") + drawn.count("BMC") == drawn.count("EMC")
        for piece in drawn.split("EMC"):
            before, _, _inside = piece.partition("BDC") if "BDC" in piece else piece.partition("BMC")
            assert " Tj" not in before, "text outside of every part"
    long = next(kid for kid in reader.trailer["/Root"]["/StructTreeRoot"]["/K"][0]["/K"] if kid["/S"] == "/P")
    assert len(long["/K"]) > 1  # one paragraph on several pages is one element


@pytest.mark.parametrize("right", [True, False])
def test_text_from_right_to_left_is_told_in_reading_order(right):
    told = structure_of(make([("text", "مرحبا Alice")], "ar", right))
    assert told[-1] == ("/P", "مرحبا Alice")
