"""Reads a policy version: `policy/<version>.md` and `promises/<version>.yaml` -> PolicyVersion, or every diagnostic at once.

The text is taken exactly as published; the digest is over the file's bytes. Refuses a version of which any part cannot be
read: half a policy would give verdicts on promises that nobody made.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from avow.errors import Collector, Diagnostic, Place, PolicyError
from avow.policy.anchors import Folded, fold, place_quote
from avow.policy.promise import Anchor, PolicyVersion, Promise, Quote
from avow.policy.rules import read_rule, read_terms
from avow.policy.sentences import split_sentences
from avow.vocabulary import Vocabulary
from avow.yamlplaces import Node, read_yaml

ACTS = (
    *(
        "collect",
        "use",
        "share",
        "sell",
        "retain",
        "delete",
        "locate",
        "transfer",
        "protect",
        "access_control",
        "right",
    ),
    *("choice", "notify", "define", "disclaim", "duty_of_user", "complaint", "other"),
)
MODALITIES = ("does", "may", "will_not", "must", "user_may", "user_must")
CHECKABLE = ("machine", "evidence", "none")
_KEYS = (
    *("source", "data", "subjects", "purposes", "recipients", "sources", "condition", "duration", "place"),
    *("checkable", "rules", "needs", "conflicts", "limits"),
)
_TERMS = {
    "data": "category",
    "subjects": "subject",
    "purposes": "purpose",
    "recipients": "recipient",
    "sources": "source",
}
_SO = "the whole version is not used"
_FRONT = re.compile(r"\A---[^\S\n]*\n(.*?\n)---[^\S\n]*\n", re.DOTALL)


def read_versions(project: Path, company: str, vocabulary: Vocabulary) -> tuple[PolicyVersion, ...]:
    """Every version in `policy/`, oldest first. Raises PolicyError with the diagnostics of all of them."""
    found = Collector()
    paths = sorted((project / "policy").glob("*.md"))
    versions = tuple(v for p in paths if (v := _read(project, p.stem, company, vocabulary, found)))
    _check_order(versions, found)
    found.raise_as(PolicyError)
    return tuple(sorted(versions, key=lambda v: (v.published, v.version)))


def read_version(project: Path, version: str, company: str, vocabulary: Vocabulary) -> PolicyVersion:
    """One version. Raises PolicyError with every diagnostic of its text and its promises."""
    found = Collector()
    read = _read(project, version, company, vocabulary, found)
    found.raise_as(PolicyError)
    assert read is not None  # without a version there is a diagnostic
    return read


def _read(project: Path, version: str, company: str, vocabulary: Vocabulary, found: Collector) -> PolicyVersion | None:
    file, promises_file = f"policy/{version}.md", f"promises/{version}.yaml"
    raw = _read_bytes(project / file, file, found)
    if raw is None:
        return None
    whole = raw.decode("utf-8", errors="replace")
    front, text = _split_front(whole, file, found)
    published, language, shown_at, reason = _read_front(front, file, found)
    yaml = _read_bytes(project / promises_file, promises_file, found)
    node = read_yaml((yaml or b"").decode("utf-8", errors="replace"), promises_file, found)
    reader = _Promises(text, fold(text), vocabulary, found)
    promises, plain = reader.read(node, version)
    sentences = split_sentences(text, promises, plain)
    return PolicyVersion(
        company=company,
        version=version,
        published=published,
        language=language,
        shown_at=shown_at,
        reason=reason,
        text=text,
        digest=hashlib.sha256(raw).hexdigest(),
        promises=promises,
        sentences=sentences,
        file=file,
    )


def _read_bytes(path: Path, name: str, found: Collector) -> bytes | None:
    try:
        raw = path.read_bytes()
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        cause = f"byte {error.start} is not UTF-8"
        found.add("policy.not-utf8", Place(name), cause, "save the file as UTF-8", _SO)
        return None
    except OSError as error:
        cause = f"`{name}` cannot be read: {error.strerror}"
        found.add("policy.no-file", Place(name), cause, "create it, or name another version in avow.toml", _SO)
        return None
    return raw


def _split_front(whole: str, file: str, found: Collector) -> tuple[str, str]:
    match = _FRONT.match(whole)
    if match is None:
        found.add(
            "policy.no-front-matter",
            Place(file, 1, 1),
            "the version says nowhere when it was published",
            "begin the file with `---`, `published: 2026-01-05`, `language: en`, `shown_at: [/privacy]`, `---`",
            _SO,
        )
        return "", whole
    return match[1], whole[match.end() :]


def _read_front(front: str, file: str, found: Collector) -> tuple[date, str, tuple[str, ...], str]:
    node = read_yaml("\n" + front, file, found)  # the first line is the opening `---`
    entries = (
        node.mapping(
            known=("published", "language", "shown_at", "reason"), required=("published",), what="the front matter"
        )
        if front
        else {}
    )
    published = date.min
    if "published" in entries:
        try:
            published = date.fromisoformat(entries["published"].text())
        except ValueError:
            entries["published"].add("policy.bad-date", "`published` is not a day", "write it as 2026-01-05", _SO)
    language = entries["language"].text() if "language" in entries else "en"
    shown_at = entries["shown_at"].texts() if "shown_at" in entries else ()
    return published, language, shown_at, entries["reason"].text(empty=True) if "reason" in entries else ""


def _check_order(versions: tuple[PolicyVersion, ...], found: Collector) -> None:
    """Each later version says why it came; an id that vanishes is a warning."""
    ordered = sorted(versions, key=lambda v: (v.published, v.version))
    for version in ordered[1:]:
        if not version.reason.strip():
            found.add(
                "policy.no-reason",
                Place(version.file, 1, 1),
                f"version `{version.version}` does not say why it replaces the one before",
                "add `reason:` to its front matter",
                _SO,
            )


class _Promises:
    """Reads the promises of one text. Every diagnostic goes to `found`."""

    def __init__(self, text: str, folded: Folded, vocabulary: Vocabulary, found: Collector) -> None:
        self.text, self.folded, self.vocabulary, self.found = text, folded, vocabulary, found

    def read(self, node: Node, version: str) -> tuple[tuple[Promise, ...], tuple[Anchor, ...]]:
        entries = node.mapping(
            known=("policy", "plain", "promises"), required=("policy", "promises"), what="a promises file"
        )
        if "policy" in entries and entries["policy"].text() != version:
            cause = f"these promises are for version `{entries['policy'].raw}`, the file is named `{version}`"
            entries["policy"].add("policy.wrong-version", cause, "correct one of the two", _SO)
        plain = [a for n in self._list(entries, "plain") if (a := self._anchor(Quote(n.text()), n.place)) is not None]
        promises = [p for n in self._list(entries, "promises") if (p := self._promise(n)) is not None]
        self._check_ids(promises)
        return tuple(promises), tuple(plain)

    def _list(self, entries: Mapping[str, Node], key: str) -> tuple[Node, ...]:
        return entries[key].sequence() if key in entries else ()

    def _promise(self, node: Node) -> Promise | None:
        entries = node.mapping(known=_KEYS, required=("id", "quote", "act", "modality"), what="a promise")
        if "id" not in entries or "quote" not in entries:
            return None
        quote = self._quote(entries["quote"])
        anchor = self._anchor(quote, entries["quote"].place)
        name = entries["id"].text()
        rules = [read_rule(n, name, i, self.vocabulary) for i, n in enumerate(self._list(entries, "rules"), 1)]
        terms = {k: read_terms(entries[k], kind, self.vocabulary) for k, kind in _TERMS.items() if k in entries}
        if anchor is None:
            return None
        return Promise(
            id=name,
            quote=quote,
            anchor=anchor,
            act=self._word(entries, "act", ACTS),
            modality=self._word(entries, "modality", MODALITIES),
            checkable=self._word(entries, "checkable", CHECKABLE, "machine"),
            data=terms.get("data", ()),
            subjects=terms.get("subjects", ()),
            purposes=terms.get("purposes", ()),
            recipients=terms.get("recipients", ()),
            sources=terms.get("sources", ()),
            source=self._text(entries, "source"),
            condition=self._text(entries, "condition"),
            duration=self._text(entries, "duration"),
            limits=self._text(entries, "limits"),
            location=self._text(entries, "place"),
            rules=tuple(rule for rule in rules if rule is not None),
            needs=entries["needs"].texts() if "needs" in entries else (),
            conflicts=entries["conflicts"].texts() if "conflicts" in entries else (),
            place=node.place,
        )

    def _quote(self, node: Node) -> Quote:
        if node.kind != "mapping":
            return Quote(node.text())
        parts = node.mapping(known=("exact", "prefix", "suffix"), required=("exact",), what="a quote")
        return Quote(**{key: part.text(empty=True) for key, part in parts.items()}) if "exact" in parts else Quote("")

    def _anchor(self, quote: Quote, where: Place) -> Anchor | None:
        placed = place_quote(self.folded, quote, where, self.text)
        if isinstance(placed, Diagnostic):
            self.found.found.append(placed)
            return None
        return placed

    def _word(self, entries: Mapping[str, Node], key: str, allowed: tuple[str, ...], default: str = "") -> str:
        if key not in entries:
            return default
        word = entries[key].text()
        if word not in allowed:
            entries[key].add(
                "policy.unknown-word", f"`{key}: {word}` is not known", f"use one of {', '.join(allowed)}", _SO
            )
        return word

    def _text(self, entries: Mapping[str, Node], key: str) -> str:
        return entries[key].text(empty=True) if key in entries else ""

    def _check_ids(self, promises: list[Promise]) -> None:
        seen: dict[str, Place] = {}
        for promise in promises:
            if promise.id in seen:
                cause = f"the id `{promise.id}` was used on line {seen[promise.id].line} already"
                self.found.add("policy.duplicate-id", promise.place, cause, "give one of the two another id", _SO)
            seen.setdefault(promise.id, promise.place)
        for promise in promises:
            for other in promise.conflicts:
                if other not in seen:
                    cause = f"`{promise.id}` conflicts with `{other}`, which is no promise of this version"
                    self.found.add("policy.unknown-conflict", promise.place, cause, "name the other promise's id", _SO)
            self._check_rule_ids(promise)

    def _check_rule_ids(self, promise: Promise) -> None:
        names = [rule.id for rule in promise.rules]
        for rule in promise.rules:
            if names.count(rule.id) > 1:
                cause = f"the rule id `{rule.id}` is used twice"
                self.found.add("policy.duplicate-id", rule.place, cause, "give one of the two another id", _SO)
