"""Where triggers put what they are given: `NEW.email` into a note, a whole row into a log, whoever's rights they run with.

Pure: the text of a trigger's function in, pairs of columns out. A copy is a way for whoever reads the column that it goes to and
may not read the column that it comes from, unless the map says that both hold the same. A text that builds its statements as it
runs, or is in another language, is *opaque*: nothing about the table is called kept.
Where a pair sees some rows of both tables only, whether they are the same people's is not compared.
Refuses to follow what a trigger reads from other tables with the rights of whoever sets it off: that is what any program does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from avow.datamap.holds import categories_of
from avow.datamap.model import StoreMap
from avow.prove.live import Live, LiveCopy, LiveRoutine
from avow.prove.routines import builds, whole_text, without_comments
from avow.prove.scene import PairRights
from avow.prove.scope import Field
from avow.prove.way import READ, Way, is_allowed

Covers = Callable[[str, str], bool]
_ROW = re.compile(r"\b(?:new|old)\b(?!\s*\.)")
_CELL = re.compile(r"\b(?:new|old)\s*\.\s*(?:\"([^\"]+)\"|(\w+)|(\*))")
_TELLS_NOTHING = re.compile(
    r"\b(?:length|char_length|octet_length)\s*\(\s*(?:new|old)\s*\.\s*\w+\s*\)"
    r"|\b(?:new|old)\s*\.\s*\w+\s+is\s+(?:not\s+)?(?:null\b|distinct\s+from\s+(?:(?:new|old)\s*\.\s*)?\w+)"
)
_SET = re.compile(r"((?:\w+\s+){0,4}[\w\[\]%.]+)\s*:=\s*([^;]*)")  # `kept := ...`, `kept text := ...`
_PLAIN_SET = re.compile(r"(?:^|;|\b(?:then|begin|else|loop)\b)\s*(\w+)\s*=\s*([^;]*)")
_INTO = re.compile(r"\bselect\s+([^;]*?)\s+into\s+(?:strict\s+)?(\w+)")
_OWN = re.compile(r"\bnew\s*\.\s*\"?(\w+)\"?\s*:?=\s*([^;]*)")
_NOT_NAMES = frozenset(
    {"then", "else", "begin", "loop", "declare", "new", "old", "constant", "if", "when", "end", "and", "or", "not"}
)
_END = re.compile(r"\b(?:where|from|returning|on\s+conflict)\b")


@dataclass(frozen=True)
class _Text:
    """A trigger's text in small letters, and which of its words stand for which columns of the row."""

    copy: LiveCopy
    body: str
    held: dict[str, frozenset[str]]

    def sources(self, expression: str, rows: bool = False) -> frozenset[str]:
        """The columns of the trigger's row whose values the expression takes; `rows`: it reads a table of such rows."""
        told = _TELLS_NOTHING.sub(" ", expression)
        found = {quoted or plain for quoted, plain, _ in _CELL.findall(told)}
        if _ROW.search(told) or any(star for _, _, star in _CELL.findall(told)) or (rows and "*" in told):
            found |= self.columns
        words = set(re.findall(r"\w+", told))
        for word in words & self.held.keys():
            found |= self.held[word]
        return frozenset((found | (words if rows else set())) & self.columns)

    @property
    def columns(self) -> set[str]:
        return {column.lower() for column in self.copy.columns}

    def reads_rows(self, statement: str) -> bool:
        """Whether it reads the rows of the whole statement that set the trigger off, by the names that the trigger gives them."""
        names = [n.lower() for n in (self.copy.new_rows, self.copy.old_rows) if n]
        return any(re.search(rf"\b{re.escape(name)}\b", statement) for name in names)


def copied_ways(
    live: Live, store: StoreMap, rights: Iterable[PairRights], fields: Iterable[Field], covers: Covers
) -> tuple[Way, ...]:
    """A way for each reader of a column into which a trigger puts what he may not read where it comes from."""
    wanted, by_role = frozenset(fields), {r.role: r for r in rights if r.role}
    found: set[Way] = set()
    for copy in live.copies:
        for one, column in sorted(_copied(live, copy)):
            there = Field(copy.target, column)
            if one in wanted and one != there and not _holds_the_same(store, one, there, covers):
                how = f"through the trigger `{copy.trigger}` on {copy.table_name}, which copies it to {copy.target} ({column})"
                repair = f"say in the data map what {there} holds, or drop the trigger `{copy.trigger}`"
                readers = (
                    r for r in _readers(live, copy, column, by_role) if not _may_read(by_role.get(r), one, copy.target)
                )
                found |= {Way(reader, how, one, READ, repair) for reader in readers}
    return tuple(sorted(found))


