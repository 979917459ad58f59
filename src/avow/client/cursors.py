"""psycopg cursors that record what they read and wrote, for the purpose that their connection was taken for.

Promises one ledger entry per statement that ran or was refused: base tables, columns, rows, and the digest of the subject or of
the query. Rows are handed out only after their entry is queued (or durable, in strict use).
Refuses to work for a purpose that has ended. Column names come from the server's own row description, never from aliases;
tables behind a function's body are not seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol, TypeVar
from weakref import WeakKeyDictionary

import psycopg
from psycopg import sql
from psycopg.pq.abc import PGresult

from avow.client.pairs import PairRole
from avow.errors import ClientError, Diagnostic, Place
from avow.ledger import UNKNOWN_COUNT, Digest, Kind, Ledger
from avow.ledger.entry import Line, check_name

Row = TypeVar("Row")
_WORD = re.compile(r'[A-Za-z_][\w$]*|"(?:[^"]|"")+"')
# Command tags of statements that touch no row of their own.
_SILENT = frozenset(
    re.findall(
        r"\w+",
        "SET RESET SHOW BEGIN START COMMIT ROLLBACK SAVEPOINT RELEASE DISCARD LISTEN UNLISTEN NOTIFY PREPARE DEALLOCATE"
        " CLOSE FETCH MOVE LOCK",
    )
)
_READS = frozenset(["SELECT", "TABLE", "VALUES", "EXPLAIN"])
_LARGEST_CACHE = 5000
# Bound once: an attribute look-up for each statement would be a tenth of what recording costs.
_execute = psycopg.Cursor.execute


class Use:
    """One purpose while it lasts. `of` is the digest of the subject, or None: then each query's own digest is taken."""

    __slots__ = ("actor", "ended", "ledger", "lines", "of", "pair", "strict")

    def __init__(self, pair: PairRole, ledger: Ledger, actor: Digest, of: Digest | None, strict: bool) -> None:
        self.pair, self.ledger, self.actor, self.of, self.strict = pair, ledger, actor, of, strict
        self.ended = False
        self.lines: dict[object, Line] = {}  # by query text, of statements that need no second look

    def record(self, kind: Kind, tables: str, columns: str, of: Digest, rows: int) -> None:
        self.ledger.record_access(kind, self.pair.text, tables, columns, self.actor, of, rows, self.strict)

    def digest_query(self, text: str, parameters: object) -> Digest:
        if self.of is not None:
            return self.of
        return self.ledger.digester.digest("query", f"{text}\0{parameters!r}")


uses: WeakKeyDictionary[psycopg.Connection[Any], Use] = WeakKeyDictionary()


class _Result(Protocol):
    """What the row description tells: the table and the column number behind each result column."""

    @property
    def nfields(self) -> int: ...
    @property
    def command_status(self) -> bytes | None: ...
    def ftable(self, column_number: int) -> int: ...
    def ftablecol(self, column_number: int) -> int: ...


def _describe(pair: PairRole, text: str, result: _Result | None) -> tuple[str, str]:
    """(tables, columns) of a statement: the views it names, and the view columns that its result shows."""
    words = {w.strip('"').lower() if w[0] != '"' else w[1:-1] for w in _WORD.findall(text)}
    tables = {t for name in words & pair.names.keys() for t in pair.names[name].split(",")}
    columns: set[str] = set()
    computed = False
    for i in range(result.nfields if result else 0):
        assert result is not None
        view = pair.views.get(result.ftable(i))
        if view is None:
            computed = True
        else:
            tables.update(view.tables.split(","))
            columns.add(view.columns.get(result.ftablecol(i), "_unknown"))
    return _join(tables), _join(columns, computed)


def _join(names: Iterable[str], computed: bool = False) -> str:
    joined = ",".join([*sorted(names), *(["+"] if computed else [])])
    return joined if len(joined) <= 1900 else joined[:1900].rpartition(",")[0] + ",+"


