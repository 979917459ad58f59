"""Visits that try to bring data in: by the registered ways with something missing, by ways that are not registered, past the lists.

Each looks afterwards, in the store and in the released answer, at what came of it. Refuses to hand anything in about a real person:
every line is a synthetic one, and every delivery is forgotten again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import psycopg
from psycopg import sql

from avow.datamap.model import Table
from avow.duties.rights.model import DONE, Wish
from avow.prove.inquiry import CannotTell
from avow.prove.queries import load_query
from avow.prove.shopper.answering import AnswerLine
from avow.prove.shopper.brief import Intake
from avow.prove.shopper.eyes import Eyes
from avow.prove.shopper.planting import Guest, new_guest
from avow.prove.shopper.shop import Saw, Shop, judged
from avow.prove.synthetic import insert_statement

DUTY = "intakes"
LINES, STOPPED = 100, 3  # of a bought list
# What Avow's own guards say of a row that they refuse: the name of the constraint.
WAY, BATCH, SOURCE = "avow_way", "avow_batch", "avow_source"
NOT_WRITABLE = ("55000", "0A000")  # a view into which nobody can insert
NO_RIGHT = re.compile(r"permission denied for (table|view|materialized view|schema) ")


@dataclass(frozen=True)
class Delivered:
    """What became of a delivery: `accepted` lines; code -> lines left out; `cause` where all of it was refused."""

    accepted: int
    left: Mapping[str, int]
    cause: str = ""


class IntakeOffice(Protocol):
    """The ways in, for synthetic lines alone."""

    def facts(self, way: str) -> dict[str, str]:
        """Facts with which a delivery by the way is complete; "" of the way where there is none of that source."""

    def way_from(self, source: str, only: bool = False) -> str:
        """The first way in for rows of a source (only: that enter there and nowhere else); "" where there is none."""

    def firm(self, way: str) -> str:
        """The firm that `facts` names."""

    def deliver(self, way: str, facts: Mapping[str, str], guests: Sequence[Guest]) -> Delivered:
        """Hands in one line for each guest, works it through, registers what came of it for removal."""

    def list_address(self, guest: Guest, way: str) -> bool:
        """Puts the guest on one of the company's own lists against which the way screens; False where there is none."""

    def other_logins(self, attribute: str) -> Sequence[tuple[str, str]]:
        """(login, key) of logins that see their own rows alone, by that attribute."""

    def columns_without_need(self) -> tuple[str, Sequence[tuple[str, str, str]]]:
        """(purpose, (pair, table, column) of personal columns of the tables that its pairs reach which have no need)."""

    def uses(self, guest: Guest) -> tuple[int, int]:
        """(uses for supplying a service, all uses) of the guest in the record of uses: others go on meanwhile."""

    def record_use(self, guest: Guest, purpose: str) -> None:
        """Records a use of the guest's row for the purpose."""


# -- bought lists ------------------------------------------------------------------------------------------------------------


def visit_bought_list(shop: Shop) -> Iterator[Saw]:
    """A list of a hundred with three who must be left alone; lists that lack a fact; somebody who objected and is bought again."""
    office, way = _office(shop), _bought(shop)
    yield _facts(shop, way)
    guests = [new_guest() for _ in range(LINES)]
    stopped = guests[:STOPPED]
    shop.plant_more(stopped[0], "bought")
    _object(shop, stopped[0])
    listed = [guest for guest in stopped[1:] if office.list_address(guest, way)]
    if len(listed) < STOPPED - 1:
        for guest in stopped[1 + len(listed) :]:
            shop.plant_more(guest, "bought")
            _object(shop, guest)
    before = {guest.token: len(shop.rows(guest)) for guest in guests}
    done = office.deliver(way, office.facts(way), guests)
    kept = LINES - STOPPED
    wrong = [] if done.accepted == kept else [f"{done.accepted} of {LINES} lines were taken, {kept} were expected"]
    wrong += ["a person who must be left alone came in" for g in stopped if len(shop.rows(g)) > before[g.token]]
    wrong += [done.cause] if done.cause else []
    yield judged("screened", wrong, f"of {LINES} lines {kept} came in, and {STOPPED} on the lists stayed out")
    seen = shop.seen_by(stopped[0], shop.brief.audience)
    again = shop.rows(stopped[0])
    wrong = [f"{pair} sees somebody who objected and was bought again" for pair in seen]
    wrong += ["the bought line stands beside the old one"] if len(again) > before[stopped[0].token] else []
    yield judged(
        "bought-again", wrong, "somebody who objected and was bought again stays out, and no audience sees them"
    )
    yield _named(shop, guests[-1], "broker-named", office.firm(way))


