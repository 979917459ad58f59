"""Reads policy versions: `policy/<version>.md` and `promises/<version>.yaml` -> PolicyVersion, or every diagnostic at once.

The text is taken exactly as published; the digest is over the file's bytes. Refuses a version of which any part cannot be
read: half a policy would give verdicts on promises that nobody made.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path

from avow.errors import Collector, Diagnostic, Place, PolicyError
from avow.policy.blocks import with_blocks
from avow.policy.promise import PolicyVersion
from avow.policy.promises import PromisesReader
from avow.policy.sentences import split_sentences
from avow.policy.versions import unread_before, with_owed
from avow.vocabulary import Vocabulary
from avow.yamlplaces import read_yaml

_SO = "the whole version is not used"
_FRONT = re.compile(r"\A---[^\S\n]*\n(.*?\n)---[^\S\n]*(?:\n|\Z)", re.DOTALL)
_FRONT_KEYS = ("published", "language", "shown_at", "reason")


@dataclass(frozen=True)
class _Read:
    """A version, and the ids of earlier versions that its promises file gives up on purpose."""

    version: PolicyVersion
    withdrawn: Mapping[str, Place]


def read_versions(project: Path, company: str, vocabulary: Vocabulary) -> tuple[PolicyVersion, ...]:
    """Every version in `policy/`, oldest first. Raises PolicyError with the diagnostics of all of them."""
    found = Collector()
    read = _read_all(project, company, vocabulary, found)
    found.raise_as(PolicyError)
    return with_owed([one.version for one in read])


def read_version(project: Path, version: str, company: str, vocabulary: Vocabulary) -> PolicyVersion:
    """One version. Raises PolicyError with every diagnostic of its text and its promises."""
    found = Collector()
    read = _read(project, version, company, vocabulary, found)
    found.raise_as(PolicyError)
    assert read is not None  # without a version there is a diagnostic
    return read.version


def check_versions(project: Path, company: str, vocabulary: Vocabulary) -> tuple[Diagnostic, ...]:
    """Every error and every warning of all versions, sorted by place: for `lint`. Raises nothing."""
    found = Collector()
    _read_all(project, company, vocabulary, found)
    return tuple(sorted(found.found))


def _read_all(project: Path, company: str, vocabulary: Vocabulary, found: Collector) -> tuple[_Read, ...]:
    paths = sorted((project / "policy").glob("*.md"))
    read = [one for p in paths if (one := _read(project, p.stem, company, vocabulary, found))]
    ordered = tuple(sorted(read, key=lambda one: (one.version.published, one.version.version)))
    for earlier, later in pairwise(ordered):
        _check_succession(earlier.version, later, found)
    return ordered


def _read(project: Path, version: str, company: str, vocabulary: Vocabulary, found: Collector) -> _Read | None:
    file, promises_file = f"policy/{version}.md", f"promises/{version}.yaml"
    raw = _read_bytes(project / file, file, found)
    written = _read_bytes(project / promises_file, promises_file, found)
    if raw is None or written is None:
        return None
    front, text = _split_front(raw.decode("utf-8-sig"), file, found)
    published, language, shown_at, reason = _read_front(front, file, found)
    node = read_yaml(written.decode("utf-8-sig"), promises_file, found)
    told = PromisesReader(text, vocabulary, found).read(node, version)
    read = PolicyVersion(
        company=company,
        version=version,
        published=published,
        language=language,
        shown_at=shown_at,
        reason=reason,
        text=text,
        digest=hashlib.sha256(raw).hexdigest(),
        promises=with_blocks(told.promises),
        sentences=split_sentences(text, told.promises, told.plain),
        file=file,
    )
    _check_evidence(project, read, found)
    return _Read(read, told.withdrawn)


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
    if not front:
        return date.min, "", (), ""
    node = read_yaml("\n" + front, file, found)  # the first line is the opening `---`
    entries = node.mapping(known=_FRONT_KEYS, required=("published",), what="the front matter")
    published = date.min
    if "published" in entries:
        try:
            published = date.fromisoformat(entries["published"].text())
        except ValueError:
            entries["published"].add("policy.bad-date", "`published` is not a day", "write it as 2026-01-05", _SO)
    language = entries["language"].text() if "language" in entries else "en"
    shown_at = entries["shown_at"].texts() if "shown_at" in entries else ()
    return published, language, shown_at, entries["reason"].text(empty=True) if "reason" in entries else ""


def _check_evidence(project: Path, version: PolicyVersion, found: Collector) -> None:
    """A warning, not an error: one missing paper leaves one promise unproven and no other."""
    for rule in version.rules:
        name = str(rule.detail.get("evidence", ""))
        if rule.kind == "attest" and name and not (project / "evidence" / f"{name}.yaml").is_file():
            cause = f"there is no `evidence/{name}.yaml`"
            help = "write it, with `owner`, `says`, `signed` and `expires`"
            found.add("policy.no-evidence", rule.place, cause, help, "the promise stays unproven", "warning")


def _check_succession(earlier: PolicyVersion, later: _Read, found: Collector) -> None:
    """A later version says why it came. An id that vanishes without a word is a warning: its reports would just end."""
    version = later.version
    if unread_before([earlier], version) and any(rule.kind == "permit" for rule in version.rules):
        cause = f"no permit was read out of version `{earlier.version}`: what it allowed is not known"
        help = f"say in promises/{earlier.version}.yaml what its sentences permitted, at least by purpose and recipient"
        so = f"uses that version `{version.version}` added are not denied for the rows collected before it"
        found.add("policy.nothing-to-compare", Place(earlier.file, 1, 1), cause, help, so, "warning")
    if not version.reason.strip():
        cause = f"version `{version.version}` does not say why it replaces `{earlier.version}`"
        found.add("policy.no-reason", Place(version.file, 1, 1), cause, "add `reason:` to its front matter", _SO)
    kept = {promise.id for promise in version.promises}
    known = {promise.id for promise in earlier.promises}
    promises_file = f"promises/{version.version}.yaml"
    for name in sorted(known - kept - later.withdrawn.keys()):
        cause = f"the promise `{name}` of version `{earlier.version}` is gone, and nothing says so"
        help = f"keep the id for the sentence that says it now, or write `withdrawn: [{name}]`"
        so = "nobody can follow what became of this promise"
        found.add("policy.promise-vanished", Place(promises_file), cause, help, so, "warning")
    for name in sorted(later.withdrawn.keys() & kept):
        cause = f"`{name}` is withdrawn and promised in the same version"
        found.add("policy.withdrawn-and-kept", later.withdrawn[name], cause, "remove one of the two", _SO)
