"""Probe of observe: a registry of facts about live rows, each a count inside the budget. Parameters are checked.

Every observation counts rows that contradict the sentence; it never reads what stands in them. Refuses an observation
that is not registered and a parameter that it does not know.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from psycopg import sql

from avow.datamap.model import Attribute, Table
from avow.policy.promise import Rule
from avow.prove.inquiry import CannotTell, Finding, Inquiry, Outcome, broke, could_not, held, reading
from avow.prove.probes.access import _some, governed
from avow.prove.queries import load_query
from avow.prove.scene import Connection, StoreScene

Detail = Mapping[str, str | int | tuple[str, ...]]


@dataclass(frozen=True)
class Observation:
    """`needs` and `may` are the parameters; `look` gives a Finding for one store. `says` is one sentence for people."""

    name: str
    says: str
    needs: tuple[str, ...]
    may: tuple[str, ...]
    look: Callable[[Connection, StoreScene, Detail], Finding]


def probe_observation(inquiry: Inquiry, rule: Rule) -> tuple[Outcome, ...]:
    """The observation in every governed store that has what it speaks of."""
    name = str(rule.detail.get("that", ""))
    observation = OBSERVATIONS.get(name)
    if observation is None:
        known = ", ".join(sorted(OBSERVATIONS))
        return (
            inquiry.attempt(
                f"observe-{name}",
                "catalogue",
                lambda: could_not(f"`{name}` is no registered observation; known are {known}"),
            ),
        )
    return tuple(
        inquiry.attempt(f"observe-{name}", "catalogue", partial(_look, observation, store, rule.detail))
        for store in governed(inquiry)
    )


def _look(observation: Observation, store: StoreScene, detail: Detail) -> Finding:
    missing = [key for key in observation.needs if key not in detail]
    unknown = [key for key in detail if key not in (*observation.needs, *observation.may, "that")]
    if missing or unknown:
        parts = [f"lacks {', '.join(missing)}"] * bool(missing) + [f"does not know {', '.join(unknown)}"] * bool(
            unknown
        )
        return could_not(f"the observation `{observation.name}` {' and '.join(parts)}")
    with reading(store, _counted(store, detail)) as connection, connection.transaction(force_rollback=True):
        return observation.look(connection, store, detail)


def _counted(store: StoreScene, detail: Detail) -> list[str]:
    """The tables whose rows the observation counts: those it names, or all that map its attribute."""
    named = {word for value in detail.values() if not isinstance(value, int) for word in _words(value)}
    attribute = str(detail.get("attribute", ""))
    tables = [t for t in store.map.tables if t.name in named]
    return [t.name for t in tables or store.map.tables if t.name in named or t.find_attribute(attribute)]


def _rows_within(connection: Connection, store: StoreScene, detail: Detail) -> Finding:
    """Every row of the tables that map the attribute has one of the values."""
    attribute, allowed = str(detail["attribute"]), _words(detail["values"])
    tables = [t for t in store.map.tables if t.find_attribute(attribute) and detail.get("table", t.name) == t.name]
    if not tables:
        raise CannotTell(f"no table of store `{store.name}` maps the attribute `{attribute}`")
    wrong: list[str] = []
    for table in tables:
        outside = _count_outside(connection, table, _get_attribute(table, attribute), allowed)
        wrong += [f"{outside} rows of {table.name} have another {attribute}"] if outside else []
    if wrong:
        return broke(f"in store `{store.name}`: {_some(wrong)}", ("correct the rows, or change the sentence",))
    names = ", ".join(t.name for t in tables)
    return held(f"every row of {names} has {attribute} within {', '.join(f'`{a}`' for a in allowed)}")


def _count_outside(connection: Connection, table: Table, attribute: Attribute, allowed: tuple[str, ...]) -> int:
    values = [attribute.values.get(word, word) for word in allowed]
    home, _, name = table.name.rpartition(".")
    statement = sql.SQL("SELECT count(*) FROM {} WHERE {} IS NULL OR lower({}::text) <> ALL (%s)").format(
        sql.Identifier(home, name), sql.Identifier(attribute.column), sql.Identifier(attribute.column)
    )
    found = connection.execute(statement, ([v.lower() for v in values],)).fetchone()
    return int(found[0]) if found else 0


def _reconciles(connection: Connection, store: StoreScene, detail: Detail) -> Finding:
    """The sums of one table's measure equal those of another, key by key. Keys are lists of columns, "a, b"."""
    left, right = str(detail["table"]), str(detail["against"])
    keys, measure = _words(detail["keys"]), str(detail["measure"])
    other_keys = _words(detail.get("against_keys", tuple(keys)))
    other_measure = str(detail.get("against_measure", measure))
    statement = sql.SQL(
        "SELECT count(*) FROM ({}) a FULL JOIN ({}) b USING ({}) WHERE a.total IS DISTINCT FROM b.total"
    ).format(_sums(left, keys, keys, measure), _sums(right, other_keys, keys, other_measure), _names(keys))
    found = connection.execute(statement).fetchone()
    differing = int(found[0]) if found else 0
    if differing:
        return broke(
            f"{differing} sums of {left}.{measure} differ from {right}.{other_measure}",
            ("find what was not counted, or counted twice",),
        )
    return held(f"the sums of {left}.{measure} equal those of {right}.{other_measure} for every key")