def _facts(shop: Shop, way: str) -> Saw:
    office, wrong = _office(shop), []
    whole = office.facts(way)
    for name in whole:
        lacking = {fact: text for fact, text in whole.items() if fact != name}
        if not office.deliver(way, lacking, [new_guest()]).cause:
            wrong.append(f"a list without its {name} was taken")
    if (
        "licensed_until" in whole
        and not office.deliver(way, {**whole, "licensed_until": "2001-01-01"}, [new_guest()]).cause
    ):
        wrong.append("a list whose licence has ended was taken")
    if "permitted_use" in whole and not office.deliver(way, {**whole, "permitted_use": "billing"}, [new_guest()]).cause:
        wrong.append("a list whose contract does not permit the use was taken")
    good = f"a list without {', '.join(whole)} is refused, and so is one out of licence or for another use"
    return judged("broker-facts", wrong, good)


def visit_lead_source(shop: Shop) -> Iterator[Saw]:
    """A row without a source, or with one that nobody named, is refused by the database itself."""
    wrong, tried = [], 0
    for eyes, intake in _planted(shop, "bought"):
        for table, values in intake.rows.items():
            mapped = eyes.map.find_table(table)
            column = mapped.source.column if mapped and mapped.source else ""
            if column and column in values:
                for value in (None, "avow canary"):
                    tried += 1
                    taken = _insert(eyes, table, {**_row(table, eyes), column: value}, SOURCE, column)
                    wrong += [f"{table} took a row with the source {value or 'left empty'}"] if taken else []
    if not tried:
        raise CannotTell("no bought way in of shopper.yaml has a column that states the source")
    yield judged("lead-source", wrong, f"rows without a source, or with an unknown one, were refused ({tried} tries)")


# -- other ways ----------------------------------------------------------------------------------------------------------------


def visit_other_ways(shop: Shop) -> Iterator[Saw]:
    """Sessions that are no registered way in, and rows of a closed source without a delivery: the database refuses both."""
    office, wrong, tried = _office(shop), [], 0
    for eyes in shop.eyes.values():
        with eyes.open_probe() as connection:
            for rights in eyes.rights:
                for table in sorted(
                    t for t, r in rights.tables.items() if r.write and rights.role and _stated(eyes, t)
                ):
                    tried += 1
                    entered = _enters(connection, rights.role, table)
                    wrong += [f"a session that is no way in wrote into {table} by {one}" for one in entered]
    way = office.way_from("thirdparty.list_broker", only=True)
    if way:
        tried += 1
        wrong += _without_delivery(shop)
    if not tried:
        raise CannotTell("no table of the data map states where its rows come from")
    yield judged("no-other-way", wrong, f"{tried} tries to bring rows in by other ways were refused by the database")


def _stated(eyes: Eyes, table: str) -> bool:
    mapped = eyes.map.find_table(table)
    return mapped is not None and mapped.source is not None


def _enters(connection: psycopg.Connection[Any], role: str, table: str) -> list[str]:
    """The table, and views over it, into which the role may insert, taken by a login that is no way in; no row is made: the
    statement alone is refused."""
    given = {"table": table, "role": role}
    with connection.transaction(force_rollback=True):
        own = [row[0] for row in connection.execute(load_query("may_insert"), given)]
        views = connection.execute(load_query("views_over"), given).fetchall()
        places = [(table, own), *((view, columns) for view, _, _, columns, _ in views)]
        connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(role)))
        return [place for place, columns in places if columns and _goes_in(connection, place, columns)]


def _goes_in(connection: psycopg.Connection[Any], place: str, columns: Sequence[str]) -> bool:
    """By the first column that somebody may fill. Raises CannotTell where something else than a guard, or no right, was in the
    way."""
    for column in columns:
        insert = sql.SQL("INSERT INTO {} ({}) SELECT NULL WHERE false").format(_relation(place), sql.Identifier(column))
        try:
            with connection.transaction():
                connection.execute(insert)
        except psycopg.errors.GeneratedAlways:
            continue  # the store alone fills this one
        except psycopg.Error as error:
            if not (error.sqlstate in NOT_WRITABLE or _refused_by(error, WAY) or _without_right(error)):
                raise CannotTell(f"whether rows enter by {place} could not be tried ({error.sqlstate})") from None
            return False
        return True
    raise CannotTell(f"nobody may fill a column of {place}")


