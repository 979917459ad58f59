"""What customers read has none of the words of the workshop: pages of the centre, mails, letters, answers, labels of terms."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from source import ROOT

from avow.duties.rights.answer.files.table import COLUMNS

AVOW = ROOT / "src" / "avow"
# the words by which builders call what customers should never have to know; a controller is the law's own word
WORKSHOP = re.compile(
    r"\b(?:(?:un)?mask(?:s|ed|ing)?|handlings?|canar(?:y|ies)|control(?:s|led)?|pairs?)\b", re.IGNORECASE
)
TRANSLATED = re.compile(r"""{%\s*translate\s+("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')""")
TAGS = re.compile(r"{#.*?#}|{%.*?%}|{{.*?}}|<(?:script|style)\b.*?</(?:script|style)>|<[^>]*>", re.DOTALL)
SAID_IN = re.compile(r"""\s(?:aria-label|title|alt|placeholder|content|value)=("[^"]*"|'[^']*')""")
GETTEXT = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy", "pgettext"}


def words_of_template(path: Path) -> Iterator[str]:
    """What of a template shows: text between tags, texts to translate, labels that are read out."""
    text = path.read_text(encoding="utf-8")
    yield from TRANSLATED.findall(text)
    yield from (TAGS.sub(" ", said) for said in SAID_IN.findall(text))
    yield unescape(TAGS.sub(" ", text))


def words_of_module(path: Path) -> Iterator[str]:
    """Texts of a module that are for people: what gettext is asked for."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in GETTEXT:
            yield from (a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str))


def values_of(found: object) -> Iterator[str]:
    if isinstance(found, str):
        yield found
    elif isinstance(found, dict | list):
        for below in found.values() if isinstance(found, dict) else found:
            yield from values_of(below)


def read_catalogue(path: Path) -> Iterator[str]:
    return values_of(json.loads(path.read_text(encoding="utf-8")))


def read_schema(path: Path) -> Iterator[str]:
    """Keys as well: they are the names in the data that a person gets."""
    text = path.read_text(encoding="utf-8")
    yield from (name.replace("_", " ") for name in re.findall(r'"([^"]+)":?', text))


def labels_of_terms(path: Path) -> Iterator[str]:
    for name, label in re.findall(
        r'^\s*([\w.]+):\s*{label:\s*"([^"]*)"', path.read_text(encoding="utf-8"), re.MULTILINE
    ):
        yield f"{name}: {label}" if WORKSHOP.search(label) else label


RIGHTS = AVOW / "duties" / "rights"
READ: dict[str, list[tuple[Path, Iterator[str]]]] = {
    "catalogues and mails": [
        (p, read_catalogue(p)) for p in sorted(AVOW.glob("duties/**/*.json")) if p.name != "schema.json"
    ],
    "pages of the centre": [
        (p, words_of_template(p)) for p in sorted((AVOW / "web/centre/templates").rglob("*")) if p.is_file()
    ],
    "pages and mails of accounts": [
        (p, words_of_template(p)) for p in sorted((AVOW / "web/templates").rglob("*")) if p.suffix in (".html", ".txt")
    ],
    "texts of the centre": [
        (p, words_of_module(p)) for room in ("centre", "accounts") for p in sorted((AVOW / "web" / room).rglob("*.py"))
    ],
    "the answer": [
        *((p, words_of_template(p)) for p in sorted(RIGHTS.rglob("*.j2"))),
        *((p, read_schema(p)) for p in sorted(RIGHTS.rglob("schema.json"))),
        (RIGHTS / "answer/files/table.py", iter(name.replace("_", " ") for name in COLUMNS)),
    ],
    "labels of terms": [(AVOW / "vocabulary/terms.yaml", labels_of_terms(AVOW / "vocabulary/terms.yaml"))],
}


@pytest.mark.parametrize("what", READ)
def test_customers_read_no_word_of_the_workshop(what):
    looked, seen = 0, []
    for path, texts in READ[what]:
        for text in texts:
            looked += 1
            seen += [
                f"{path.relative_to(ROOT)}: {word} in: {' '.join(text.split())[:120]}"
                for word in WORKSHOP.findall(text)
            ]
    assert seen == []
    assert looked > 10, "nothing was found to look at: the folders have moved"


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Nothing is masked.", "masked"),
        ("What our controls do", "controls"),
        ("a canary", "canary"),
        ("Unmask it", "Unmask"),
    ],
)
def test_the_search_finds_such_a_word(text, word):
    assert WORKSHOP.findall(text) == [word]


def test_the_words_of_the_law_are_no_words_of_the_workshop():
    assert not WORKSHOP.search("It was forwarded to the controller. The subject of the message is uncontrollable.")
