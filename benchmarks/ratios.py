"""What a pair's statements cost: raw tables, a predicate written by hand, and what Avow applied, side by side."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo

from avow.compilers import apply_plan
from avow.datamap.model import Pair
from benchmarks.company import LOGIN, MAP, MARKETING, ORDERS, SUPPORT, Terms, make_version
from benchmarks.measuring import Connection, Row, Variant, Work, measure, one_processor

COLUMNS = "id, name, email, phone, street, city"
PLAIN = "avow_bench_plain"  # an ordinary login with rights on whole tables, as an application has before Avow
COPIES = ("raw", "hand", "idle", "hand_trigger")


def run_script(conn: Connection, name: str, **values: object) -> None:
    text = files("benchmarks").joinpath(f"{name}.sql").read_text(encoding="utf-8")
    for key, value in values.items():
        text = text.replace(f":{key}", str(value))
    conn.execute(text.encode())


def build(dsn: str, subjects: int, tell: Callable[[str], None]) -> None:
    """Makes the tables, applies the promises, and lets one person in twenty object."""
    with psycopg.connect(dsn, autocommit=True) as conn:
        tell(f"making {subjects:,} people, five times")
        conn.execute(f"CREATE ROLE {LOGIN} LOGIN PASSWORD '{LOGIN}'".encode())
        run_script(conn, "schema", subjects=subjects)
        conn.execute(f"CREATE ROLE {PLAIN} LOGIN PASSWORD '{PLAIN}'".encode())
        for schema in COPIES:
            run_script(conn, "copy", to=schema)
        for schema in ("public", *COPIES):
            run_script(conn, "indexes", to=schema)
        conn.execute(f"GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO {LOGIN}".encode())
        conn.execute(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {LOGIN}".encode())
        tell("applying the promises")
        apply_plan(dsn, make_version(), Terms(), MAP)
        tell("letting one in twenty object")
        run_script(conn, "objectors", subjects=subjects)
        for schema in COPIES:
            conn.execute(f"GRANT USAGE ON SCHEMA {schema} TO {PLAIN}".encode())
            conn.execute(f"GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA {schema} TO {PLAIN}".encode())
        conn.execute("VACUUM ANALYZE")


def open_pair(dsn: str, pair: Pair, autocommit: bool = False) -> Connection:
    """A session as a pool per pair keeps it: the role and path taken once."""
    conn = psycopg.connect(make_conninfo(dsn, user=LOGIN, password=LOGIN), autocommit=True, prepare_threshold=0)
    found = conn.execute(
        "SELECT role, schema FROM avow.pair WHERE purpose = %s AND recipient = %s", [pair.purpose, pair.recipient]
    ).fetchone()
    assert found is not None
    conn.execute(
        "SELECT set_config('search_path', %s || ', public', false), set_config('role', %s, false)", [found[1], found[0]]
    )
    conn.autocommit = autocommit
    return conn


def _each(query: str, *make: Callable[[int], Any]) -> Work:
    """Runs one statement per number, its parameters made from the number."""
    text = query.encode()

    def work(conn: Connection, numbers: range) -> None:
        cursor = conn.cursor()
        for n in numbers:
            cursor.execute(text, [m(n) for m in make])
            if cursor.description:
                cursor.fetchall()

    return work


def _copy(query: str) -> Work:
    def work(conn: Connection, numbers: range) -> None:
        for _ in numbers:
            with conn.cursor().copy(query.encode()) as copy:
                for _ in copy:
                    pass

    return work


# "@" stands for where the table is: raw., hand., or nothing in a pair.
POINT = f"SELECT {COLUMNS} FROM @contacts WHERE id = %s"
OF_ONE = "SELECT id, contact_id, address FROM @orders WHERE contact_id = %s"
UPDATE = "UPDATE @contacts SET street = %s WHERE id = %s"
REACHABLE = "UPDATE @contacts SET phone = %s WHERE id = %s"
ORDER = "INSERT INTO @orders (contact_id, address) VALUES (%s, 'a street')"
INTEREST = "INSERT INTO @interests (contact_id, topic) VALUES (%s, 'new')"
LOCKED = (
    "INSERT INTO @interests (contact_id, topic, mask) SELECT id, 'new', mask FROM @contacts WHERE id = %s FOR SHARE"
)
LOOKED_UP = (
    "INSERT INTO @interests (contact_id, topic, mask) SELECT x, 'new', coalesce((SELECT mask FROM hand.state s"
    " WHERE s.contact_id = x), 0) FROM (VALUES (%s::int)) v (x)"
)
SCAN = "SELECT count(*), sum(length(phone)) FROM @contacts WHERE length(street) > 3"
INDEXED = "SELECT count(*), sum(length(city)) FROM @contacts WHERE region = 3"
EXPORT = f"COPY (SELECT {COLUMNS} FROM @contacts{{}}) TO STDOUT"


def measure_all(dsn: str, subjects: int, rounds: int, tell: Callable[[str], None]) -> list[Row]:
    """One row per operation. `rounds` interleaved rounds each."""
    people: Callable[[int], int] = lambda n: 1 + n * 7919 % subjects  # noqa: E731
    # An insert about somebody who objects is refused: these are people who do not.
    willing: Callable[[int], int] = lambda n: 1 + 20 * (n * 7919 % (subjects // 20))  # noqa: E731

    plain = make_conninfo(dsn, user=PLAIN, password=PLAIN)
    with (
        psycopg.connect(plain, prepare_threshold=0) as raw,
        psycopg.connect(plain, prepare_threshold=0) as hand,
        open_pair(dsn, SUPPORT) as support,
        open_pair(dsn, MARKETING) as marketing,
        open_pair(dsn, ORDERS) as orders,
        one_processor(raw, hand, support, marketing, orders),
    ):
        objected = "mask & 1 = 0"

        def three(
            conn: Connection, query: str, by_hand: str, make: Callable[..., Work], *parameters: Any
        ) -> dict[str, Variant]:
            """The raw query, the one with the predicate by hand, and the raw one again through the pair's views."""
            return {
                "raw": Variant(raw, make(query.replace("@", "raw."), *parameters)),
                "by hand": Variant(hand, make(by_hand.replace("@", "hand."), *parameters)),
                "avow": Variant(conn, make(query.replace("@", ""), *parameters)),
            }

        phone: Callable[[int], str] = lambda n: f"+44 7700 {n % 900000:06}"  # noqa: E731
        street: Callable[[int], str] = lambda n: f"{n % 900} Another Street"  # noqa: E731
        inserts = three(marketing, INTEREST, LOOKED_UP, _each, willing)
        safely = three(marketing, INTEREST, LOCKED, _each, willing)
        triggered = three(marketing, INTEREST, INTEREST.replace("@", "hand_trigger."), _each, willing)
        safely["idle trigger"] = Variant(raw, _each(INTEREST.replace("@", "idle."), willing))
        # Reads first: writes would leave pages behind that an index-only scan has to look at.
        cases = [
            ("point read, no per-person state", three(support, POINT, POINT, _each, people), 1000, ">= 0.95"),
            (
                "point read, per-person state",
                three(marketing, POINT, f"{POINT} AND {objected}", _each, people),
                1000,
                ">= 0.95",
            ),
            ("rows of one customer", three(orders, OF_ONE, OF_ONE, _each, people), 1000, ">= 0.95"),
            ("full scan, no index", three(marketing, SCAN, f"{SCAN} AND {objected}", _each), 1, ">= 0.75"),
            ("scan of a partial index", three(marketing, INDEXED, f"{INDEXED} AND {objected}", _each), 5, ">= 1.0"),
            (
                "export (COPY)",
                three(marketing, EXPORT.format(""), EXPORT.format(f" WHERE {objected}"), _copy),
                1,
                ">= 1.0",
            ),
            ("insert, no per-person state", three(orders, ORDER, ORDER, _each, people), 1000, ">= 0.95"),
            ("update", three(support, UPDATE, UPDATE, _each, street, people), 500, ">= 0.95"),
            (
                "update of a phone number, looked up in the list (by hand: no look)",
                three(support, REACHABLE, REACHABLE, _each, phone, people),
                500,
                "none set (trigger)",
            ),
            ("insert, per-person state (by hand: state looked up, race open)", inserts, 500, "none set (trigger)"),
            ("insert, per-person state (by hand: person's row locked)", safely, 500, "none set (trigger)"),
            ("insert, per-person state (by hand: the same in a trigger)", triggered, 500, "none set (trigger)"),
        ]
        rows = []
        for name, variants, count, goal in cases:
            tell(f"measuring: {name}")
            rows.append(measure(name, variants, rounds if count > 5 else max(5, rounds // 2), count, goal))
            for conn in (raw, hand, support, marketing, orders):
                conn.commit()
        return rows
