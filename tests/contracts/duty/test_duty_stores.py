"""What every governed store promises for duties, tried on each kind. Each test of forgetting looks at everybody else's rows."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import firm
import pytest
from firm import ALICES, person
from psycopg.conninfo import conninfo_to_dict

from avow.errors import StoreError
from avow.stores.duty import Change, DutyStore, Hold, Identifier, Person, Swap, TableSpec
from avow.stores.postgres.duty import open_postgres_duty

Rows = dict[str, list[tuple[Any, ...]]]

# every place in which one of Alice's values stands: forgetting must reach each of them
ALICES_PLACES = (
    "people.name", "people.email", "people.phone", "people.job_title", "people.notes", "visitors.name", "visitors.email",
    "orders.placed_by", "orders.extra (contact)", "orders.extra (phone)", "orders.extra (somebody else's)", "order_notes.body",
    "tickets.person_id", "tickets.cc_id", "tickets.body", "messages.body", "badges.label", "seats.person_id",
    "deliveries.recipient", "deliveries.phone", "old_people.mail", "mail_log.to_address", "traffic.local_ip",
    "traffic.remote_email", "web_sessions.cookie", "staff_notes.body",
)  # fmt: skip
BOBS_NAME = Identifier("name", "Bob Brown")
MARKERS = ("alice@quarry.example", "900123", "ck-77aa55", "qh-000417", "900321")


def everything(rows: Rows, but: Iterable[str] = ()) -> str:
    """All values of all rows as one small-letter text."""
    return "\n".join(
        str(value) for table, found in rows.items() if table not in but for row in found for value in row
    ).lower()


def changed(before: Rows, after: Rows) -> dict[str, tuple[set[tuple[Any, ...]], set[tuple[Any, ...]]]]:
    """Table -> (rows that went, rows that came)."""
    return {
        table: (set(before[table]) - set(after[table]), set(after[table]) - set(before[table]))
        for table in before
        if before[table] != after[table]
    }


class Contract:
    """The promises of the port. Each kind of store below gives the fixture `some_firm`."""

    # -- ready ---------------------------------------------------------------------------------------------------
    def test_a_store_that_fits_its_map_is_ready(self, store: DutyStore) -> None:
        assert [d.code for d in store.check_ready() if d.severity == "error"] == []

    def test_what_the_map_names_and_the_store_lacks_is_told(self, some_firm: Any) -> None:
        spec = replace(
            some_firm.spec, tables=(*some_firm.spec.tables, TableSpec(some_firm.name("gone"), (firm.plain("x"),)))
        )
        found = some_firm.open(spec)
        assert "store.no-such-table" in {d.code for d in found.check_ready()}
        found.close()

    def test_a_link_in_a_key_of_rows_that_stay_cannot_be_taken_out(self, some_firm: Any) -> None:
        some_firm.run(f"CREATE TABLE {some_firm.name('pairs')} (a int NOT NULL, b int NOT NULL, PRIMARY KEY (a, b))")
        people = some_firm.name("people")
        paths = tuple(firm.PathSpec(people, (firm.StepSpec(c, people, "id"),)) for c in ("a", "b"))
        pairs = TableSpec(some_firm.name("pairs"), (firm.link("a"), firm.link("b")), paths)
        found = some_firm.open(replace(some_firm.spec, tables=(*some_firm.spec.tables, pairs)))
        assert "store.cannot-anonymise" in {d.code for d in found.check_ready()}
        found.close()

    def test_it_says_its_kind_and_which_store_it_is(self, store: DutyStore, some_firm: Any) -> None:
        assert store.kind == some_firm.kind
        assert store.system == store.system != ""

    # -- find ----------------------------------------------------------------------------------------------------
    def test_a_person_is_found_by_address_and_number_in_any_spelling(self, store: DutyStore, some_firm: Any) -> None:
        for spelled in ("alice@quarry.example", " Alice@Quarry.EXAMPLE "):
            found = {(m.key.table, m.key.key) for m in store.find([Identifier("email", spelled)]).matches}
            assert found >= {(some_firm.name("people"), "1"), (some_firm.name("visitors"), "2")}
            assert (some_firm.name("people"), "3") not in found
        for spelled in ("07700 900123", "+44 (0)7700 900123", "0044-7700-900123", "447700900123"):
            found = {m.key.key for m in store.find([Identifier("phone", spelled)]).matches}
            assert found == {"1"}, spelled

    def test_a_name_alone_finds_nobody_and_makes_a_match_surer(self, store: DutyStore) -> None:
        assert store.find([Identifier("name", "Alice Adams")]).matches == ()
        address, name = Identifier("email", "alice@quarry.example"), Identifier("name", "Alice Adams")
        plain = {m.key: m.confidence for m in store.find([address]).matches}
        named = {m.key: m.confidence for m in store.find([address, name]).matches}
        assert plain.keys() == named.keys()
        assert {key.key for key in plain if named[key] > plain[key]} == {"1", "2"}

    def test_an_address_in_two_organisations_is_two_people(self, store: DutyStore) -> None:
        found = store.find([Identifier("email", "shared@pool.example")]).matches
        assert {(m.key.key, m.organisation_key) for m in found} == {("4", "2"), ("5", "1")}

    def test_what_was_searched_is_listed_and_loose_places_are_counted(self, store: DutyStore, some_firm: Any) -> None:
        found = store.find(ALICES)
        assert f"{some_firm.name('people')}.email (email)" in found.searched
        assert f"{some_firm.name('staff_notes')}.body (text)" in found.searched
        assert f"{some_firm.name('orders')}.extra (json)" in found.searched
        loose = {(c.table.rpartition(".")[2], c.column): c.rows for c in found.loose}
        assert loose["staff_notes", "body"] == 2
        assert loose["old_people", "mail"] == 2
        assert loose["web_sessions", "cookie"] == 1
        assert loose["orders", "extra"] == 2
        assert "alice" not in repr(found.loose)

    def test_an_address_of_the_network_is_counted_in_its_time_alone(self, store: DutyStore, some_firm: Any) -> None:
        hour = ("2026-01-01T09:00:00Z", "2026-01-01T10:45:00Z")
        found = store.find([Identifier("ip", "192.0.2.10", *hour)])
        assert found.matches == ()
        loose = [(c.table.rpartition(".")[2], c.column, c.rows) for c in found.loose]
        assert loose == [("traffic", "local_ip", 2)]
        assert f"{some_firm.name('traffic')}.local_ip (ip at a time)" in found.searched
        assert store.find([Identifier("ip", "192.0.2.10")]).loose == ()

    # -- read ----------------------------------------------------------------------------------------------------
    def test_reading_gives_every_row_about_the_person_once_and_no_other(self, store: DutyStore, some_firm: Any) -> None:
        rows = [(row.table.rpartition(".")[2], row.row) for row in store.read(some_firm.alice)]
        assert len(rows) == len(set(rows))
        numbered = {(table, key) for table, key in rows if table != "old_people"}
        assert numbered == {
            ("people", "1"), ("visitors", "2"), ("orders", "1"), ("orders", "2"), ("orders", "4"), ("order_notes", "1"),
            ("order_notes", "2"), ("order_notes", "4"), ("tickets", "1"), ("tickets", "2"), ("tickets", "3"), ("messages", "1"),
            ("messages", "2"), ("messages", "4"), ("invoices", "1"), ("badges", '["1", "north"]'), ("badges", '["1", "south"]'),
            ("seats", "1"), ("deliveries", "1"), ("deliveries", "2"), ("deliveries", "3"), ("mail_log", "1"), ("mail_log", "2"),
            ("mail_log", "3"), ("traffic", "1"), ("traffic", "2"), ("traffic", "4"), ("web_sessions", "1"), ("staff_notes", "1"),
            ("staff_notes", "3"), ("blocked", "alice@quarry.example"),
        }  # fmt: skip
        assert sum(table == "old_people" for table, _ in rows) == 2

    def test_a_row_says_how_it_was_found_when_it_is_from_and_where_it_came_from(
        self, store: DutyStore, some_firm: Any
    ) -> None:
        rows = {(row.table.rpartition(".")[2], row.row): row for row in store.read(some_firm.alice)}
        assert rows["people", "1"].how == "path"
        assert rows["traffic", "2"].how == "identifier"
        assert rows["staff_notes", "1"].how == "mention"
        assert rows["traffic", "2"].at == "2026-01-01T11:00:00Z"
        assert rows["traffic", "2"].source == "automatic.network"
        assert rows["people", "1"].values["job_title"] == "Buyer"
        assert rows["people", "1"].record_kind == "contact"

    def test_other_people_in_the_same_row_are_named_to_be_masked(self, store: DutyStore, some_firm: Any) -> None:
        others = {
            (row.table.rpartition(".")[2], row.row): {(i.kind, i.value) for i in row.others}
            for row in store.read(some_firm.alice)
        }
        vera = {("name", "Vera Vale"), ("phone", "07700 900777"), ("email", "vera@visit.example")}
        bob = {("name", "Bob Brown"), ("phone", "01632 960100"), ("email", "bob@quarry.example")}
        assert others["deliveries", "2"] == vera | {("phone", "+447700900777")}
        assert others["tickets", "2"] == bob  # no column of the row says so: an owner path leads to him
        assert others["tickets", "1"] == set()
        assert others["order_notes", "4"] == vera
        assert others["staff_notes", "1"] == {("email", "bob@quarry.example")}
        assert others["mail_log", "3"] == {("email", "bob@quarry.example")}
        assert others["orders", "2"] == bob
        assert others["people", "1"] == set()
        assert others["traffic", "1"] >= {("ip", "198.51.100.1")}

    def test_an_address_of_the_network_counts_only_at_its_time(self, store: DutyStore, some_firm: Any) -> None:
        found = {row.row for row in store.read(some_firm.alice) if row.table == some_firm.name("traffic")}
        assert found == {"1", "2", "4"}  # flow 3 has the same address two months later

    # -- plan and erase --------------------------------------------------------------------------------------------
    def test_a_plan_touches_nothing_and_says_what_the_erasure_does(self, store: DutyStore, some_firm: Any) -> None:
        before = some_firm.rows()
        planned = store.plan_erasure(some_firm.alice)
        assert some_firm.rows() == before
        done = store.erase("run", {"a": some_firm.alice})["a"]
        assert {f"{p.table} {p.action}": p.rows for p in planned} == dict(done.rows)
        assert {p.ground for p in planned if p.action == "keep"} == {"tax law", "the objection has to be honoured"}

    def test_nothing_of_an_erased_person_is_left_but_what_is_kept_by_ground(
        self, store: DutyStore, some_firm: Any
    ) -> None:
        before = some_firm.rows()
        assert all(marker in everything(before) for marker in MARKERS)
        assert len(ALICES_PLACES) >= 24
        store.erase("run", {"a": some_firm.alice})
        left = everything(some_firm.rows(), but=("invoices", "blocked", "scratch")).replace("malice@quarry.example", "")
        assert [marker for marker in MARKERS if marker in left] == []
        # her name stands on only where it is the other Alice Adams's
        named = [line for line in left.splitlines() if "alice" in line and "adams" in line]
        assert sorted(named) == [
            "alice a. adams", "alice adams", "alice adams", "alice adams at harbour is another one", "alice adams from harbour",
        ]  # fmt: skip
        for table, column in (
            ("orders", "placed_by"),
            ("tickets", "person_id"),
            ("tickets", "cc_id"),
            ("seats", "person_id"),
        ):
            assert some_firm.run(f"SELECT count(*) FROM {some_firm.name(table)} WHERE {column} = 1") in (
                [(0,)],
                ((0,),),
            )

    def test_everybody_elses_rows_are_as_they_were(self, store: DutyStore, some_firm: Any) -> None:
        before = some_firm.rows()
        store.erase("run", {"a": some_firm.alice})
        after = some_firm.rows()
        for table in ("firms", "invoices", "blocked", "scratch"):
            assert after[table] == before[table], table
        # of rows that are not about her, only those that mentioned her are different, and only in that word
        for table, gone in {
            "people": {"1"}, "visitors": {"2"}, "orders": {"1", "2", "4"}, "order_notes": {"1", "2", "4"},
            "tickets": {"1", "2", "3"}, "messages": {"1", "2", "4"}, "badges": {"1"}, "seats": {"1"},
            "deliveries": {"1", "2", "3"}, "old_people": {"7001"},
            "mail_log": {"1", "2", "3"}, "traffic": {"1", "2", "4"}, "web_sessions": {"1"}, "staff_notes": {"1", "3"},
        }.items():  # fmt: skip
            went, _ = changed(before, after)[table]
            assert {str(row[0]) for row in went} == gone, table

    def test_rows_shared_with_others_lose_the_person_and_nothing_else(self, store: DutyStore, some_firm: Any) -> None:
        store.erase("run", {"a": some_firm.alice})

        def row(table: str, key: int) -> tuple[Any, ...]:
            return next(r for r in some_firm.rows(table)[table] if r[0] == str(key))

        assert row("deliveries", 2) == ("2", None, "1", "Vera Vale", "+447700900777", "sent")
        assert row("deliveries", 3) == ("3", None, "1", None, None, "open")
        assert row("tickets", 2) == ("2", None, "2", "shared", "[erased] and Bob Brown share this")
        assert row("tickets", 3) == ("3", "2", None, "bob asks", "[erased] is in copy")
        assert row("messages", 2) == ("2", "2", "Bob Brown here, [erased] is ill")
        assert row("messages", 3) == ("3", "4", "a word of Bob")
        assert row("order_notes", 3) == ("3", "3", "malice@quarry.example is somebody else")
        assert row("mail_log", 3)[2].endswith("bob@quarry.example")
        assert "bob@quarry.example" in row("orders", 2)[5]
        assert row("traffic", 1)[-1] == "10"

    def test_a_number_that_the_organisation_has_too_is_not_taken_from_it(
        self, store: DutyStore, some_firm: Any
    ) -> None:
        """Bob's telephone is the switchboard: it stays with the firm, and goes with his own rows."""
        before = some_firm.rows("firms", "people")
        bob = person(
            some_firm.schema, ("people", "2"),
            identifiers=(Identifier("email", "bob@quarry.example"), Identifier("phone", "01632 960100"), BOBS_NAME),
        )  # fmt: skip
        store.erase("run", {"b": bob})
        after = some_firm.rows("firms", "people")
        assert after["firms"] == before["firms"]
        assert {row[0] for row in after["people"]} == {"1", "3", "4", "5"}

    def test_an_address_that_somebody_else_has_too_stays_where_it_may_be_theirs(
        self, store: DutyStore, some_firm: Any
    ) -> None:
        """Dana and the other Alice share an address; forgetting one leaves the other's row and the unowned places alone."""
        before = some_firm.rows()
        one = person(some_firm.schema, ("people", "5"), identifiers=(Identifier("email", "shared@pool.example"),))
        store.erase("run", {"o": one})
        went = changed(before, some_firm.rows())
        assert set(went) == {"people"}
        both = person(some_firm.schema, ("people", "4"), identifiers=(Identifier("email", "shared@pool.example"),))
        store.erase("run", {"p": both})
        assert "shared@pool.example" not in everything(some_firm.rows())

    def test_two_people_of_one_row_forgotten_together_or_one_by_one_leave_the_same(
        self, store: DutyStore, some_firm: Any
    ) -> None:
        bob = person(
            some_firm.schema, ("people", "2"),
            identifiers=(Identifier("email", "bob@quarry.example"), BOBS_NAME),
        )  # fmt: skip
        store.erase("run", {"a": some_firm.alice, "b": bob})
        together = some_firm.rows()
        assert {row[0] for row in together["tickets"]} == {"5"}
        for table in reversed(firm.TABLES):
            some_firm.run(f"DELETE FROM {some_firm.name(table)}")
        for statement in firm.ROWS:
            some_firm.run(statement)
        store.erase("first", {"a": some_firm.alice})
        store.erase("second", {"b": bob})
        assert some_firm.rows() == together

    def test_a_row_that_something_still_refers_to_is_emptied_and_takes_nobody_with_it(
        self, store: DutyStore, some_firm: Any
    ) -> None:
        """Somebody added a table without telling the map, with a reference that deletes in cascade."""
        some_firm.run(
            f"CREATE TABLE {some_firm.name('unknown')} (id int PRIMARY KEY, person int, FOREIGN KEY (person)"
            f" REFERENCES {some_firm.name('people')} (id) ON DELETE CASCADE)"
        )
        some_firm.run(f"INSERT INTO {some_firm.name('unknown')} VALUES (1, 1), (2, 2)")
        with_it = some_firm.open(some_firm.spec)
        with_it.erase("run", {"a": some_firm.alice})
        with_it.close()
        assert len(some_firm.run(f"SELECT * FROM {some_firm.name('unknown')}")) == 2
        shell = next(row for row in some_firm.rows("people")["people"] if row[0] == "1")
        assert not any(marker in str(shell).lower() for marker in ("alice", "900123", "buyer"))

    # -- holds -----------------------------------------------------------------------------------------------------
    def test_what_is_held_stays_word_for_word_and_is_named(self, store: DutyStore, some_firm: Any) -> None:
        before = some_firm.rows()
        holds = (Hold(some_firm.name("tickets"), "1", "a claim"), Hold(some_firm.name("deliveries"), "", "a dispute"))
        planned = {(p.table.rpartition(".")[2], p.action): p for p in store.plan_erasure(some_firm.alice, holds)}
        assert planned["tickets", "keep"].rows == 1
        assert planned["tickets", "keep"].ground == "a claim"
        assert planned["deliveries", "keep"].rows == 3
        store.erase("run", {"a": some_firm.alice}, {"a": holds})
        after = some_firm.rows()
        assert after["deliveries"] == before["deliveries"]
        assert next(r for r in after["tickets"] if r[0] == "1") == next(r for r in before["tickets"] if r[0] == "1")
        assert {row[0] for row in after["people"]} == {"1", "2", "3", "4", "5"}  # the held ticket refers to her row
        shell = next(row for row in after["people"] if row[0] == "1")
        assert "alice" not in str(shell).lower()

    # -- once only -------------------------------------------------------------------------------------------------
    def test_an_item_is_done_once(self, store: DutyStore, some_firm: Any) -> None:
        first = store.erase("run", {"a": some_firm.alice})
        after = some_firm.rows()
        again = store.erase("run", {"a": some_firm.alice})
        assert not first["a"].again
        assert again["a"].again
        assert dict(again["a"].rows) == {}
        assert some_firm.rows() == after

    def test_two_sessions_with_the_same_item_do_it_once(self, store: DutyStore, some_firm: Any) -> None:
        rival = some_firm.open(some_firm.spec)
        assert not store.erase("run", {"a": some_firm.alice})["a"].again
        assert rival.erase("run", {"a": some_firm.alice})["a"].again
        rival.close()

    @pytest.mark.parametrize("point", ["inside", "at-commit", "after"])
    def test_a_process_that_is_killed_has_done_all_or_nothing_and_the_next_one_finishes(
        self, some_firm: Any, point: str
    ) -> None:
        before = some_firm.rows()
        program = [sys.executable, str(Path(__file__).with_name("erase_and_die.py"))]
        died = subprocess.run([*program, some_firm.kind, some_firm.dsn, some_firm.schema, point], check=False)
        assert died.returncode == -signal.SIGKILL
        assert (some_firm.rows() == before) == (point != "after")
        with closing(some_firm.open(some_firm.spec)) as store:
            done = store.erase("run", {"a": some_firm.alice})["a"]
        assert done.again == (point == "after")
        after = some_firm.rows()
        assert "alice@quarry.example" not in everything(after, but=("blocked", "scratch")).replace("malice@", "")
        assert {row[0] for row in after["people"]} == {"2", "3", "4", "5"}

    def test_a_connection_that_is_cut_is_told_and_nothing_is_half_done(self, store: DutyStore, some_firm: Any) -> None:
        before = some_firm.rows()
        store.close()
        with pytest.raises(StoreError) as told:
            store.erase("run", {"a": some_firm.alice})
        assert told.value.codes == ("store.unreachable",)
        assert some_firm.rows() == before

    # -- marks -----------------------------------------------------------------------------------------------------
    def test_marks_are_refused_where_nothing_would_act_on_them(self, store: DutyStore, some_firm: Any) -> None:
        with pytest.raises(StoreError) as refused:
            store.set_marks("run", {"a": (some_firm.alice, {"erasing": True})})
        assert refused.value.codes == ("store.no-marks",)
        with pytest.raises(StoreError) as refused:
            store.suppress("run", bytes(32), {})
        assert refused.value.codes == ("store.no-marks",)

    # -- change ----------------------------------------------------------------------------------------------------
    def test_a_correction_reaches_every_live_copy_of_the_person_and_nobody_else(
        self, store: DutyStore, some_firm: Any
    ) -> None:
        before = some_firm.rows()
        change = Change(some_firm.name("people"), "1", "phone", "+44 7700 900456")
        done = store.change("run", "c", some_firm.alice, [change])
        assert sum(done.rows.values()) >= 3  # her row, the delivery, the old copy
        after = some_firm.rows()
        assert next(r for r in after["people"] if r[0] == "1")[4] == "+44 7700 900456"
        assert next(r for r in after["deliveries"] if r[0] == "3")[4] == "+44 7700 900456"
        assert "0044 7700 900123" not in everything(after)
        assert set(changed(before, after)) == {"people", "deliveries", "old_people", "orders", "tickets", "staff_notes"}
        assert store.change("run", "c", some_firm.alice, [change]).again

    def test_a_correction_of_one_row_only_leaves_the_copies(self, store: DutyStore, some_firm: Any) -> None:
        before = some_firm.rows()
        change = Change(some_firm.name("people"), "1", "name", "Alice Archer", everywhere=False)
        store.change("run", "c", some_firm.alice, [change])
        assert set(changed(before, some_firm.rows())) == {"people"}

    @pytest.mark.parametrize("logged", [True, False])
    def test_a_corrected_address_is_gone_from_texts_and_json_and_what_was_sent_stays(
        self, some_firm: Any, logged: bool
    ) -> None:
        tables = some_firm.spec.tables
        if not logged:
            tables = tuple(replace(table, unchanging="") for table in tables)
        store, new = some_firm.open(replace(some_firm.spec, tables=tables)), "alice@new.example"
        before = some_firm.rows()
        store.change("run", "c", some_firm.alice, [Change(some_firm.name("people"), "1", "email", new)])
        after = some_firm.rows()

        def row(table: str, key: int) -> tuple[Any, ...]:
            return next(r for r in after[table] if r[0] == str(key))

        left = {
            table for table, rows in after.items()
            if "alice@quarry.example" in everything({table: rows}).replace("malice@quarry.example", "")
        }  # fmt: skip
        assert left == {"blocked", "scratch", *(["mail_log"] if logged else [])}
        assert row("people", 1)[3] == row("visitors", 2)[2] == row("traffic", 2)[5] == new
        assert row("messages", 4)[2] == f"Alice Adams told me: {new}"
        assert row("order_notes", 2)[2] == f"send a copy to {new} and to bob@quarry.example"
        assert json.loads(row("orders", 2)[5])["copy_to"] == [new, "bob@quarry.example"]
        assert json.loads(row("orders", 2)[5])["mobile"] == 447700900123
        if not logged:
            assert row("mail_log", 3)[2] == f"Alice Adams <{new}>, bob@quarry.example"
        # what is not hers alone, or kept by a ground, is as it was, and of other people's rows only a word is another
        touched = changed(before, after)
        assert set(touched) == {
            "people", "visitors", "order_notes", "orders", "messages", "old_people", "traffic", *([] if logged else ["mail_log"]),
        }  # fmt: skip
        assert {r[0] for r in touched["people"][0]} == {"1"}
        assert {r[0] for r in touched["messages"][0]} == {"4"}
        assert {r[0] for r in touched["order_notes"][0]} == {"2", "4"}
        store.close()

    def test_a_number_corrected_in_another_store_is_put_right_inside_texts_and_json_of_this_one(
        self, store: DutyStore, some_firm: Any
    ) -> None:
        old, new = Identifier("phone", "07700 900123"), "+44 20 7946 0001"
        store.change("run", "c", some_firm.alice, [], [Swap(old, new)])
        after = some_firm.rows()
        assert "900123" not in everything(after, but=("scratch",))
        assert json.loads(next(r for r in after["orders"] if r[0] == "1")[5])["site_phone"] == new
        assert json.loads(next(r for r in after["orders"] if r[0] == "2")[5])["mobile"] == 442079460001
        assert next(r for r in after["staff_notes"] if r[0] == "1")[1].startswith(f"Ring {new} about the invoice")
        assert next(r for r in after["people"] if r[0] == "3")[4] == "07700 900999"

    def test_an_address_that_two_people_have_is_corrected_in_one_persons_own_rows_alone(
        self, store: DutyStore, some_firm: Any
    ) -> None:
        before = some_firm.rows()
        dana = person(some_firm.schema, ("people", "4"), identifiers=(Identifier("email", "shared@pool.example"),))
        store.change("run", "c", dana, [Change(some_firm.name("people"), "4", "email", "dana@new.example")])
        went = changed(before, some_firm.rows())
        assert set(went) == {"people"}
        assert {row[0] for row in went["people"][0]} == {"4"}

    def test_a_row_of_somebody_else_is_never_corrected(self, store: DutyStore, some_firm: Any) -> None:
        before = some_firm.rows()
        changes = [
            Change(some_firm.name("people"), "1", "name", "X"),
            Change(some_firm.name("people"), "2", "name", "Y"),
        ]
        with pytest.raises(StoreError) as refused:
            store.change("run", "c", some_firm.alice, changes)
        assert refused.value.codes == ("store.not-this-person",)
        assert some_firm.rows() == before
        assert not store.change("run", "c", some_firm.alice, changes[:1]).again

    # -- search ----------------------------------------------------------------------------------------------------
    def test_every_column_of_every_table_is_searched_for_many_people_at_once(
        self, store: DutyStore, some_firm: Any
    ) -> None:
        found = store.search(
            {
                "a": ["alice@quarry.example", "07700 900123", "ck-77aa55", "QH-000417"],
                "b": ["bob@quarry.example"],
                "n": ["nobody@nowhere.example", "07700 900000"],
            }
        )
        places = {(r.item, r.table.rpartition(".")[2], r.column) for r in found}
        assert {item for item, _, _ in places} == {"a", "b"}
        expected = {
            *(("people", c) for c in ("email", "phone", "notes")), ("visitors", "email"), ("orders", "extra"),
            ("order_notes", "body"),
            ("tickets", "body"), ("messages", "body"), ("deliveries", "phone"), ("old_people", "mail"), ("old_people", "tel"),
            ("mail_log", "to_address"), ("traffic", "remote_email"), ("web_sessions", "cookie"), ("staff_notes", "body"),
            ("blocked", "email"), ("scratch", "stuff"), ("scratch", "dialled"),
        }  # fmt: skip
        assert {(table, column) for item, table, column in places if item == "a"} == expected
        assert ("b", "firms", "notes") not in places  # his address is not in it

    def test_after_an_erasure_only_what_stays_by_ground_or_was_never_mapped_is_found(
        self, store: DutyStore, some_firm: Any
    ) -> None:
        store.erase("run", {"a": some_firm.alice})
        found = store.search({"a": ["alice@quarry.example", "07700 900123", "ck-77aa55", "QH-000417"]})
        assert {(r.table.rpartition(".")[2], r.column, r.rows) for r in found} == {
            ("blocked", "email", 1), ("scratch", "stuff", 1), ("scratch", "dialled", 1),
        }  # fmt: skip

    def test_a_telephone_number_is_found_in_a_column_of_numbers_of_any_width(self, store: DutyStore) -> None:
        found = store.search(
            {"c": ["020 7946 0018"], "b": ["(01632) 960123"], "n": ["020 7946 0019"], "s": ["900 1234"]}
        )
        assert {(r.item, r.table.rpartition(".")[2], r.column) for r in found} == {
            ("c", "scratch", "called"), ("b", "scratch", "billed"),
        }  # fmt: skip

    def test_a_phrase_is_searched_as_a_whole(self, store: DutyStore) -> None:
        found = store.search({"v": ["Vera Vale"], "x": ["Vera Brown"]})
        assert {(r.item, r.table.rpartition(".")[2], r.column) for r in found} == {
            ("v", "visitors", "name"), ("v", "deliveries", "recipient"),
        }  # fmt: skip

    def test_a_person_of_whom_nothing_is_there_is_nothing_to_forget(self, store: DutyStore, some_firm: Any) -> None:
        before = some_firm.rows()
        nobody = Person((), (Identifier("email", "nobody@nowhere.example"),))
        assert dict(store.erase("run", {"x": nobody})["x"].rows) == {}
        wrong = person(some_firm.schema, ("people", "no number"))
        assert dict(store.erase("run", {"y": wrong})["y"].rows) == {}
        assert some_firm.rows() == before