class _Logged:
    """What the client-side and the server-side cursor share."""

    if TYPE_CHECKING:
        connection: psycopg.Connection[Any]
        pgresult: PGresult | None
        rowcount: int

    _use_of: Use | None = None

    def _use(self) -> Use:
        """The purpose that this cursor was opened in. Raises ClientError once it has ended."""
        found = self._use_of
        if found is None:
            found = self._use_of = uses.get(self.connection)
        if found is None or found.ended:
            raise ClientError(_ended())
        return found

    def _text(self, query: object) -> str:
        if isinstance(query, bytes):
            return query.decode(errors="replace")
        if isinstance(query, sql.Composable):
            return query.as_string(self.connection)
        return str(query)

    def _note(self, use: Use, query: object, parameters: object, rows: int = 0) -> None:
        """Records a statement that ran. `rows` -1: nobody knows how many."""
        text = query if type(query) is str else self._text(query)
        known = use.pair.seen.get(text)
        if known is None:
            known = self._learn(use, text, self.pgresult, rows)
        if known:
            count = rows or self.rowcount
            use.record(*known, use.digest_query(text, parameters), count if count >= 0 else UNKNOWN_COUNT)
            if use.of is not None and not use.strict and type(query) is str and text in use.pair.seen:
                kind, tables, columns = known
                use.lines[query] = use.ledger.check_line(kind, use.pair.text, tables, columns, use.actor, use.of)

    def _learn(self, use: Use, text: str, result: _Result | None, rows: int) -> tuple[Kind, str, str] | tuple[()]:
        """(kind, tables, columns) of a statement, kept by its text; empty for one that touches no rows."""
        verb = (result.command_status or b"").decode().partition(" ")[0] if result else ""
        found: tuple[Kind, str, str] | tuple[()] = ()
        if verb not in _SILENT:
            tables, columns = _describe(use.pair, text, result)
            reads = verb in _READS or (verb == "" and rows < 0)
            found = (Kind.READ if reads else Kind.WRITE, check_name(tables), check_name(columns))
        if len(use.pair.seen) < _LARGEST_CACHE and (result is not None or rows < 0):
            use.pair.seen[text] = found
        return found

    def _note_refused(self, use: Use, query: object, parameters: object) -> None:
        text = self._text(query)
        tables, _ = _describe(use.pair, text, None)
        use.record(Kind.REFUSED, tables, "", use.digest_query(text, parameters), 0)


class LoggedCursor(_Logged, psycopg.Cursor[Row]):
    """A client-side cursor: all rows are here when its entry is recorded."""

    def execute(
        self, query: Any, params: Any = None, *, prepare: bool | None = None, binary: bool | None = None
    ) -> LoggedCursor[Row]:
        use = self._use_of
        if use is None or use.ended:
            use = self._use()
        try:
            _execute(self, query, params, prepare=prepare, binary=binary)
        except psycopg.errors.InsufficientPrivilege:
            self._note_refused(use, query, params)
            raise
        # The way of nearly every read: nothing is looked at again that the first one looked at.
        line = use.lines.get(query) if type(query) is str else None
        if line is None:
            self._note(use, query, params)
        else:
            use.ledger.record_line(line, self.rowcount)
        return self

    def executemany(self, query: Any, params_seq: Iterable[Any], *, returning: bool = False) -> None:
        use = self._use()
        parameters = list(params_seq)
        try:
            super().executemany(query, parameters, returning=returning)
        except psycopg.errors.InsufficientPrivilege:
            self._note_refused(use, query, parameters)
            raise
        self._note(use, query, parameters)

    def stream(self, query: Any, params: Any = None, **options: Any) -> Iterator[Row]:
        """Recorded before the first row is handed out, since the reader may stop anywhere."""
        use = self._use()
        text = self._text(query)
        use.record(Kind.READ, _describe(use.pair, text, None)[0], "+", use.digest_query(text, params), UNKNOWN_COUNT)
        yield from super().stream(query, params, **options)

    @contextmanager
    def copy(self, statement: Any, params: Any = None, *, writer: Any = None) -> Iterator[psycopg.Copy]:
        use = self._use()
        text = self._text(statement)
        kind = Kind.WRITE if re.search(r"\bfrom\s+stdin\b", text, re.IGNORECASE) else Kind.EXPORT
        tables, of = _describe(use.pair, text, None)[0], use.digest_query(text, params)
        try:
            with super().copy(statement, params, writer=writer) as copy:
                use.record(kind, tables, "+", of, UNKNOWN_COUNT)
                yield copy
        except psycopg.errors.InsufficientPrivilege:
            self._note_refused(use, statement, params)
            raise


class LoggedServerCursor(_Logged, psycopg.ServerCursor[Row]):
    """A server-side cursor: recorded when it is opened, with an unknown number of rows."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> LoggedServerCursor[Row]:
        use = self._use()
        try:
            super().execute(query, params, **options)
        except psycopg.errors.InsufficientPrivilege:
            self._note_refused(use, query, params)
            raise
        self._note(use, query, params, rows=-1)
        return self


def _ended() -> Diagnostic:
    return Diagnostic(
        Place("client"),
        "client.purpose-ended",
        "a cursor was used after the purpose that it was opened for had ended",
        "read everything inside the `with avow.purpose(...)` block",
        "the statement did not run: it would have been for no purpose, and unlogged",
    )
