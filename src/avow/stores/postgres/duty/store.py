"""A PostgreSQL database for duties, behind the DutyStore port: one connection of the *duty* credential.

Promises: what the port promises; the catalogue is read when the store is opened and again by `check_ready`. A store that was
never applied gets the schema `avow` with the table of steps, and nothing else. Refuses to quote a value in an error.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from avow.errors import Diagnostic, Place, StoreError
from avow.stores.duty import (
    Answered,
    Change,
    Done,
    Finding,
    Hold,
    Identifier,
    Person,
    Planned,
    Residual,
    Row,
    StoreSpec,
    SubjectKey,
    Suppression,
    Swap,
)
from avow.stores.postgres.duty import changing, choosing, erasing, finding, marking, reading, ready, searching
from avow.stores.postgres.duty.catalogue import read_catalogue, statement
from avow.stores.postgres.duty.people import MANY
from avow.stores.postgres.duty.session import Session, unreachable
from avow.stores.postgres.duty.spelling import World, make_world

BATCH = 2_000
_OFTEN = 500  # after so many small erasures the working tables give their space back


def open_postgres_duty(
    dsn: str,
    spec: StoreSpec,
    statement_timeout_ms: int = 600_000,
    lock_timeout_ms: int = 5_000,
    connect_timeout_s: int = 10,
) -> PostgresDuty:
    """Raises StoreError (`store.bad-dsn`, `store.unreachable`, `store.no-right`)."""
    try:
        parts = conninfo_to_dict(dsn)
        host, port = parts.get("host") or "local socket", parts.get("port") or 5432
        place = Place(f"postgresql {host}:{port}/{parts.get('dbname') or ''}")
        connection: psycopg.Connection[tuple[Any, ...]] = psycopg.connect(
            dsn, autocommit=True, connect_timeout=connect_timeout_s, application_name="avow duty"
        )
    except psycopg.ProgrammingError:
        cause = "this is not a connection string that PostgreSQL's own library reads"
        help, so = "use postgresql://user:password@host:port/database", "nothing is done in this store"
        raise StoreError(Diagnostic(Place(spec.name), "store.bad-dsn", cause, help, so)) from None
    except psycopg.OperationalError:
        raise unreachable(place, "no connection could be made, or the login was refused") from None
    try:
        return PostgresDuty(Session(connection, place, statement_timeout_ms, lock_timeout_ms), spec)
    except psycopg.OperationalError:
        connection.close()
        raise unreachable(place, "the connection broke off as soon as it was made") from None
    except BaseException:
        connection.close()
        raise


class PostgresDuty:
    """Implements DutyStore. Not for use by several threads at once."""

    kind = "postgresql"

    def __init__(self, session: Session, spec: StoreSpec) -> None:
        self._session = session
        self._spec = spec
        self._world = self._look()
        self._blind: tuple[Diagnostic, ...] | None = None
        self._erased, self._large = 0, False
        self._prepare()

    @property
    def connection(self) -> psycopg.Connection[tuple[Any, ...]]:
        """The connection itself, for whoever measures its server process."""
        return self._session.connection

    @property
    def system(self) -> str:
        with self._session.reading("read the server's identity") as connection:
            row = connection.execute(statement("identity")).fetchone()
        assert row is not None
        return str(row[0])

    def check_ready(self) -> tuple[Diagnostic, ...]:
        self._world = self._look()
        self._prepare()
        with self._session.reading("read the catalogue") as connection:
            return ready.check(connection, self._world, self._session.place)

    def find(self, identifiers: Sequence[Identifier]) -> Finding:
        self._refuse_blind()
        with self._session.reading("look people up") as connection:
            return finding.find(connection, self._world, identifiers)

    def read(self, person: Person) -> Iterator[Row]:
        self._refuse_blind()
        self._read_again()
        with self._session.reading("read rows about a person") as connection:
            yield from reading.read(connection, self._world, person)

    def plan_erasure(self, person: Person, holds: Sequence[Hold] = ()) -> tuple[Planned, ...]:
        self._refuse_blind()
        with self._session.reading("plan an erasure") as connection:
            return erasing.plan(connection, self._world, person, holds)

    def erase(
        self, run: str, people: Mapping[str, Person], holds: Mapping[str, Sequence[Hold]] | None = None
    ) -> Mapping[str, Done]:
        self._refuse_blind()
        self._give_back()
        self._large = len(people) >= MANY
        try:
            return self._session.writing(
                "erase people", lambda connection: erasing.erase(connection, self._world, run, people, holds or {})
            )
        except erasing.StillThere as problem:
            cause = f"{problem.rows} rows of `{problem.table}` were to be deleted, and the database let them stand"
            help = "look at the policies, rules and triggers of that table: `avow doctor` tells what apply did not make"
            raise self._session.error("store.rows-stayed", cause, help) from None

    def change(
        self, run: str, item: str, person: Person, changes: Sequence[Change], swaps: Sequence[Swap] = ()
    ) -> Done:
        self._refuse_blind()
        try:
            return self._session.writing(
                "correct values", lambda c: changing.change(c, self._world, run, item, person, changes, swaps)
            )
        except changing.NotThisPerson as problem:
            cause = (
                f"the row of `{problem.table}` is not about this person, or `{problem.column}` holds nothing personal"
            )
            raise self._session.error(
                "store.not-this-person", cause, "look at the case again: only values of the person are corrected"
            ) from None

    def set_marks(self, run: str, marks: Mapping[str, tuple[Person, Mapping[str, bool]]]) -> Mapping[str, Done]:
        self._refuse_markless()
        return self._session.writing("mark people", lambda c: marking.set_marks(c, run, marks), latest=True)

    def suppress(self, run: str, key: bytes, entries: Mapping[str, Suppression]) -> Mapping[str, Done]:
        self._refuse_markless()
        return self._session.writing("list addresses", lambda c: marking.suppress(c, run, key, entries), latest=True)

    def read_answers(self, limit: int) -> tuple[Answered, ...]:
        with self._session.reading("read what people answered") as connection:
            return choosing.read_answers(connection, limit)

    def settle_answers(self, key: bytes, numbers: Sequence[int]) -> None:
        self._session.writing(
            "take in what people answered", lambda c: choosing.settle_answers(c, key, numbers), latest=True
        )

    def unlist(self, keys: Sequence[SubjectKey], mark: str) -> None:
        self._session.writing("take addresses off the list", lambda c: choosing.unlist(c, keys, mark), latest=True)

    def _refuse_markless(self) -> None:
        with self._session.reading("look for the marks") as connection:
            able = marking.can_mark(connection)
        if not able:
            cause = "nothing was applied to this store, so nothing in it would act on a mark"
            raise self._session.error(
                "store.no-marks", cause, "run `avow apply`, or treat the store as one without marks"
            )

    def search(self, needles: Mapping[str, Sequence[str]]) -> tuple[Residual, ...]:
        catalogue = self._look().catalogue
        with self._session.reading("search every table") as connection:
            return searching.search(connection, catalogue, needles, self._spec.calling_code)

    def close(self) -> None:
        self._session.connection.close()

    def _look(self) -> World:
        with self._session.reading("read the catalogue") as connection:
            return make_world(self._spec, read_catalogue(connection))

    def _prepare(self) -> None:
        """The table of steps, where apply did not make it, and the working tables of this connection."""
        connection = self._session.connection
        try:
            connection.execute(statement("session"))
            row = connection.execute("SELECT to_regclass('avow.step') IS NULL").fetchone()
            self._prepare_read()
            if row == (True,):
                with suppress(psycopg.errors.UniqueViolation, psycopg.errors.DuplicateTable):
                    connection.execute(statement("steps"))
        except psycopg.Error as error:
            raise self._session.explain(error, "make its working tables") from None

    def _give_back(self) -> None:
        """The working tables are emptied by deleting; now and then, and after a large batch, their space is given back."""
        self._erased += 1
        if self._erased % _OFTEN and not self._large:
            return
        self._erased, self._large = 0, False
        try:
            self._session.connection.execute(statement("truncate"))
        except psycopg.Error as error:
            raise self._session.explain(error, "empty its working tables") from None

    def _prepare_read(self) -> None:
        """Planned once: a person has few keys, so one plan is right for all."""
        connection = self._session.connection
        connection.execute("SELECT set_config('plan_cache_mode', 'force_generic_plan', false)")
        if self._is_prepared():
            connection.execute("DEALLOCATE avow_read")
        if self._world.tables:
            connection.execute(reading.statement_of(self._world))

    def _is_prepared(self) -> bool:
        query = "SELECT FROM pg_prepared_statements WHERE name = 'avow_read'"
        return self._session.connection.execute(query).fetchone() is not None

    def _read_again(self) -> None:
        """After a rollback the driver throws every prepared statement of the session away, ours among them."""
        try:
            if not self._is_prepared():
                self._prepare_read()
        except psycopg.Error as error:
            raise self._session.explain(error, "prepare to read rows about a person") from None

    def _refuse_blind(self) -> None:
        """Rows that the login may not see must never count as absent."""
        if self._blind is None:
            with self._session.reading("read the catalogue") as connection:
                self._blind = ready.check_rights(connection, self._world, self._session.place)
        if self._blind:
            raise StoreError(self._blind)
