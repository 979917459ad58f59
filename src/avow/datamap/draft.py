"""Writes drafts of `datamap.yaml` and of a whole new project, for a person to read and confirm.

Promises: every table and column of the store stands in the draft with the reasons for what is proposed; nothing in it counts
as confirmed; the store is not touched and no value of a row is written. Refuses to round up: columns that may hold text stay
`confirmed: false`, a store whose place nobody told stands at `world`, and a proposed promise needs a person's reading
before it can be kept.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime

from avow.datamap.discover import SETTLED
from avow.datamap.model import Column, OwnerPath, Table
from avow.datamap.patterns import Proposal, propose_promise
from avow.datamap.proposal import Discovery, ProposedColumn, ProposedTable
from avow.errors import Place
from avow.policy import place_quote, split_sentences
from avow.policy.promise import Anchor, Quote, Sentence
from avow.stores.port import StoreDescription

_PLAIN = re.compile(r"[A-Za-z_][\w.-]*")
# bare, YAML takes them for something else than text
_READ_OTHERWISE = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})
_FRONT = re.compile(r"\A---\n(.*?)\n---\n", re.DOTALL)


def draft_map(store: str, description: StoreDescription, proposals: Discovery, location: str = "world") -> str:
    """The YAML of one store. `location` is a place term; `world` says that nobody has told where the store stands."""
    lines = [
        "# What the store's tables hold: a draft made from its catalogue and small samples. Nobody has confirmed it.",
        "# Read each table. Correct it, then take `confirmed: false` away from what you looked at; `[]` is nothing personal.",
        "# The comments give the reasons and how sure each proposal is (0 to 1). No sampled value stands here.",
        "stores:",
        f"  {_word(store)}:",
        f"    kind: {description.kind}",
        f"    location: {location}" + ("  # nobody has said where it stands" if location == "world" else ""),
    ]
    lines += [f"    # not sampled: {_comment(words)}" for words in proposals.not_sampled]
    lines.append("    tables:")
    for table in proposals.tables:
        lines += [f"      {line}" for line in _table(table)]
    lines += ["    # logins that can connect; give each its pairs (purpose/recipient), and begin in stage observe:"]
    lines += ["    # logins:"]
    lines += [f"    #   {_word(name)}: {{pairs: [], stage: observe}}" for name in proposals.logins]
    return "\n".join(lines) + "\n"


def _table(found: ProposedTable) -> Iterator[str]:
    table = found.table
    yield f"# {found.kind}, about {found.rows} rows; sure: {found.confidence:.1f}"
    yield from (f"# {_comment(reason)}" for reason in found.reasons)
    yield f"{_word(table.name)}:"
    if table.ignore:
        yield f"  ignore: {_quoted(table.ignore)}"
        return
    yield from (f"  {line}" for line in _facts(table))
    yield "  columns:"
    for proposed in found.columns:
        yield f"    {_word(proposed.column.name)}: {_column(proposed)}"
        yield from (f"      # {_comment(reason)}" for reason in _telling(proposed))


def _facts(table: Table) -> Iterator[str]:
    if table.key:
        yield f"key: {_word(table.key)}"
    if table.records:
        yield "records:"
        yield from (f"  - {{name: {_word(r.name)}, subjects: [{', '.join(r.subjects)}]}}" for r in table.records)
    if table.copy_of:
        yield f"copy_of: {_word(table.copy_of)}"
    if table.clock:
        yield f"clock: {_word(table.clock)}"
    if table.source:
        values = ", ".join(f"{_word(value)}: {term}" for value, term in table.source.values.items())
        yield f"source: {{column: {_word(table.source.column)}, values: {{{values}}}}}  # add the words that are missing"
    if table.owners:
        yield "owners:"
        yield from (f"  - {_owner(path)}" for path in table.owners)


def _owner(path: OwnerPath) -> str:
    hops = ", ".join(_quoted(f"{s.column} -> {s.to_table}.{s.to_column}") for s in path.steps)
    return f"{{to: {_word(path.subject)}, via: [{hops}]}}" if hops else f"{{to: {_word(path.subject)}}}"


def _column(proposed: ProposedColumn) -> str:
    column = proposed.column
    if column.link:
        return "link"
    if column.free_text:
        return "{free_text: [any.personal], confirmed: false}"
    if column.keys:
        keys = ", ".join(f"{_word(key)}: [{', '.join(sorted(found))}]" for key, found in column.keys.items())
        return f"{{keys: {{{keys}}}, confirmed: false}}"
    if column.categories:
        return f"{{categories: [{', '.join(sorted(column.categories))}], confirmed: false}}"
    return "[]" if proposed.confidence >= SETTLED else "{confirmed: false}"


def _telling(proposed: ProposedColumn) -> Iterable[str]:
    if proposed.column.link or (not _says_something(proposed.column) and len(proposed.reasons) < 2):
        return ()
    return (f"{'; '.join(proposed.reasons)} (sure: {proposed.confidence})",)


def _says_something(column: Column) -> bool:
    return bool(column.categories or column.free_text or column.keys)


def _today() -> date:
    return datetime.now(UTC).date()


def draft_project(
    policy_text: str,
    description: StoreDescription,
    proposals: Discovery,
    company: str,
    clock: Callable[[], date] = _today,
) -> dict[str, str]:
    """File name -> text of a new project. Writes nothing itself. A policy text with front matter keeps it; otherwise it is
    taken as published on the day of `clock`."""
    front = _FRONT.match(policy_text)
    published = re.search(r"published:\s*(\d{4}-\d{2}-\d{2})", front[1]) if front else None
    day = date.fromisoformat(published[1]) if published else clock()
    version = f"{day:%Y-%m}"
    text = policy_text[front.end() :] if front else policy_text
    header = "" if front else f"---\npublished: {day.isoformat()}\nlanguage: en\nshown_at: [/privacy]\n---\n"
    return {
        "avow.toml": _toml(company, version, description.kind),
        f"policy/{version}.md": header + policy_text,
        f"promises/{version}.yaml": draft_promises(text, version),
        "datamap.yaml": draft_map("main", description, proposals),
    }


def draft_promises(text: str, version: str) -> str:
    """Every sentence of the text, in order: a proposed promise, or a comment that says it is unread."""
    sentences = split_sentences(text)
    lines = [
        f"# What each sentence of policy/{version}.md promises: proposals made from patterns. Nobody has read them yet.",
        "# A proposal keeps its `needs` line, and so stays unproven, until a person has compared it with the sentence.",
        f'policy: "{version}"',
    ]
    proposed = [(s, propose_promise(s.text)) for s in sentences if not s.plain]
    taken: set[str] = set()
    body: list[str] = []
    for sentence, proposal in proposed:
        body += [f"  {line}" for line in _promise(sentence, proposal, text, taken)]
    lines.append("promises:" if taken else "promises: []")
    return "\n".join([*lines, *body]) + "\n"


def _promise(sentence: Sentence, proposal: Proposal | None, text: str, taken: set[str]) -> Iterator[str]:
    quote = " ".join(sentence.text.split())
    placed = place_quote(text, Quote(quote), Place("policy", sentence.line))
    if proposal is None or not isinstance(placed, Anchor):
        yield f"# unread, line {sentence.line}: {_comment(quote)}"
        return
    name = f"{proposal.name}-{sentence.line}"
    name = name if name not in taken else f"{name}-{len(taken)}"
    taken.add(name)
    yield f"- id: {name}"
    yield f"  quote: {_quoted(quote)}"
    yield f"  act: {proposal.act}"
    yield f"  modality: {proposal.modality}"
    yield from (f"  {key}: [{', '.join(words)}]" for key, words in proposal.terms if words)
    yield '  needs: ["a person who has compared this proposal with the sentence"]'
    yield f"  rules: [{', '.join(f'{{{rule}}}' for rule in proposal.rules)}]"


def _toml(company: str, version: str, kind: str) -> str:
    return f"""# The settings of this project; docs/reference/settings.md lists all of them.
# Connection strings stand in the environment or in avow.env, never here: AVOW_STORE_MAIN_DSN, AVOW_CONTROL_DSN.
[company]
name = {json.dumps(company, ensure_ascii=False)}

[policy]
in_force = "{version}"

[stores.main]
kind = "{kind}"
# Where the store stands: a place term such as "uk" or "de". `world` says that nobody has told.
location = "world"
# What Avow may do there: "catalogue" reads rights, "trial" tries and rolls back. "canary" plants a synthetic person.
levels = ["catalogue", "trial"]
"""


def _word(text: str) -> str:
    return text if _PLAIN.fullmatch(text) and text.lower() not in _READ_OTHERWISE else _quoted(text)


def _quoted(text: str) -> str:
    """A YAML scalar in double quotes; what does not print is written by its number."""
    escaped = "".join(f"\\{c}" if c in '"\\' else c if c.isprintable() else f"\\U{ord(c):08x}" for c in text)
    return f'"{escaped}"'


def _comment(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in " ".join(text.split()))