def opaque_copies(live: Live, store: StoreMap, fields: Iterable[Field]) -> tuple[str, ...]:
    """Triggers of these columns' tables that are given rows, and whose text does not say where they put them."""
    tables, declared = {one.table for one in fields}, {c.routine for c in store.custodians if c.routine}
    found = {
        f"the trigger `{copy.trigger}` on {copy.table_name} {why}"
        for copy in live.copies
        if copy.table_name in tables and copy.routine not in declared and (why := _why_opaque(live, copy))
    }
    return tuple(sorted(found))


def _why_opaque(live: Live, copy: LiveCopy) -> str:
    if copy.language not in ("sql", "plpgsql"):
        return f"is written in {copy.language}"
    text = _text(copy)
    given = _ROW.search(re.sub(r"\breturn\s+(?:new|old)\b", "", text.body)) or _CELL.search(text.body)
    if not given and not text.reads_rows(text.body):
        return ""
    parts = [text.body, *(told for told, sources in _calls(live, text) if sources)]
    return "builds its statements as it runs" if any(builds(part) for part in parts) else ""


def _copied(live: Live, copy: LiveCopy) -> set[tuple[Field, str]]:
    """(column of the trigger's table, column of the target) for each that the text puts there."""
    text = _text(copy)
    pairs = set(_written(text, text.body))
    for told, sources in _calls(live, text):
        pairs |= {(source, column) for source in sources for column in _columns_written(copy, told)}
    if copy.target == copy.table_name:
        pairs |= {(source, column) for column, told in _OWN.findall(text.body) for source in text.sources(told)}
    names = {column.lower(): column for column in copy.columns}
    there = {column.lower(): column for column in copy.target_columns}
    return {(Field(copy.table_name, names[s]), there[c]) for s, c in pairs if s in names and c in there}


def _text(copy: LiveCopy) -> _Text:
    """Variables hold what was put into them, by way of others too."""
    text = _Text(copy, without_comments(copy.body).lower(), {})
    for _ in range(3):
        given = [*_SET.findall(text.body), *_PLAIN_SET.findall(text.body)]
        given += [(name, told) for told, name in _INTO.findall(text.body)]
        for names, told in given:
            sources = text.sources(told)
            for name in names.split() if sources and "." not in names else ():
                if name not in _NOT_NAMES:
                    text.held[name] = text.held.get(name, frozenset()) | sources
    return text


def _calls(live: Live, text: _Text) -> Iterator[tuple[str, frozenset[str]]]:
    """(what a routine does that the text calls, the columns that it is given)."""
    for routine in (*live.helpers, *live.routines):
        bare = routine.name.partition("(")[0].rpartition(".")[2].lower()
        for call in re.finditer(rf"\b{re.escape(bare)}\s*\(", text.body):
            yield _told(live, routine), text.sources(_inside(text.body, call.end() - 1))


def _told(live: Live, routine: LiveRoutine) -> str:
    return whole_text(live, routine).lower()


def _written(text: _Text, body: str) -> Iterator[tuple[str, str]]:
    copy = text.copy
    for tail in _statements(body, r"insert\s+into", copy.target):
        yield from _inserted(text, tail)
    for tail in _statements(body, r"update(?:\s+only)?", copy.target):
        match = re.search(r"\bset\b", tail)
        yield from _set(text, tail[match.end() :]) if match else ()
    for tail in _statements(body, r"merge\s+into", copy.target):
        yield from _every(text, tail)


def _columns_written(copy: LiveCopy, told: str) -> list[str]:
    """Every column of the target, where the text writes there at all: which value goes where is not followed into a routine."""
    kinds = (r"insert\s+into", r"update(?:\s+only)?", r"merge\s+into")
    written = any(True for kind in kinds for _ in _statements(told, kind, copy.target))
    return [column.lower() for column in copy.target_columns] if written else []


def _statements(body: str, verb: str, target: str) -> Iterator[str]:
    """What follows the name of the target, to the end of the statement."""
    schema, _, bare = target.lower().partition(".")
    name = rf"\"?{re.escape(bare)}\"?"
    for match in re.finditer(rf"\b{verb}\s+(?:\"?{re.escape(schema)}\"?\s*\.\s*)?{name}(?!\w|\s*\.)([^;]*)", body):
        yield match.group(1)