def _refused_by(error: psycopg.Error, guard: str) -> bool:
    """Whether a guard that Avow made said no: another error says nothing of it."""
    return error.sqlstate == "23514" and error.diag.constraint_name == guard


def _without_right(error: psycopg.Error) -> bool:
    return error.sqlstate == "42501" and bool(NO_RIGHT.match(error.diag.message_primary or ""))


def _relation(name: str) -> sql.Identifier:
    home, _, table = name.rpartition(".")
    return sql.Identifier(home, table)


def _without_delivery(shop: Shop) -> list[str]:
    """A row of a closed source, with an address that is nobody's but looks like a real one, and no delivery behind it."""
    wrong = []
    for eyes, intake in _planted(shop, "bought"):
        for table, values in intake.rows.items():
            row = {**_row(table, eyes), **values}
            for column in (c.name for c in _mapped(eyes, table).columns if "email" in c.name):
                row[column] = "avow.canary@mail.invalid"
            row |= _first_firm(eyes, _mapped(eyes, table))  # nothing but the missing delivery may be in the way
            if _insert(eyes, table, {c: v for c, v in row.items() if v != ""}, BATCH):
                wrong.append(f"{table} took a bought row without a delivery")
    return wrong


def _first_firm(eyes: Eyes, table: Table) -> dict[str, object]:
    """The column of the firm that passed a row on, with the key of one; {} where the table has none."""
    party = table.source.party if table.source else None
    if party is None:
        return {}
    query = sql.SQL("SELECT {} FROM {} ORDER BY 1 LIMIT 1").format(sql.Identifier(party.key), _relation(party.table))
    with eyes.open_plant() as connection:
        row = connection.execute(query).fetchone()
    return {party.column: row[0]} if row else {}


# -- resellers ---------------------------------------------------------------------------------------------------------------


def visit_resellers(shop: Shop) -> Iterator[Saw]:
    """Two resellers pass on an end user each: neither sees the other's, each sees its own, and the answer names the reseller."""
    office = _office(shop)
    way = office.way_from("thirdparty.reseller")
    if not way:
        raise CannotTell("no way in takes rows from resellers")
    guest = new_guest()
    done = office.deliver(way, office.facts(way), [guest])
    if not done.accepted:
        raise CannotTell(f"the end user of a reseller did not come in: {done.cause or dict(done.left)}")
    yield _apart(shop, guest)
    yield _named(shop, guest, "reseller-named", office.firm(way))


def _apart(shop: Shop, guest: Guest) -> Saw:
    office, wrong, tried = _office(shop), [], 0
    store, table, key = guest.keys[0]
    eyes = shop.eyes[store]
    attributes = {a.name: a.column for a in _mapped(eyes, table).attributes}
    owner = {name: shop.rows(guest)[guest.keys[0]].get(column, "") for name, column in attributes.items()}
    for rights in eyes.rights:
        granted = rights.tables.get(table)
        own = sorted({name for rule in (granted.rows if granted else ()) for name in rule.own})
        for name in own:
            for login, theirs in (*office.other_logins(name), ("a login without a key", "")):
                tried += 1
                seen = _sees_as(eyes, rights.role, rights.schema, table, key, name, theirs)
                if seen != (theirs == owner[name]):
                    wrong.append(f"{login} {'sees' if seen else 'does not see'} an end user of reseller {owner[name]}")
    if tried < 3:
        raise CannotTell("the data map gives no two resellers a login of their own")
    return judged("reseller-apart", wrong, f"each reseller sees its own end users and no other's ({tried} tries)")


def _sees_as(eyes: Eyes, role: str, schema: str, table: str, key: str, attribute: str, own: str) -> bool:
    """As a login with that key would: the key is given to this login in a transaction that is rolled back."""
    info = eyes.description.find_table(table)
    home, _, name = table.rpartition(".")
    column = info.primary_key[0] if info and info.primary_key else "id"
    with eyes.open_plant() as connection, connection.transaction(force_rollback=True):
        connection.execute("DELETE FROM avow.party WHERE login = session_user AND attribute = %s", [attribute])
        if own:
            connection.execute("INSERT INTO avow.party VALUES (session_user, %s, %s)", [attribute, own])
        connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(role)))
        query = sql.SQL("SELECT count(*) FROM {} WHERE {}::text = %s").format(
            sql.Identifier(schema or home, name), sql.Identifier(column)
        )
        row = connection.execute(query, [key]).fetchone()
    return bool(row and row[0])


