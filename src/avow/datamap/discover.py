"""Proposes a data map for a live store: categories, subject tables, owner paths, sources, copies and views.

Promises: bounded samples, read only; every proposal carries reasons and a confidence, and is unconfirmed until a person
says so; no value of a row stands in any proposal (words of a `source` column only where they are in our own list of
intake words). Refuses to leave out a table: what is not understood is proposed with a low confidence.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace

from avow.datamap.columns import is_text, propose_column
from avow.datamap.model import Column, OwnerPath, RecordKind, SourceOf, Step, Table
from avow.datamap.names import (
    copied_name,
    is_bookkeeping,
    looks_like_clock,
    looks_like_source,
    says_the_row,
    stem,
    subject_kind,
)
from avow.datamap.proposal import Discovery, ProposedColumn, ProposedTable, Reference
from avow.datamap.references import find_references
from avow.datamap.samples import Sampler, Samples, texts
from avow.stores.port import ColumnInfo, StoreDescription, TableInfo

SETTLED = 0.8  # from here on a column in which nothing was recognised is proposed as not personal
FARTHEST = 4  # steps of an owner path
_IDENTIFYING = frozenset(
    {
        "identity.name",
        "identity.national_id",
        "contact.email",
        "account.username",
        "organisation.name",
        "organisation.email",
        "organisation.contact_name",
    }
)
_OF_ORGANISATION = {
    "contact.email": "organisation.email",
    "contact.phone": "organisation.phone",
    "contact.fax": "organisation.fax",
    "contact.postal_address": "organisation.postal_address",
    "contact.physical_address": "organisation.physical_address",
    "identity.name": "organisation.name",
}
# What short names mean in tables of organisations and of their contacts.
_MEANT: Mapping[str, Mapping[str, str]] = {
    "organisation": {
        "size": "organisation.size",
        "employees": "organisation.size",
        "sector": "organisation.sector",
        "industry": "organisation.sector",
    },
    "contact_person": {"role": "organisation.contact_role", "title": "organisation.contact_job_title"},
}
# Our own words for intakes; a sampled value is written only if it is one of these.
_INTAKES: Mapping[str, str] = {
    "phone": "subject.phone",
    "fax": "subject.fax",
    "email": "subject.email",
    "mail": "subject.email",
    "post": "subject.post",
    "letter": "subject.post",
    "web": "subject.form",
    "form": "subject.form",
    "website": "subject.form",
    "order": "subject.order",
    "signup": "subject.account_creation",
    "registration": "subject.account_creation",
    "enquiry": "subject.enquiry",
    "support": "subject.support_contact",
    "event": "subject.marketing_event",
    "upload": "subject.upload",
    "broker": "thirdparty.list_broker",
    "list": "thirdparty.list_broker",
    "reseller": "thirdparty.reseller",
}


def discover(
    description: StoreDescription,
    sampler: Sampler | None = None,
    rows: int = 500,
    progress: Callable[[str], None] = lambda _: None,
) -> Discovery:
    """`sampler` is `Store.sample` (None: names and types only); `rows` the most that is read of each table."""
    samples = Samples(sampler, rows)
    referring = find_references(description, samples)
    links = {(r.table, r.column) for r in referring}
    proposed = {}
    for info in description.tables:
        progress(info.name)
        if info.kind != "partition":
            proposed[info.name] = _propose_table(info, samples, links)
    proposed = _mark_copies(proposed, description)
    subjects = {name for name, found in proposed.items() if found.table.key}
    done = tuple(_with_owners(found, referring, subjects, proposed) for found in proposed.values())
    logins = tuple(
        login.name
        for login in description.logins
        if login.can_login and not login.superuser and (login.privileges or login.owns or login.member_of)
    )
    return Discovery(done, referring, tuple(samples.refused), logins)


def _propose_table(info: TableInfo, samples: Samples, links: set[tuple[str, str]]) -> ProposedTable:
    if is_bookkeeping(info.name):
        table = Table(info.name, (), (), ignore="bookkeeping of a framework; holds no person")
        return ProposedTable(table, (), 0.9, ("the name is that of a framework's own table",), info.kind, info.rows)
    kind, row_category = subject_kind(info.name)
    columns = tuple(
        _refine(_column(info, c, samples, links, row_category), c, info, samples, kind) for c in info.columns
    )
    if any(c.column.categories & _IDENTIFYING for c in columns):
        columns = tuple(_kept_open(proposed, c) for proposed, c in zip(columns, info.columns, strict=True))
    table = Table(info.name, tuple(c.column for c in columns), ())
    personal = [c for c in columns if _is_personal(c.column)]
    if personal or any(not c.column.link and c.confidence < SETTLED for c in columns):
        table = replace(
            table,
            records=(RecordKind(_record_name(info.name), (kind or "customer",)),),
            key="" if says_the_row(row_category) else _key(info, personal, kind),
            clock=next((c.name for c in info.columns if _is_time(c) and looks_like_clock(c.name)), ""),
            source=_source(info, samples),
        )
    sure = min((c.confidence for c in personal), default=min((c.confidence for c in columns), default=0.5))
    return ProposedTable(table, columns, sure, _table_reasons(table, kind, len(personal)), info.kind, info.rows)


def _record_name(table: str) -> str:
    return re.sub(r"\W+", "_", stem(table)).strip("_") or "row"


def _column(
    info: TableInfo, column: ColumnInfo, samples: Samples, links: set[tuple[str, str]], row_category: str
) -> ProposedColumn:
    if column.name.startswith("avow_"):
        return ProposedColumn(Column(column.name, confirmed=False), 1.0, ("a column of Avow's own",))
    found = propose_column(column, samples.column(info, column.name), row_category)
    is_key = column.name in info.primary_key or (info.name, column.name) in links
    if is_key and not found.column.categories:
        return ProposedColumn(Column(column.name, link=True, confirmed=False), 0.9, ("a key",))
    refers = any(table == info.name for table, _ in links)
    if row_category and says_the_row(row_category) and refers and not _is_personal(found.column):
        column_of_row = Column(column.name, frozenset({row_category}), confirmed=False)
        return ProposedColumn(column_of_row, 0.4, (f"part of a row that is `{row_category}` by the table's name",))
    return found


def _refine(found: ProposedColumn, column: ColumnInfo, info: TableInfo, samples: Samples, kind: str) -> ProposedColumn:
    """A bare `name` means what its table is of; an organisation's contact data are the organisation's."""
    categories = found.column.categories
    organisation = bool(re.search(r"organi[sz]ation|compan|firm|reseller|supplier|broker", info.name))
    meant = _MEANT.get(kind if not organisation else "organisation", {}).get(column.name.lower())
    if meant and not categories:
        why = (*found.reasons, f"`{column.name}` in a table of this kind")
        return replace(found, column=_with(found.column, {meant}), confidence=0.6, reasons=why)
    if column.name.lower() in ("name", "title") and not found.column.free_text:
        if organisation and column.name.lower() == "name":
            why = (*found.reasons, "the table is one of organisations")
            return replace(found, column=_with(found.column, {"organisation.name"}), confidence=0.8, reasons=why)
        if column.name.lower() == "name" and kind and not categories and _has_address(info):
            why = (*found.reasons, "a name beside contact data")
            return replace(found, column=_with(found.column, {"identity.name"}), confidence=0.6, reasons=why)
    if organisation and categories & _OF_ORGANISATION.keys():
        moved = frozenset(_OF_ORGANISATION.get(category, category) for category in categories)
        return replace(found, column=_with(found.column, moved), reasons=(*found.reasons, "of an organisation"))
    if kind == "contact_person" and "identity.name" in categories:
        moved = (categories - {"identity.name"}) | {"organisation.contact_name"}
        return replace(found, column=_with(found.column, moved))
    return found


def _kept_open(proposed: ProposedColumn, info: ColumnInfo) -> ProposedColumn:
    """A code beside a person's name (role, rank, sector) may say something of the person: it is not proposed as harmless."""
    if _is_personal(proposed.column) or proposed.column.link or not is_text(info):
        return proposed
    return replace(proposed, confidence=min(proposed.confidence, 0.6))


