"""Finds every translatable text of the web and keeps the catalogues in step with them: `python -m avow.web.extraction`.

Translations that are there stay; texts that are gone go; new ones stand empty until a person translates them. Without the gettext
programs. Refuses to guess a translation.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from avow.vocabulary import load_vocabulary
from avow.web.catalogues import Entry, read_catalogue
from avow.web.console import lists

WEB = Path(__file__).parent
# name of a call -> how many texts it takes, after its context
CALLS = {"gettext": 1, "gettext_lazy": 1, "_": 1, "ngettext": 2, "ngettext_lazy": 2, "pgettext": 1, "pgettext_lazy": 1}
TERMS = ("category", "purpose", "subject", "recipient", "place")  # kinds of the vocabulary that pages name
# what both desks share stands in templates, and in the questions that both ask
ROOMS, SHARED = ("centre", "console", "accounts", "templates"), ("naming.py",)
Text = tuple[str, str, str]  # context, message, plural


def list_texts(web: Path = WEB) -> dict[Text, str]:
    """Text -> where it stands first. Templates, Python, the model's closed lists, and the labels of terms."""
    found: dict[Text, str] = {}
    listed = [path for room in ROOMS for path in (web / room).rglob("*")] + [web / name for name in SHARED]
    for path in sorted(listed):
        name = str(path.relative_to(web))
        if path.suffix in (".html", ".txt"):
            texts = list(_in_template(path.read_text(encoding="utf-8")))
        elif path.suffix == ".py":
            texts = list(_in_python(path.read_text(encoding="utf-8")))
        else:
            continue
        for text in texts:
            found.setdefault(text, name)
    for sentence, name in lists.list_texts():
        found.setdefault(("", sentence, ""), f"the model: {name}")
    vocabulary = load_vocabulary()
    for kind in TERMS:
        for term in vocabulary.by_kind[kind].values():
            found.setdefault(("", term.label[:1].upper() + term.label[1:], ""), f"vocabulary: {kind}")
    return found


def _in_template(text: str) -> Iterator[Text]:
    """Django turns a template into gettext calls; what stands between them is blanked out."""
    from django.utils.translation.template import templatize

    for match in re.finditer(r"\b(n?gettext|_)\((.*?)\)(?=\s)", templatize(text) + " ", re.S):
        strings = re.findall(r"""u?("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')""", match[2])
        plain = [str(ast.literal_eval(string)) for string in strings]
        if plain:
            yield ("", plain[0], plain[1] if match[1] == "ngettext" and len(plain) > 1 else "")


def _in_python(text: str) -> Iterator[Text]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS:
            first = int(node.func.id.startswith("p"))
            wanted = node.args[: first + CALLS[node.func.id]]
            strings = [str(arg.value) for arg in wanted if isinstance(arg, ast.Constant)]
            if len(strings) > first:
                yield (strings[0] if first else "", strings[first], "".join(strings[first + 1 :]))


def renew(catalogue: Path, texts: dict[Text, str]) -> int:
    """Writes the catalogue anew; gives how many texts have no translation."""
    entries = read_catalogue(catalogue.read_text(encoding="utf-8"))
    header = next((entry for entry in entries if not entry.message), Entry("", ("",)))
    known = {(entry.context, entry.message, entry.plural): entry for entry in entries if entry.message}
    forms = int((re.search(r"nplurals=(\d+)", header.translated[0]) or ["", "2"])[1])
    blocks = [_header(header)]
    missing = 0
    for text, place in texts.items():
        context, message, plural = text
        entry = known.get(text) or Entry(message, ("",) * (forms if plural else 1), plural, context)
        missing += not entry.complete
        blocks.append(f"#: {place}\n{_write(entry)}")
    catalogue.write_text("\n\n".join(blocks) + "\n", encoding="utf-8")
    return missing


def _header(entry: Entry) -> str:
    lines = "\n".join(_quote(line + "\n") for line in entry.translated[0].splitlines())
    return f'msgid ""\nmsgstr ""\n{lines}'


def _write(entry: Entry) -> str:
    start = f"msgctxt {_quote(entry.context)}\n" if entry.context else ""
    if not entry.plural:
        return f"{start}msgid {_quote(entry.message)}\nmsgstr {_quote(entry.translated[0])}"
    strings = "\n".join(f"msgstr[{number}] {_quote(text)}" for number, text in enumerate(entry.translated))
    return f"{start}msgid {_quote(entry.message)}\nmsgid_plural {_quote(entry.plural)}\n{strings}"


def _quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'


def main() -> int:
    from django.conf import settings

    if not settings.configured:
        settings.configure(USE_I18N=True)
    texts = list_texts()
    for catalogue in sorted(WEB.glob("locale/*/LC_MESSAGES/django.po")):
        missing = renew(catalogue, texts)
        print(f"{catalogue.parts[-3]}: {len(texts)} texts, {missing} without a translation")
    return 0


if __name__ == "__main__":
    sys.exit(main())
