"""Writes `terms.json`, `docs/reference/vocabulary.md` and `docs/glossary.md`; a test compares all three with what this makes.

Refuses text of its own: everything stands in `terms.yaml` and `words.py`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import yaml

from avow.vocabulary.terms import KINDS, Term, load_vocabulary
from avow.vocabulary.words import words_page

HERE = Path(__file__).parent


def vocabulary_page() -> str:
    """One table per kind; places last, since they are many."""
    lines = ["# Vocabulary", "", "<!-- made by `python -m avow.vocabulary.reference docs`; do not edit -->", ""]
    lines += [
        "Identifiers are those of the W3C Data Privacy Vocabulary 2.x; an empty cell means that it has no such term. "
        "Where it has only a wider one, the wider one stands here.",
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


def terms_json() -> str:
    """`terms.yaml` as JSON, without what is empty; one term on a line, so that differences can be read."""
    tables = yaml.safe_load(HERE.joinpath("terms.yaml").read_text(encoding="utf-8"))
    kinds = (f"{json.dumps(kind)}: {{\n{_terms(tables[kind])}\n}}" for kind in KINDS)
    return "{\n" + ",\n".join(kinds) + "\n}\n"


def _terms(table: dict[object, dict[str, str]]) -> str:
    kept = ((str(name), {key: text for key, text in given.items() if text}) for name, given in table.items())
    return ",\n".join(f"{json.dumps(name)}: {json.dumps(given, ensure_ascii=False)}" for name, given in kept)


def main(docs: Path) -> None:
    """Writes the JSON beside this module and both pages below `docs`."""
    HERE.joinpath("terms.json").write_text(terms_json(), encoding="utf-8")
    load_vocabulary.cache_clear()
    docs.joinpath("reference", "vocabulary.md").write_text(vocabulary_page(), encoding="utf-8")
    docs.joinpath("glossary.md").write_text(words_page(), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