def _with(column: Column, categories: set[str] | frozenset[str]) -> Column:
    return replace(column, categories=frozenset(categories))


def _has_address(info: TableInfo) -> bool:
    return any(re.search(r"e?mail|phone|address", c.name.lower()) for c in info.columns)


def _is_personal(column: Column) -> bool:
    return bool(column.categories or column.free_text or any(column.keys.values()))


def _is_time(column: ColumnInfo) -> bool:
    return column.type.lower().startswith(("date", "time"))


def _key(info: TableInfo, personal: list[ProposedColumn], kind: str) -> str:
    """A table is one of data subjects where a row identifies one and has a key of one column."""
    identified = any(c.column.categories & _IDENTIFYING for c in personal)
    return info.primary_key[0] if kind and identified and len(info.primary_key) == 1 else ""


def _source(info: TableInfo, samples: Samples) -> SourceOf | None:
    for column in info.columns:
        if looks_like_source(column.name) and not _is_time(column):
            seen = {value.lower(): value for value in texts(samples.column(info, column.name) or [])}
            known = {value: _INTAKES[word] for word, value in sorted(seen.items()) if word in _INTAKES}
            if known:
                return SourceOf(column=column.name, values=known)
    return None


def _table_reasons(table: Table, kind: str, personal: int) -> tuple[str, ...]:
    if not personal:
        open_ = " What nobody has looked at counts as personal." if table.records else ""
        return (f"nothing personal was recognised in its columns.{open_}",)
    reasons = [f"{personal} of {len(table.columns)} columns look personal"]
    reasons.append(f"the name speaks of `{kind}`" if kind else "the name does not say whose rows these are")
    return tuple(reasons)