def _inserted(text: _Text, tail: str) -> Iterator[tuple[str, str]]:
    rest = re.sub(r"^\s*as\s+\w+", "", tail).strip()
    columns = [c.lower() for c in text.copy.target_columns]
    if rest.startswith("(") and not re.match(r"\(\s*(?:select|values|with)\b", rest):
        columns = [part.strip().strip('"') for part in _inside(rest, 0).split(",")]
        rest = rest[len(_inside(rest, 0)) + 2 :].strip()
    rows, changes = text.reads_rows(rest), re.search(r"\bdo\s+update\s+set\b", rest)
    values = [_parts(one) for one in _rows_of(rest)]
    for parts in values:
        expanded = [one for part in parts for one in _expanded(text, part, rows)]
        if len(expanded) > len(columns):
            yield from _every(text, rest, columns)
        for part, column in zip(expanded, columns, strict=False):
            yield from ((source, column) for source in text.sources(part, rows))
    if not values:
        yield from _every(text, rest, columns)
    yield from _set(text, rest[changes.end() :]) if changes else ()


def _rows_of(rest: str) -> list[str]:
    """The lists of values: of VALUES each in its brackets, of SELECT what stands before FROM."""
    if rest.startswith("values"):
        found, at = [], rest.find("(")
        while at >= 0:
            found.append(_inside(rest, at))
            after = rest[at + len(found[-1]) + 2 :]
            following = re.match(r"\s*,\s*\(", after)
            at = len(rest) - len(after) + following.end() - 1 if following else -1
        return found
    match = re.match(r"select\s+(?:distinct\s+)?", rest)
    return [_until_end(rest[match.end() :])] if match else []


def _expanded(text: _Text, part: str, rows: bool) -> list[str]:
    """`NEW.*`, and every column of a table of such rows, stand for one value for each column."""
    star = re.fullmatch(r"\(?\s*(?:new|old)\s*\)?\s*\.\s*\*", part) or (
        rows and re.fullmatch(r"(?:\w+\s*\.\s*)?\*", part)
    )
    return [f'new."{column.lower()}"' for column in text.copy.columns] if star else [part]


def _set(text: _Text, tail: str) -> Iterator[tuple[str, str]]:
    for part in _parts(_until_end(tail)):
        column, _, told = part.partition("=")
        names = [name.strip().strip('"') for name in column.strip(" ()").split(",")]
        yield from ((source, name) for source in text.sources(told) for name in names)


def _every(text: _Text, told: str, columns: Iterable[str] = ()) -> Iterator[tuple[str, str]]:
    there = list(columns) or [c.lower() for c in text.copy.target_columns]
    yield from ((source, column) for source in text.sources(told, text.reads_rows(told)) for column in there)


def _inside(text: str, at: int) -> str:
    """What stands in the brackets that open at `at`."""
    depth = 0
    for place in range(at, len(text)):
        depth += (text[place] == "(") - (text[place] == ")")
        if depth == 0:
            return text[at + 1 : place]
    return text[at + 1 :]


def _parts(text: str) -> list[str]:
    """Parted at commas outside of brackets."""
    found, depth = [""], 0
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            found.append("")
        else:
            found[-1] += letter
    return [part.strip() for part in found]


def _until_end(text: str) -> str:
    """Up to the first word outside of brackets that ends a list of values."""
    for match in _END.finditer(text):
        before = text[: match.start()]
        if before.count("(") == before.count(")") and not re.search(r"\bdistinct\s+$", before):
            return before
    return text


def _holds_the_same(store: StoreMap, one: Field, there: Field, covers: Covers) -> bool:
    """Whether the map says that the column there holds everything that this one does."""
    mine, theirs = _categories(store, one), _categories(store, there)
    return bool(theirs) and all(any(t == c or covers(t, c) for t in theirs) for c in mine)


def _categories(store: StoreMap, one: Field) -> frozenset[str]:
    table = store.find_table(one.table)
    column = table.find_column(one.column) if table and not table.ignore else None
    return frozenset(categories_of(column)) if column else frozenset()


def _readers(live: Live, copy: LiveCopy, column: str, by_role: dict[str, PairRights]) -> list[str]:
    """Who may read the column: everybody, or those whom somebody can be."""
    if copy.target in live.tables:
        roles = {role for role, _, c, verb in live.reach_by_table.get(copy.target, ()) if c == column and verb == READ}
    else:
        roles = {role for name, _, role in (reader.partition("\t") for reader in copy.readers) if name == column}
    if "PUBLIC" in roles:
        return ["PUBLIC"]
    real = {name for name in roles if (role := live.roles.get(name)) and (role.can_login or name in live.taken)}
    return sorted(real | (roles & by_role.keys()))


def _may_read(rights: PairRights | None, one: Field, there: str) -> bool:
    """On every row; or on some, where the pair sees only some rows of the other table, too."""
    if rights is None or not is_allowed(rights, one, READ):
        return False
    target = rights.tables.get(there)
    return not rights.tables[one.table].some_rows or (target is not None and target.some_rows)
