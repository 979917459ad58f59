"""What eyes see of the company at the end of the month: tables, every text of every database, mails, files, answers.

Looks with an administrator's rights at what stands in the databases and asks Avow only what anybody may ask it. Refuses to look at
a value that was not asked for: it says where a value stands, and what the books hold.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable

import psycopg
from life import Life
from psycopg import sql
from tally import KEYS, Books, Key, Row, Seen

TABLES = (
    "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE c.relkind = 'r' AND n.nspname !~ '^(pg_|information_schema)' ORDER BY 1, 2"
)
FIND = (
    "SELECT DISTINCT v.whole, j.key FROM {table} t, jsonb_each_text(to_jsonb(t)) j, unnest(%s::text[], %s::text[]) v (whole, part)"
    " WHERE strpos(lower(j.value), lower(v.part)) > 0"
)


def read_books(dsn: str) -> Books:
    """Every row of every table that the tally keeps, without what Avow added."""
    books: Books = {}
    with psycopg.connect(dsn) as connection:
        for table, keys in KEYS.items():
            cursor = connection.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier("public", table)))
            names = [column.name for column in cursor.description or ()]
            rows: list[Row] = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
            books[table] = {
                _key(keys, row): {k: v for k, v in row.items() if not k.startswith("avow_")} for row in rows
            }
    return books


def _key(keys: Iterable[str], row: Row) -> Key:
    return tuple(row[key] for key in keys)


def find_values(dsn: str, name: str, values: Iterable[str]) -> dict[str, set[str]]:
    """Value -> the places of a database where it stands, in any column of any table: "name schema.table.column"."""
    whole, part = zip(*((value, form) for value in values for form in _forms(value)), strict=True)
    found: dict[str, set[str]] = {}
    with psycopg.connect(dsn) as connection:
        for schema, table in connection.execute(TABLES).fetchall():
            query = sql.SQL(FIND).format(table=sql.Identifier(schema, table))  # type: ignore[arg-type]
            for value, column in connection.execute(query, [list(whole), list(part)]).fetchall():
                found.setdefault(value, set()).add(f"{name} {schema}.{table}.{column}")
    return found


def _forms(value: str) -> set[str]:
    """How a value may be spelt: a telephone number in the country's way, without spaces, and with its country."""
    if not re.fullmatch(r"[0-9 ]+", value):
        return {value}
    bare = value.replace(" ", "")
    return {value, bare, f"+44{bare[1:]}", f"+44 {value[1:]}"}


def find_in_files(life: Life, values: Iterable[str]) -> dict[str, set[str]]:
    """Value -> files of Avow's project and logs in which it stands."""
    found: dict[str, set[str]] = {}
    folder = life.machine.project.parent
    for path in (p for p in folder.rglob("*") if p.is_file() and life.folder not in p.parents):
        content = path.read_bytes().lower()
        for value in values:
            if any(form.lower().encode() in content for form in _forms(value)):
                found.setdefault(value, set()).add(f"file {path.relative_to(folder)}")
    return found


def look(life: Life, check: bool = True) -> Seen:
    """Everything, as it stands now."""
    machine = life.machine
    life.letters += machine.mails()
    values = list(life.tally.gone) or ["nobody was forgotten"]
    hits: dict[str, set[str]] = {}
    for found in (
        find_values(machine.store, "store", values),
        find_values(machine.control, "control", values),
        find_in_files(life, values),
    ):
        for value, places in found.items():
            hits.setdefault(value, set()).update(places)
    return Seen(
        books=read_books(machine.store),
        mails=Counter((one.to, one.subject) for one in life.letters),
        hits={value: tuple(sorted(places)) for value, places in hits.items()},
        given=tuple(life.given),
        refused=Counter(
            re.findall(r"[a-z]+\.[a-z-]+", machine.avow("disclosures", "list", "--refused", "--limit", "500"))
        ),
        states={reference: life.state(reference) for reference in life.tally.states},
        shown={"marketing.own": see_audience(life)},
        broken=find_broken(life) if check else (),
    )


def see_audience(life: Life) -> frozenset[str]:
    """The addresses that the marketing desk sees through its own login."""
    rows = [
        row
        for table in ("organisations", "end_users", "leads")
        for row in life.machine.of("marketing", f"SELECT email FROM {table} WHERE email IS NOT NULL")
    ]
    return frozenset(str(address).strip().casefold() for (address,) in rows)


def find_broken(life: Life) -> tuple[str, ...]:
    """Sentences of the policy that the live system does not keep, with the reason that Avow gives."""
    printed = life.machine.avow("check", "--json", ok=(0, 1))
    report = json.loads(printed[printed.index("{") : printed.rindex("}") + 1])
    return tuple(f"{s['id']}: {s['reason']}" for s in report["statements"] if s["verdict"] == "broken")
