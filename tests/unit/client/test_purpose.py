"""Bob's application reads for a purpose: the pair is taken, every statement recorded, the session given back."""

from __future__ import annotations

from contextlib import contextmanager

import psycopg
import pytest
from psycopg import sql

import avow
from avow.client import configure, take_for_good
from avow.errors import ClientError, LedgerError
from avow.ledger import UNKNOWN_COUNT, Kind

SUPPORT = {"recipient": "internal.support", "actor": "staff:42"}
FINANCE = {"recipient": "internal.finance", "actor": "staff:42"}


@pytest.fixture
def conn(governed):
    with psycopg.connect(governed.login) as conn:
        yield conn


def session_of(conn):
    query = "select current_setting('role'), current_setting('search_path'), current_setting('avow.handling', true)"
    found = conn.execute(query).fetchone()
    conn.commit()
    return found[0], found[1], found[2] or ""


def test_a_purpose_shows_its_pairs_columns_and_records_the_read(governed, conn):
    with avow.purpose(
        "billing.invoice", **FINANCE, subject="contact:7", connection=conn, ledger=governed.ledger
    ) as use:
        assert use.execute("select * from contacts where id = %s", [7]).fetchall() == [(7, "card")]
    (entry,) = governed.entries()
    assert (entry.kind, entry.pair, entry.rows) == (Kind.READ, "billing.invoice/internal.finance", 1)
    assert (entry.tables, entry.columns) == ("public.contacts", "card,id")
    assert entry.of == governed.ledger.subject_digest("contact:7")
    assert entry.actor == governed.ledger.digester.digest("actor", "staff:42")


def test_a_purpose_that_one_pair_has_needs_no_recipient(governed, conn):
    with avow.purpose("support.provide", actor="staff:42", connection=conn, ledger=governed.ledger) as use:
        assert session_of(use)[0] == governed.roles["p1"]
        use.execute("select id from contacts limit 1").fetchall()
    assert {entry.pair for entry in governed.entries()} == {"support.provide/internal.support"}
    with pytest.raises(ClientError) as caught, avow.purpose("marketing.own", actor="staff:42", connection=conn):
        pass
    assert caught.value.codes == ("client.not-configured",)
    with (
        pytest.raises(ClientError) as caught,
        avow.purpose("marketing.own", actor="staff:42", connection=conn, ledger=governed.ledger),
    ):
        pass
    assert caught.value.codes == ("client.pair-not-allowed",)


def test_a_purpose_that_several_pairs_have_asks_for_whom(governed, conn):
    with psycopg.connect(governed.dsn, autocommit=True) as admin:
        admin.execute(
            "insert into avow.pair select 9, 'support.provide', 'processor.helpdesk', role, schema"
            " from avow.pair where recipient = 'internal.finance'"
        )
    for lender in (conn, {"support.provide/internal.support": Pool(conn), "support.provide/processor.helpdesk": None}):
        with (
            pytest.raises(ClientError) as caught,
            avow.purpose("support.provide", actor="staff:42", connection=lender, ledger=governed.ledger),
        ):
            pass
        assert caught.value.codes == ("client.recipient-needed",)
        assert "`support.provide/internal.support`, `support.provide/processor.helpdesk`" in str(caught.value)
    with avow.purpose("support.provide", **SUPPORT, connection=conn, ledger=governed.ledger) as use:
        assert session_of(use)[0] == governed.roles["p1"]


def test_a_column_outside_the_pair_is_refused_and_the_refusal_recorded(governed, conn):
    with (
        pytest.raises(psycopg.errors.InsufficientPrivilege),
        avow.purpose("support.provide", **SUPPORT, connection=conn, ledger=governed.ledger) as use,
    ):
        use.execute("select card from public.contacts")
    (entry,) = governed.entries()
    assert (entry.kind, entry.tables, entry.rows) == (Kind.REFUSED, "public.contacts", 0)


@pytest.mark.parametrize("autocommit", [False, True])
@pytest.mark.parametrize("fails", [False, True])
def test_the_session_is_as_before_also_after_an_error(governed, conn, autocommit, fails):
    before = session_of(conn)
    conn.autocommit = autocommit
    try:
        with avow.purpose(
            "billing.invoice", **FINANCE, source="subject.order", connection=conn, ledger=governed.ledger
        ) as use:
            assert session_of(use)[0] == governed.roles["p2"]
            if fails:
                use.execute("select 1 / 0")
    except psycopg.errors.DivisionByZero:
        assert fails
    assert conn.autocommit is autocommit
    assert session_of(conn) == before
    assert conn.cursor_factory is psycopg.Cursor