def _sums(table: str, keys: tuple[str, ...], names: tuple[str, ...], measure: str) -> sql.Composed:
    home, _, name = table.rpartition(".")
    columns = [
        sql.SQL("{} AS {}").format(_expression(key), sql.Identifier(alias))
        for key, alias in zip(keys, names, strict=True)
    ]
    return sql.SQL("SELECT {}, sum({})::numeric AS total FROM {} GROUP BY {}").format(
        sql.SQL(", ").join(columns),
        sql.Identifier(measure),
        sql.Identifier(home, name),
        sql.SQL(", ").join(sql.Literal(n + 1) for n in range(len(keys))),
    )


def _expression(key: str) -> sql.Composable:
    """A column, or its month, day or year: "month(at)"."""
    word, mark, rest = key.partition("(")
    if mark and word in ("day", "month", "year"):
        return sql.SQL("date_trunc({}, {})::date").format(sql.Literal(word), sql.Identifier(rest.rstrip(")")))
    return sql.Identifier(key)


def _names(keys: tuple[str, ...]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, keys))


def _answered_or_open(connection: Connection, store: StoreScene, detail: Detail) -> Finding:
    """Each row of `table` has an answer in `answers` (by `answer_key`) or stands open in `status`."""
    table, answers = str(detail["table"]), str(detail["answers"])
    home, _, name = table.rpartition(".")
    answer_home, _, answer_name = answers.rpartition(".")
    statement = sql.SQL(load_query("answered")).format(
        answers=sql.Identifier(answer_home, answer_name),
        answer_key=sql.Identifier(str(detail["answer_key"])),
        key=sql.Identifier(str(detail.get("key", "id"))),
        status=sql.Identifier(str(detail["status"])),
        table=sql.Identifier(home, name),
    )
    row = connection.execute(statement, (list(_words(detail["open"])),)).fetchone()
    neither, waiting = (int(row[0]), int(row[1])) if row else (0, 0)
    if neither:
        return broke(f"{neither} rows of {table} have no answer and are not open", ("answer them, or open them again",))
    return held(f"every row of {table} has an answer or is open ({waiting} open)")


def _get_attribute(table: Table, name: str) -> Attribute:
    found = table.find_attribute(name)
    if found is None:
        raise CannotTell(f"{table.name} does not map the attribute `{name}`")
    return found


def _words(value: str | int | tuple[str, ...]) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else tuple(part.strip() for part in str(value).split(","))


_ALL = (
    Observation(
        "rows-within", "every row's attribute has one of the values", ("attribute", "values"), ("table",), _rows_within
    ),
    Observation(
        "reconciles",
        "the sums of one table equal those of another, key by key",
        ("table", "against", "keys", "measure"),
        ("against_keys", "against_measure"),
        _reconciles,
    ),
    Observation(
        "answered-or-open",
        "every row has an answer or is open",
        ("table", "answers", "answer_key", "status", "open"),
        ("key",),
        _answered_or_open,
    ),
)
OBSERVATIONS: Mapping[str, Observation] = {observation.name: observation for observation in _ALL}
