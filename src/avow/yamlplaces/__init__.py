"""YAML in which every value knows its line and column.

Promises: one pass over the text gives a tree of `Node`s; every access that finds the wrong shape adds a diagnostic
with the exact place to one shared `Collector` and goes on, so that all errors are told at once. Duplicate keys are
found (YAML libraries keep the last one silently). Words such as `no` and `2026-01` stay the words that were written.

Refuses: anchors, aliases, merge keys and tags (a reader of the file must see what holds where it stands, and they let a
small text grow without bound), more than one document, nesting deeper than 60, and reading any file itself.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from avow.errors import Collector, Place

__all__ = ["DEEPEST", "Node", "did_you_mean", "read_yaml"]

DEEPEST = 60  # no project file nests deeper than ten
_SO = "the file is not used until this is mended"
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times faster where libyaml is there
_RESOLVER: Any = yaml.SafeLoader("")
_WORDS = {"mapping": "keys with values", "sequence": "a list", "scalar": "one value", "null": "nothing"}


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A closing question for a help line: "did you mean `x`?", or the known words if none is near (at most 12)."""
    words = sorted(set(known))
    near = difflib.get_close_matches(word, words, n=1, cutoff=0.6)
    if near:
        return f"did you mean `{near[0]}`?"
    shown = ", ".join(f"`{w}`" for w in words[:12])
    return f"write one of {shown}{', ...' if len(words) > 12 else ''}" if words else "remove it"


@dataclass(frozen=True, eq=False)
class Node:
    """One value with its place. `kind` is mapping | sequence | scalar | null; `raw` the text of a scalar as written.

    Accessors never raise: they add a diagnostic to `found` and give an empty value of the right shape.
    """

    kind: str
    place: Place
    found: Collector
    raw: str = ""
    plain: bool = True  # a scalar written without quotes
    entries: Mapping[str, Node] = field(default_factory=dict)
    key_places: Mapping[str, Place] = field(default_factory=dict)
    elements: tuple[Node, ...] = ()

    def __bool__(self) -> bool:
        return self.kind != "null"

    def __iter__(self) -> Iterator[Node]:
        return iter(self.elements)

    @property
    def value(self) -> Any:
        """Plain Python: dict, list, str, int, float, bool or None (the YAML 1.1 rules, but dates stay text)."""
        if self.kind == "mapping":
            return {key: node.value for key, node in self.entries.items()}
        if self.kind == "sequence":
            return [node.value for node in self.elements]
        return None if self.kind == "null" else _plain_value(self.raw) if self.plain else self.raw

    def add(self, code: str, cause: str, help: str, so: str = _SO, severity: str = "error") -> None:
        """Add a diagnostic at this node's place."""
        self.found.add(code, self.place, cause, help, so, severity)

    def find(self, key: str) -> Node | None:
        """The node below `key`, or None where there is no such key or this is no mapping. Diagnoses nothing."""
        return self.entries.get(key)

    def mapping(
        self, known: Iterable[str] | None = None, required: Iterable[str] = (), what: str = "this entry"
    ) -> dict[str, Node]:
        """The entries in the order written. With `known`, other keys are diagnosed (and left out); `required` ones too."""
        if self.kind not in ("mapping", "null"):
            self._wrong_shape("mapping")
        allowed = None if known is None else {*known, *required}
        kept = {key: node for key, node in self.entries.items() if allowed is None or key in allowed}
        for key in self.entries.keys() - kept.keys():
            self.found.add(
                "yaml.unknown-key",
                self.key_places[key],
                f"{what} has no key `{key}`",
                did_you_mean(key, allowed or ()),
                _SO,
            )
        for key in required:
            if key not in self.entries and self.kind in ("mapping", "null"):
                self.add("yaml.missing-key", f"{what} needs the key `{key}`", f"add `{key}:`")
        return kept

    def sequence(self, one: bool = False) -> tuple[Node, ...]:
        """The elements; with `one`, a single value that is no list counts as a list of itself. Nothing is ()."""
        if one and self.kind in ("scalar", "mapping"):
            return (self,)
        if self.kind not in ("sequence", "null"):
            self._wrong_shape("sequence")
        return self.elements

    def text(self, empty: bool = False) -> str:
        """The words as written (`no`, `2026-01` and `12` stay these words); `empty` allows an empty text."""
        if self.kind != "scalar":
            if not (empty and self.kind == "null"):
                self._wrong_shape("scalar")
            return ""
        if not self.raw.strip() and not empty:
            self.add("yaml.wrong-shape", "expected a text, found an empty one", "write the value, or remove the key")
        return self.raw

    def texts(self, one: bool = True) -> tuple[str, ...]:
        """A list of texts; a single text counts as a list of itself unless `one` is False."""
        return tuple(node.text() for node in self.sequence(one=one))

    def flag(self) -> bool:
        """true or false; anything else is a diagnostic and False."""
        value = self.value
        if isinstance(value, bool):
            return value
        self.add("yaml.wrong-shape", f"expected `true` or `false`, found {self._seen()}", "write `true` or `false`")
        return False

    def whole(self) -> int:
        """A whole number; anything else is a diagnostic and 0."""
        value = self.value
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        self.add("yaml.wrong-shape", f"expected a whole number, found {self._seen()}", "write digits only")
        return 0

    def _seen(self) -> str:
        return f"`{self.raw}`" if self.kind == "scalar" else _WORDS[self.kind]

    def _wrong_shape(self, wanted: str) -> None:
        cause = f"expected {_WORDS[wanted]}, found {self._seen()}"
        self.add("yaml.wrong-shape", cause, "see the reference page of this file for its form")