# -- what the answer says of where data comes from ---------------------------------------------------------------------------


def visit_order_channels(shop: Shop) -> Iterator[Saw]:
    """One order by each channel that the map knows; the person's answer states each as its source."""
    yield _by_channels(shop, "order-channels", "orders", lambda values: "channel" in values)


def visit_enquiries(shop: Shop) -> Iterator[Saw]:
    """Somebody unknown enquires by each channel, and the answer says where each enquiry came from."""
    yield _by_channels(shop, "enquiry-source", "enquiries", lambda values: "enquirer" in values)


def visit_network(shop: Shop) -> Iterator[Saw]:
    """Somebody whom the network alone has seen asks, and hears that the network is the source."""
    guest = shop.plant("correspondent")
    lines = [line for line in _answered(shop, guest) if line.table.endswith("traffic") or line.source]
    wrong = [
        f"{x.table}.{x.column} has the source {x.source or 'not known'}"
        for x in lines
        if x.source != "automatic.network"
    ]
    wrong += [] if lines else ["the answer holds no row of the network"]
    yield judged("network-source", wrong, f"each of {len(lines)} values from the network states it as its source")


def _by_channels(shop: Shop, aspect: str, table: str, fits: object) -> Saw:
    intake, name = next(
        (
            (i, t)
            for i in shop.brief.intakes
            for t, v in i.rows.items()
            if t.endswith(f".{table}") and callable(fits) and fits(v)
        ),
        (None, ""),
    )
    if intake is None:
        raise CannotTell(f"shopper.yaml has no way in with rows of {table}")
    mapped = shop.eyes[intake.store].map.find_table(name)
    if mapped is None or mapped.source is None or not mapped.source.values:
        raise CannotTell(f"the data map does not say how {table} state their source")
    guest, source = new_guest(), mapped.source
    for number, value in enumerate(source.values):
        wanted = {name: intake.rows[name]} if number else intake.rows  # what stands around the first stands around all
        rows = {t: {**v, **({source.column: value} if t == name else {})} for t, v in wanted.items()}
        shop.plant_in(Intake(intake.name, intake.store, rows, intake.recognised_by, intake.effects), guest)
    told = {line.source for line in _answered(shop, guest) if line.table == name}
    missing = [f"the answer does not state {term}" for term in sorted(set(source.values.values()) - told)]
    good = f"{len(source.values)} channels tried, each stated in the answer: {', '.join(sorted(told))}"
    return judged(aspect, missing, good)


def _named(shop: Shop, guest: Guest, aspect: str, firm: str) -> Saw:
    lines = [line for line in _answered(shop, guest) if line.source]
    wrong = [] if lines else ["the answer states no source"]
    wrong += [f"{x.table}.{x.column} does not name the firm" for x in lines if x.source_name != firm]
    return judged(aspect, wrong, f"each of {len(lines)} values names the firm that passed it on: {firm}")


def _answered(shop: Shop, guest: Guest) -> Sequence[AnswerLine]:
    done = shop.finish(shop.ask_proven("access", guest).id, "an answer was asked for")
    if done.state != DONE:
        raise CannotTell(f"the request ended as {done.state} ({done.reason})")
    return shop.answer(done.id).lines


# -- needs and uses ----------------------------------------------------------------------------------------------------------


def visit_needs(shop: Shop) -> Iterator[Saw]:
    """Under the purpose that keeps a register of needs, a field without a need is tried by every pair and refused."""
    purpose, fields = _office(shop).columns_without_need()
    if not purpose:
        raise CannotTell("the data map keeps no register of needs")
    wrong, tried = [], 0
    for eyes in shop.eyes.values():
        with eyes.open_probe() as connection:
            for rights in eyes.rights:
                for _, table, column in (f for f in fields if f[0] == str(rights.pair) and rights.role):
                    tried += 1
                    found = _readers(connection, rights.role, rights.schema, table, column)
                    wrong += [f"`{rights.pair}` reads {table}.{column} by {one}, which nothing needs" for one in found]
    if not tried:
        raise CannotTell(f"no pair of {purpose} was applied")
    yield judged(
        "field-needs", wrong, f"under {purpose} {tried} fields without a need were tried, and each was refused"
    )


