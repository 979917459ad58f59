"""Writes `docs/reference/vocabulary.md` and `docs/glossary.md`; a test compares the pages with what this makes.

Refuses text of its own: everything stands in `terms.yaml` and `words.py`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from avow.vocabulary.terms import KINDS, Term, load_vocabulary
from avow.vocabulary.words import words_page


def vocabulary_page() -> str:
    """One table per kind; places last, since they are many."""
    lines = ["# Vocabulary", "", "<!-- made by `python -m avow.vocabulary.reference docs`; do not edit -->", ""]
    lines += [
        "Identifiers are those of the W3C Data Privacy Vocabulary 2.x; an empty cell means that it has no such term.",
        "",
    ]
    for kind in KINDS:
        lines += [f"## {kind}", "", "| term | plain words | DPV | Fideslang | below |", "|---|---|---|---|---|"]
        lines += [_row(term) for term in load_vocabulary().terms(kind)] + [""]
    return "\n".join(lines).rstrip() + "\n"


def _row(term: Term) -> str:
    return (
        f"| `{term.id}` | {term.label} | {term.dpv} | {term.fideslang} | {', '.join(f'`{p}`' for p in term.parents)} |"
    )


def main(docs: Path) -> None:
    """Writes both pages below `docs`."""
    docs.joinpath("reference", "vocabulary.md").write_text(vocabulary_page(), encoding="utf-8")
    docs.joinpath("glossary.md").write_text(words_page(), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