def _plain_value(raw: str) -> Any:
    tag = _RESOLVER.resolve(yaml.ScalarNode, raw, (True, False))
    if tag.endswith((":timestamp", ":str", ":merge", ":value")):
        return raw
    try:
        return _RESOLVER.construct_object(yaml.ScalarNode(tag, raw))
    except (ValueError, yaml.YAMLError):
        return raw


def read_yaml(text: str, file: str, found: Collector | None = None) -> Node:
    """Read one YAML document; `file` is the name that places carry. Never raises for what stands in the text.

    Syntax errors, duplicate keys and refused constructs are added to `found` (also `node.found`); a text that cannot be
    read gives an empty (null) node, so that the caller's own checks still run.
    """
    collected = Collector() if found is None else found
    reader = _Reader(file, collected)
    try:
        _check_events(text, reader)
        root = None if reader.stopped else yaml.compose(text, Loader=_LOADER)
    except yaml.YAMLError as error:
        reader.syntax(error)
        root = None
    except RecursionError:  # only without libyaml
        reader.refuse(None, f"the text nests deeper than {DEEPEST}")
        root = None
    if root is None:
        return Node("null", Place(file, 1, 1), collected)
    return reader.node(root)


def _check_events(text: str, reader: _Reader) -> None:
    """Refuse before composing: composing is recursive and follows aliases, parsing is neither."""
    depth = documents = 0
    for event in yaml.parse(text, Loader=_LOADER):
        opens = isinstance(event, yaml.CollectionStartEvent)
        depth += opens - isinstance(event, yaml.CollectionEndEvent)
        documents += isinstance(event, yaml.DocumentStartEvent)
        for refused in _refused(event, depth, documents):
            reader.refuse(event.start_mark, refused)
        if depth > DEEPEST:
            return


def _refused(event: yaml.Event, depth: int, documents: int) -> Iterator[str]:
    if isinstance(event, yaml.AliasEvent):
        yield f"the alias `*{event.anchor}` stands for something written elsewhere"
    elif isinstance(event, yaml.NodeEvent) and event.anchor:
        yield f"`&{event.anchor}` is an anchor"
    if isinstance(event, (yaml.ScalarEvent, yaml.CollectionStartEvent)) and event.tag:
        yield f"`{event.tag}` is a tag"
    if depth > DEEPEST:
        yield f"the text nests deeper than {DEEPEST}"
    if documents > 1 and isinstance(event, yaml.DocumentStartEvent):
        yield "the file holds more than one document"


class _Reader:
    """Turns the composed graph into Nodes. `stopped`: what stands there must not be composed or used."""

    def __init__(self, file: str, found: Collector) -> None:
        self.file = file
        self.found = found
        self.stopped = False

    def place(self, mark: Any) -> Place:
        return Place(self.file, mark.line + 1, mark.column + 1) if mark else Place(self.file, 1, 1)

    def syntax(self, error: yaml.YAMLError) -> None:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", "") or "a character that YAML does not allow"
        help = "check the indentation and the quotes on this line and the one before"
        self.found.add("yaml.syntax", self.place(mark), f"this is not YAML: {problem}", help, _SO)

    def refuse(self, mark: Any, cause: str) -> None:
        self.stopped = True
        help = "write out what is meant, in plain keys, lists and texts"
        self.found.add("yaml.not-plain", self.place(mark), cause, help, _SO)

    def node(self, composed: Any) -> Node:
        place = self.place(composed.start_mark)
        if isinstance(composed, yaml.MappingNode):
            return self.mapping(composed, place)
        if isinstance(composed, yaml.SequenceNode):
            elements = tuple(self.node(element) for element in composed.value)
            return Node("sequence", place, self.found, elements=elements)
        plain = not composed.style  # None or "", by loader
        if plain and composed.tag.endswith(":null"):
            return Node("null", place, self.found, raw=composed.value)
        return Node("scalar", place, self.found, raw=composed.value, plain=plain)

    def mapping(self, composed: yaml.MappingNode, place: Place) -> Node:
        entries: dict[str, Node] = {}
        places: dict[str, Place] = {}
        for key, below in composed.value:
            at = self.place(key.start_mark)
            if not isinstance(key, yaml.ScalarNode):
                self.found.add("yaml.wrong-shape", at, "a key must be one word", "write a plain word before `:`", _SO)
            elif key.value in entries:
                cause = f"`{key.value}` stands here twice, first on line {places[key.value].line}"
                self.found.add("yaml.duplicate-key", at, cause, "keep one of the two, or join them", _SO)
            else:
                entries[key.value], places[key.value] = self.node(below), at
        return Node("mapping", place, self.found, entries=entries, key_places=places)
