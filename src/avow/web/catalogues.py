"""Translations without the gettext programs: reads `.po` files, writes the `.mo` files that Django loads.

Refuses a catalogue with a half-translated or doubled entry by leaving that entry out: the English words show instead.
Source: the PO and MO formats as the GNU gettext manual describes them.
"""

from __future__ import annotations

import ast
import hashlib
import struct
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

CONTEXT = "\x04"  # stands between a context and its message in a .mo file
_WORDS = ("msgctxt", "msgid_plural", "msgid", "msgstr")


@dataclass(frozen=True)
class Entry:
    """One message. `plural` is "" where it has none; `translated` has one text, or one for each plural form."""

    message: str
    translated: tuple[str, ...]
    plural: str = ""
    context: str = ""

    @property
    def key(self) -> str:
        start = f"{self.context}{CONTEXT}" if self.context else ""
        return start + self.message + (f"\0{self.plural}" if self.plural else "")

    @property
    def complete(self) -> bool:
        return all(self.translated)


def read_catalogue(text: str) -> tuple[Entry, ...]:
    """Every entry of a `.po` file, the header (message "") first where it stands first."""
    entries: list[Entry] = []
    for block in text.split("\n\n"):
        fields = _read_block(block)
        if "msgid" in fields:
            strings = sorted((k, v) for k, v in fields.items() if k.startswith("msgstr"))
            entries.append(
                Entry(
                    fields["msgid"],
                    tuple(value for _, value in strings),
                    fields.get("msgid_plural", ""),
                    fields.get("msgctxt", ""),
                )
            )
    return tuple(entries)


def _read_block(block: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    open_field = ""
    for line in block.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        name, _, quoted = line.partition('"')
        open_field = name.strip() or open_field
        if open_field.startswith(_WORDS):
            fields[open_field] = fields.get(open_field, "") + str(ast.literal_eval(f'"{quoted}'))
    return fields


def compile_catalogue(entries: tuple[Entry, ...]) -> bytes:
    """The bytes of a `.mo` file: little-endian, sorted by message, without a hash table."""
    known = {entry.key: "\0".join(entry.translated) for entry in entries if entry.complete}
    keys = sorted(known, key=str.encode)
    ids, strings, offsets = b"", b"", []
    for key in keys:
        raw_id, raw_string = key.encode(), known[key].encode()
        offsets.append((len(ids), len(raw_id), len(strings), len(raw_string)))
        ids += raw_id + b"\0"
        strings += raw_string + b"\0"
    table = 7 * 4
    start_ids = table + 16 * len(keys)
    start_strings = start_ids + len(ids)
    lengths_ids = b"".join(struct.pack("<II", n, start_ids + at) for at, n, _, _ in offsets)
    lengths_strings = b"".join(struct.pack("<II", n, start_strings + at) for _, _, at, n in offsets)
    head = struct.pack("<7I", 0x950412DE, 0, len(keys), table, table + 8 * len(keys), 0, 0)
    return head + lengths_ids + lengths_strings + ids + strings


def compile_all(folder: Path) -> Path:
    """Compiles every catalogue of this package below `folder`; gives the folder for LOCALE_PATHS. Same words, same folder."""
    sources = {
        language.name: language.joinpath("LC_MESSAGES", "django.po").read_text(encoding="utf-8")
        for language in files(__package__).joinpath("locale").iterdir()
        if language.is_dir()
    }
    digest = hashlib.sha256("\0".join(f"{k}\0{v}" for k, v in sorted(sources.items())).encode()).hexdigest()[:16]
    place = folder / digest
    for language, text in sources.items():
        target = place / language / "LC_MESSAGES" / "django.mo"
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            half = target.with_suffix(".part")
            half.write_bytes(compile_catalogue(read_catalogue(text)))
            half.replace(target)
    return place