def _readers(connection: psycopg.Connection[Any], role: str, schema: str, table: str, column: str) -> list[str]:
    """The table, and views over it, in which the role reads the column. Raises CannotTell where a view has it under another
    name."""
    with connection.transaction(force_rollback=True):
        views = connection.execute(load_query("views_over"), {"table": table, "role": role}).fetchall()
        connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(role)))
        found = [table] if _reads(connection, table, column) else []
        for view, as_owner, itself, _, columns in views:
            own = bool(schema) and view.startswith(
                f"{schema}."
            )  # made by apply: it names its columns as the table does
            if column in columns:
                found += [view] if _reads(connection, view, column) else []
            elif as_owner and itself and columns and not own and _mentions(connection, view, table, column):
                raise CannotTell(f"the view {view} reads {table}.{column}, and nobody can tell where it shows it")
    return found


def _mentions(connection: psycopg.Connection[Any], view: str, table: str, column: str) -> bool:
    row = connection.execute(load_query("mentions"), {"view": view, "table": table, "column": column}).fetchone()
    return bool(row and row[0])


def _reads(connection: psycopg.Connection[Any], place: str, column: str) -> bool:
    query = sql.SQL("SELECT {} FROM {} LIMIT 0").format(sql.Identifier(column), _relation(place))
    try:
        with connection.transaction():
            connection.execute(query)
    except psycopg.errors.InsufficientPrivilege as error:
        if not _without_right(error):
            raise CannotTell(f"whether {place} shows {column} could not be tried") from None
        return False
    return True


def visit_uses(shop: Shop) -> Iterator[Saw]:
    """A use for marketing and one for a service are recorded: the report must count each where it belongs."""
    office, guest = _office(shop), shop.plant("own")
    before = office.uses(guest)
    office.record_use(guest, "marketing.own")
    between = office.uses(guest)
    office.record_use(guest, "order.process")
    after = office.uses(guest)
    wrong = (
        []
        if (between[0] - before[0], between[1] - before[1]) == (0, 1)
        else ["a use for marketing was counted as a service"]
    )
    wrong += (
        []
        if (after[0] - between[0], after[1] - between[1]) == (1, 1)
        else ["a use for an order was not counted as a service"]
    )
    yield judged(
        "mostly-service", wrong, "the report counts a use for an order as one for a service, and one for marketing not"
    )


# -- what all of them need ---------------------------------------------------------------------------------------------------


def _office(shop: Shop) -> IntakeOffice:
    office: IntakeOffice = shop.office_of(DUTY)
    return office


def _bought(shop: Shop) -> str:
    way = _office(shop).way_from("thirdparty.list_broker", only=True)
    if not way:
        raise CannotTell("no way in takes bought lists")
    return way


def _object(shop: Shop, guest: Guest) -> None:
    wish = Wish(purposes=shop.brief.audience)
    shop.finish(shop.ask_proven("objection", guest, wish).id, "an objection was made")


def _planted(shop: Shop, kind: str) -> Iterator[tuple[Eyes, Intake]]:
    for intake in shop.brief.intakes:
        if (kind == "bought") == intake.bought and intake.store in shop.eyes:
            yield shop.eyes[intake.store], intake


def _row(table: str, eyes: Eyes) -> dict[str, object]:
    """Texts for what the table does not fill by itself."""
    info = eyes.description.find_table(table)
    needed = (c for c in (info.columns if info else ()) if not c.nullable and not c.default and not c.generated)
    return {c.name: "Avow Canary" for c in needed if c.type.startswith(("text", "character"))}


def _insert(eyes: Eyes, table: str, values: Mapping[str, object], guard: str, stated: str = "") -> bool:
    """Whether the store took the row; rolled back either way. It counts as refused by the one guard that is tried, or where
    the table itself will not be without the column `stated`. Raises CannotTell where something else was in the way."""
    try:
        with eyes.open_plant() as connection, connection.transaction(force_rollback=True):
            connection.execute(insert_statement(table, values), list(values.values()))
    except psycopg.Error as error:
        empty = error.sqlstate == "23502" and bool(stated) and error.diag.column_name == stated
        if not (_refused_by(error, guard) or empty):
            raise CannotTell(f"a row of {table} could not be tried ({error.sqlstate})") from None
        return False
    return True


def _mapped(eyes: Eyes, table: str) -> Table:
    mapped = eyes.map.find_table(table)
    if mapped is None:
        raise CannotTell(f"{table} is not in the data map")
    return mapped