def test_a_rollback_inside_keeps_the_pair(governed, conn):
    with avow.purpose("billing.invoice", **FINANCE, connection=conn, ledger=governed.ledger) as use:
        use.execute("select id from contacts")
        use.rollback()
        assert session_of(use)[:1] == (governed.roles["p2"],)


def test_writes_commit_at_the_end_and_roll_back_after_an_error(governed, conn):
    def insert(number, fails=False):
        with avow.purpose(
            "support.provide", **SUPPORT, source="subject.order", connection=conn, ledger=governed.ledger
        ) as use:
            use.execute("insert into contacts values (%s, 'Alice', 'alice@example.invalid')", [number])
            if fails:
                raise ValueError("an error of the application")

    insert(101)
    with pytest.raises(ValueError, match="an error"):
        insert(102, fails=True)
    with psycopg.connect(governed.dsn) as owner:
        assert owner.execute("select id, avow_handling from contacts where id > 100").fetchall() == [(101, 3)]
    assert [e.kind for e in governed.entries()] == [Kind.WRITE, Kind.WRITE]


def test_a_pair_that_the_login_may_not_take_is_refused_with_those_it_may(governed):
    with psycopg.connect(governed.charlie) as conn:
        with (
            pytest.raises(ClientError) as caught,
            avow.purpose("billing.invoice", **FINANCE, connection=conn, ledger=governed.ledger),
        ):
            pass
        assert caught.value.codes == ("client.pair-not-allowed",)
        assert "`support.provide/internal.support`" in str(caught.value)
        assert conn.info.transaction_status is psycopg.pq.TransactionStatus.IDLE


def test_a_purpose_that_nobody_applied_is_refused(governed, conn):
    with (
        pytest.raises(ClientError) as caught,
        avow.purpose("marketing.own", **SUPPORT, connection=conn, ledger=governed.ledger),
    ):
        pass
    assert caught.value.codes == ("client.pair-not-allowed",)


def test_a_database_that_is_not_governed_is_named(governed):
    with (
        psycopg.connect(governed.control) as conn,
        pytest.raises(ClientError) as caught,
        avow.purpose("support.provide", **SUPPORT, connection=conn, ledger=governed.ledger),
    ):
        pass
    assert caught.value.codes == ("client.not-applied",)


def test_one_transaction_serves_one_purpose(governed, conn):
    conn.execute("select 1")
    with (
        pytest.raises(ClientError) as caught,
        avow.purpose("support.provide", **SUPPORT, connection=conn, ledger=governed.ledger),
    ):
        pass
    assert caught.value.codes == ("client.inside-transaction",)
    conn.rollback()
    with (
        avow.purpose("support.provide", **SUPPORT, connection=conn, ledger=governed.ledger),
        pytest.raises(ClientError),
        avow.purpose("support.provide", **SUPPORT, connection=conn, ledger=governed.ledger),
    ):
        pass


def test_an_unknown_source_is_refused(governed, conn):
    before = session_of(conn)
    with (
        pytest.raises(ClientError) as caught,
        avow.purpose("support.provide", **SUPPORT, source="rumour", connection=conn, ledger=governed.ledger),
    ):
        pass
    assert caught.value.codes == ("client.unknown-source",)
    assert session_of(conn) == before


def test_without_a_ledger_or_a_connection_nothing_is_read(governed):
    configure()
    with pytest.raises(ClientError) as caught, avow.purpose("support.provide", **SUPPORT):
        pass
    assert caught.value.codes == ("client.not-configured",)


def test_a_ledger_that_cannot_write_stops_a_strict_read(governed, conn, monkeypatch):
    with psycopg.connect(governed.control) as control:
        control.execute("drop schema ledger cascade")
    monkeypatch.setattr(type(governed.ledger).record_and_wait, "__defaults__", (0.2,))
    with (
        pytest.raises(LedgerError) as caught,
        avow.purpose("support.provide", **SUPPORT, connection=conn, ledger=governed.ledger, strict=True) as use,
    ):
        use.execute("select * from contacts")
    assert caught.value.codes == ("ledger.not-durable",)
    with pytest.raises(LedgerError):
        governed.ledger.close(seconds=0.1)