class TestPostgres(Contract):
    @pytest.fixture
    def some_firm(self, postgres_firm: Any) -> Any:
        return postgres_firm

    def test_a_reference_without_an_index_is_refused(self, some_firm: Any) -> None:
        some_firm.run("DROP INDEX public.tickets_person")
        with closing(some_firm.open(some_firm.spec)) as store:
            assert [d.code for d in store.check_ready() if d.severity == "error"] == ["store.unindexed-reference"]

    @pytest.mark.parametrize(("moment", "table"), [("DELETE", "people"), ("UPDATE", "seats"), ("DELETE", "badges")])
    def test_a_refusal_in_the_middle_is_told_without_a_value_and_takes_everything_back(
        self, store: DutyStore, some_firm: Any, moment: str, table: str
    ) -> None:
        some_firm.run(
            "CREATE FUNCTION public.say_no() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE 'not % of alice@quarry.example', TG_OP USING ERRCODE = '23514'; END $$"
        )
        some_firm.run(
            f"CREATE TRIGGER no AFTER {moment} ON public.{table} FOR EACH ROW EXECUTE FUNCTION public.say_no()"
        )
        before = some_firm.rows()
        with pytest.raises(StoreError) as refused:
            store.erase("run", {"a": some_firm.alice})
        assert refused.value.codes == ("store.refused",)
        assert "SQLSTATE 23514" in str(refused.value)
        assert "quarry" not in str(refused.value)
        assert some_firm.rows() == before
        some_firm.run(f"DROP TRIGGER no ON public.{table}")
        assert not store.erase("run", {"a": some_firm.alice})["a"].again

    @pytest.mark.parametrize(
        ("key", "does"),
        [
            (True, ""),
            (False, ""),
            (True, "UPDATE public.badges b SET label = 'gone' WHERE b = OLD AND b.label <> 'gone';"),
        ],
    )
    def test_rows_of_a_child_table_that_a_trigger_lets_stand_are_seen(
        self, some_firm: Any, key: bool, does: str
    ) -> None:
        some_firm.run("ALTER TABLE public.badges DROP CONSTRAINT badges_person_id_fkey")
        some_firm.run(
            "ALTER TABLE public.badges ADD FOREIGN KEY (person_id) REFERENCES public.people ON DELETE CASCADE"
        )
        if not key:
            some_firm.run("CREATE INDEX badges_person ON public.badges (person_id)")
            some_firm.run("ALTER TABLE public.badges DROP CONSTRAINT badges_pkey")
        some_firm.run(
            f"CREATE FUNCTION public.stay() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {does} RETURN NULL; END $$"
        )
        some_firm.run("CREATE TRIGGER stay BEFORE DELETE ON public.badges FOR EACH ROW EXECUTE FUNCTION public.stay()")
        before = some_firm.rows()
        with closing(some_firm.open(some_firm.spec)) as store:
            with pytest.raises(StoreError) as refused:
                store.erase("run", {"a": some_firm.alice})
            assert refused.value.codes == ("store.rows-stayed",)
            assert "public.badges" in str(refused.value)
            assert some_firm.rows() == before
            some_firm.run("DROP TRIGGER stay ON public.badges")
            assert store.erase("run", {"a": some_firm.alice})["a"].rows["public.badges delete"] == 2
        assert changed(before, some_firm.rows())["badges"][1] == set()

    def test_rows_that_row_security_would_hide_are_refused_and_a_policy_of_its_own_shows_them(
        self, some_firm: Any, cluster: Any
    ) -> None:
        """The least that `avow grants` prints and that apply compiles: no more is needed to forget somebody."""
        role = "duty_contract_login"
        for statement in (
            f"CREATE ROLE {role} LOGIN",
            f"GRANT CREATE ON DATABASE {conninfo_to_dict(some_firm.dsn)['dbname']} TO {role}",
            f"GRANT SELECT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
            "ALTER TABLE public.people ENABLE ROW LEVEL SECURITY",
        ):
            some_firm.run(statement)
        dsn = cluster.dsn_for(conninfo_to_dict(some_firm.dsn)["dbname"], role)
        with closing(open_postgres_duty(dsn, some_firm.spec)) as store:
            with pytest.raises(StoreError) as refused:
                store.find(ALICES)
            assert refused.value.codes == ("store.no-right",)
        some_firm.run(f"CREATE POLICY avow_duty ON public.people TO {role} USING (true) WITH CHECK (true)")
        with closing(open_postgres_duty(dsn, some_firm.spec)) as store:
            assert [d for d in store.check_ready() if d.severity == "error"] == []
            assert store.erase("run", {"a": some_firm.alice})["a"].rows["public.people delete"] == 1

    def test_partitions_and_materialized_views_are_searched_and_partitioned_rows_erased(self, some_firm: Any) -> None:
        for statement in (
            "CREATE TABLE public.logins (id int, person_id int, mail text) PARTITION BY RANGE (id)",
            "CREATE TABLE public.logins_1 PARTITION OF public.logins FOR VALUES FROM (0) TO (10)",
            "CREATE TABLE public.logins_2 PARTITION OF public.logins FOR VALUES FROM (10) TO (20)",
            "INSERT INTO public.logins VALUES (1, 1, 'alice@quarry.example'), (11, 1, NULL), (12, 2, 'bob@quarry.example')",
            "CREATE MATERIALIZED VIEW public.seen AS SELECT mail FROM public.logins",
        ):
            some_firm.run(statement)
        people = some_firm.name("people")
        path = firm.PathSpec(people, (firm.StepSpec("person_id", people, "id"),))
        mail = firm.value("mail", "contact.email", identifies="email")
        logins = TableSpec(some_firm.name("logins"), (firm.link("id"), firm.link("person_id"), mail), (path,))
        with closing(some_firm.open(replace(some_firm.spec, tables=(*some_firm.spec.tables, logins)))) as store:
            store.erase("run", {"a": some_firm.alice})
            left = {r.table for r in store.search({"a": ["alice@quarry.example"]})}
        assert some_firm.run("SELECT id FROM public.logins") == [(12,)]
        assert left == {"public.blocked", "public.scratch", "public.seen"}  # the view has to be refreshed

    def test_the_digits_of_an_address_of_the_network_are_no_telephone_number(self, some_firm: Any) -> None:
        some_firm.run("CREATE TABLE public.hosts (seen inet, said text)")
        some_firm.run("INSERT INTO public.hosts VALUES ('77.0.90.12', 'ring 7709 012')")
        with closing(some_firm.open(some_firm.spec)) as store:
            found = store.search({"a": ["7709 012"]})
        assert {(r.table, r.column) for r in found} == {("public.hosts", "said")}

    def test_many_people_are_forgotten_in_one_batch(self, some_firm: Any) -> None:
        some_firm.run(
            "INSERT INTO public.people SELECT i, 2, 'Many ' || i, 'many' || i || '@many.example', NULL, NULL,"
            " 'ask many' || i || '@many.example', NULL FROM generate_series(1000, 1299) i"
        )
        some_firm.run(
            "INSERT INTO public.staff_notes SELECT i, 'wrote to many' || i || '@many.example and bob@quarry.example'"
            " FROM generate_series(1000, 1299) i"
        )
        before = some_firm.rows()
        batch = {
            f"item{i}": person(
                "public", ("people", str(i)), identifiers=(Identifier("email", f"many{i}@many.example"),)
            )
            for i in range(1000, 1299)
        }
        with closing(some_firm.open(some_firm.spec)) as store:
            done = store.erase("run", batch)
            left = store.search({item: [one.identifiers[0].value] for item, one in batch.items()})
        assert {tuple(one.rows.items()) for one in done.values()} == {
            (("public.people delete", 1), ("public.staff_notes clean", 1))
        }
        assert left == ()
        after = some_firm.rows()
        assert len(after["people"]) == len(before["people"]) - 299
        assert ("1299", "wrote to many1299@many.example and bob@quarry.example") in after["staff_notes"]
        assert ("1000", "wrote to [erased] and bob@quarry.example") in after["staff_notes"]


class TestMariaDB(Contract):
    @pytest.fixture
    def some_firm(self, mariadb_firm: Any) -> Any:
        return mariadb_firm