def _mark_copies(proposed: dict[str, ProposedTable], description: StoreDescription) -> dict[str, ProposedTable]:
    """Legacy copies by name and likeness; views by what they read."""
    done = dict(proposed)
    held = {name: _categories(found) for name, found in proposed.items()}
    for name, found in proposed.items():
        info = description.find_table(name)
        if info is None or not any(_is_personal(c) for c in found.table.columns):
            continue
        original, reason = _original(info, held, proposed)
        if original:
            table = replace(found.table, copy_of=original, key="", source=None)
            done[name] = replace(found, table=table, reasons=(*found.reasons, reason))
    return done


def _original(
    info: TableInfo, held: Mapping[str, frozenset[str]], proposed: Mapping[str, ProposedTable]
) -> tuple[str, str]:
    if info.kind in ("view", "materialized view"):
        read = [n for n, p in proposed.items() if n != info.name and _reads(info, n) and p.table.records]
        return (read[0], f"a {info.kind} that reads {', '.join(f'`{n}`' for n in read)}") if read else ("", "")
    copied = copied_name(info.name)
    mine = held[info.name]
    for name, other in proposed.items():
        alike = len(mine & held[name])
        if copied and name != info.name and stem(name) == stem(copied) and alike >= 2:
            return name, f"named like a copy of `{name}`, with {alike} categories in common"
        keyless = not info.primary_key and name != info.name and bool(other.table.key)
        if keyless and alike >= 3 and alike >= 0.8 * len(mine):
            return name, f"without a key, and with {alike} categories in common with `{name}`"
    return "", ""


def _reads(info: TableInfo, name: str) -> bool:
    bare = name.rpartition(".")[2]
    return bool(
        re.search(rf'(?<![\w"]){re.escape(bare)}(?![\w"])|"{re.escape(bare)}"|`{re.escape(bare)}`', info.definition)
    )


def _categories(found: ProposedTable) -> frozenset[str]:
    return frozenset(c for column in found.table.columns for c in column.categories if c != "any.personal")


def _with_owners(
    found: ProposedTable,
    references: tuple[Reference, ...],
    subjects: set[str],
    proposed: Mapping[str, ProposedTable],
) -> ProposedTable:
    if not found.table.records:
        return found
    paths = _paths(found.table.name, references, subjects, proposed)
    if found.table.key:
        paths = [OwnerPath(found.table.name), *(p for p in paths if len(p.steps) == 1)] if paths else []
    guessed = [
        f"`{r.column}` -> `{r.to_table}` is not declared: {'; '.join(r.reasons)} (confidence {r.confidence})"
        for r in references
        if r.table == found.table.name and not r.declared
    ]
    lost = not paths and not found.table.key
    reasons = (*found.reasons, *guessed, *(["no path to a data subject was found"] if lost else []))
    return replace(found, table=replace(found.table, owners=tuple(paths)), reasons=reasons)


def _paths(
    start: str, references: tuple[Reference, ...], subjects: set[str], proposed: Mapping[str, ProposedTable]
) -> list[OwnerPath]:
    """The shortest path to each subject table, nearest first; a path does not pass through another subject."""
    queue: deque[tuple[str, tuple[Step, ...]]] = deque([(start, ())])
    seen, found = {start}, []
    while queue:
        table, steps = queue.popleft()
        for reference in (r for r in references if r.table == table and r.to_table not in seen):
            seen.add(reference.to_table)
            longer = (*steps, Step(reference.column, reference.to_table, reference.to_column))
            target = proposed.get(reference.to_table)
            if reference.to_table in subjects and target and target.table.key == reference.to_column:
                found.append(OwnerPath(reference.to_table, longer))
            elif len(longer) < FARTHEST:
                queue.append((reference.to_table, longer))
    return found