def test_a_role_changed_inside_is_told(governed, conn):
    with (
        pytest.raises(ClientError) as caught,
        avow.purpose("support.provide", **SUPPORT, connection=conn, ledger=governed.ledger) as use,
    ):
        use.execute("set role " + governed.roles["p2"])
    assert caught.value.codes == ("client.role-changed",)


def test_a_cursor_kept_after_the_end_reads_nothing(governed, conn):
    with avow.purpose("support.provide", **SUPPORT, connection=conn, ledger=governed.ledger) as use:
        kept = use.cursor()
    with pytest.raises(ClientError) as caught:
        kept.execute("select * from contacts")
    assert caught.value.codes == ("client.purpose-ended",)


def test_a_connection_that_cannot_be_given_back_is_closed(governed):
    conn = psycopg.connect(governed.login)

    def read_after_the_backend_died():
        with avow.purpose("support.provide", **SUPPORT, connection=conn, ledger=governed.ledger) as use:
            with psycopg.connect(governed.dsn, autocommit=True) as owner:
                owner.execute("select pg_terminate_backend(%s)", [use.info.backend_pid])
            use.execute("select * from contacts")

    with pytest.raises(psycopg.OperationalError):
        read_after_the_backend_died()
    assert conn.closed


def test_every_way_of_reading_is_recorded(governed, conn):
    with avow.purpose("support.provide", **SUPPORT, connection=conn, ledger=governed.ledger) as use:
        use.execute(
            sql.SQL("select {} as x, count(*) over () from {}").format(
                sql.Identifier("email"), sql.Identifier("contacts")
            )
        )
        with use.cursor("server_side") as cursor:
            cursor.execute("select name from contacts")
            assert len(cursor.fetchall()) == 20
        with use.cursor() as cursor:
            assert len(list(cursor.stream("select id from contacts"))) == 20
            with cursor.copy("copy (select email from contacts) to stdout") as copy:
                assert len(list(copy.rows())) == 20
            cursor.executemany("update contacts set name = 'x' where id = %s", [[1], [2], [3]])
        use.execute("set local work_mem = '4MB'")
        use.execute("select now()")
    seen = [(e.kind, e.tables, e.columns, e.rows) for e in governed.entries()]
    table = "public.contacts"
    assert seen == [
        (Kind.READ, table, "email,+", 20),
        (Kind.READ, table, "name", UNKNOWN_COUNT),
        (Kind.READ, table, "+", UNKNOWN_COUNT),
        (Kind.EXPORT, table, "+", UNKNOWN_COUNT),
        (Kind.WRITE, table, "", 3),
        (Kind.READ, "", "+", 1),
    ]


def test_no_value_of_a_query_reaches_the_ledger(governed, conn):
    with avow.purpose("support.provide", **SUPPORT, connection=conn, ledger=governed.ledger) as use:
        use.execute("select id as alice from contacts where email = 'c1@example.invalid'")
    (entry,) = governed.entries()
    assert (entry.columns, entry.tables) == ("id", "public.contacts")
    assert "alice" not in repr(entry)


class Pool:
    """What psycopg_pool's ConnectionPool is to the client."""

    def __init__(self, conn):
        self.conn, self.lent = conn, 0

    @contextmanager
    def connection(self):
        self.lent += 1
        yield self.conn


def test_a_pool_per_pair_keeps_its_pair(governed, conn):
    take_for_good(conn, "billing.invoice", "internal.finance")
    pool = Pool(conn)
    configure({"billing.invoice/internal.finance": pool}, governed.ledger)
    with avow.purpose("billing.invoice", actor="staff:42") as use:
        assert session_of(use)[0] == governed.roles["p2"]
    pool.lent = 0
    for _ in range(2):
        with avow.purpose("billing.invoice", **FINANCE) as use:
            assert use.execute("select card from contacts where id = 1").fetchone() == ("card",)
    assert pool.lent == 2
    assert session_of(conn)[0] == governed.roles["p2"]
    with pytest.raises(ClientError) as caught, avow.purpose("support.provide", **SUPPORT):
        pass
    assert caught.value.codes == ("client.no-pool",)
    configure()
