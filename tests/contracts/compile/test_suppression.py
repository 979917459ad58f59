"""An address that must not be used again starts hidden, whoever brings it in, in whatever spelling, at whatever moment."""

from __future__ import annotations

import hashlib
import hmac
import random
import threading
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from shop import MARKETING, Shop

from avow.compilers.postgres.suppression import may_have
from avow.errors import StoreError
from avow.stores.duty import Identifier, Person, StoreSpec, SubjectKey, Suppression
from avow.stores.identifying import suppression_digests, suppression_needle
from avow.stores.postgres.duty import open_postgres_duty

KEY = bytes(range(32))
OBJECTED = {"objected:marketing.own": True}


def seen(shop: Shop, query: str) -> list[str]:
    with shop.login(MARKETING) as conn:
        return [row[0] for row in conn.execute(query.encode()).fetchall()]


def emails(shop: Shop) -> list[str]:
    return seen(shop, "SELECT email FROM contacts ORDER BY 1")


@pytest.fixture
def duty(shop: Shop) -> Any:
    shop.apply()
    store = open_postgres_duty(shop.dsn, StoreSpec("main", "postgresql", "uk", ()))
    yield store
    store.close()


def suppress(duty: Any, address: str, run: str = "r", held: bool = True, near: bool = True, beside: int = 0) -> Any:
    """`beside`: how many addresses that nobody has come along."""
    ones = [Identifier("email", one) for one in (address, *(f"nobody{n}@elsewhere.example" for n in range(beside)))]
    needles = tuple(suppression_needle(one) for one in ones) if near else ()
    digests = tuple(digest for one in ones for digest in suppression_digests(KEY, one))
    return duty.suppress(run, KEY, {"a": Suppression(digests, {"objected:marketing.own": held}, needles)})


@pytest.mark.parametrize(
    "spelled", ["dora@example.com", "  DORA@Example.COM", "Dora <dora@example.com>", "dora @example.com\t"]
)
def test_an_objector_who_comes_in_again_starts_hidden(shop: Shop, duty: Any, spelled: str) -> None:
    suppress(duty, "Dora@example.com")
    with shop.login() as conn:
        conn.execute(
            "INSERT INTO contacts (id, name, email) VALUES (70, 'D', %s), (71, 'E', 'eve@example.com')", [spelled]
        )
        conn.execute("INSERT INTO orders (contact_id, address) VALUES (70, 'd street'), (71, 'e street')")
    assert spelled not in emails(shop)
    assert "eve@example.com" in emails(shop)
    assert "d street" not in seen(shop, "SELECT address FROM orders")
    assert "e street" in seen(shop, "SELECT address FROM orders")


def test_a_row_that_gets_the_address_later_takes_all_rows_of_its_person_with_it(shop: Shop, duty: Any) -> None:
    suppress(duty, "dora@example.com")
    before = emails(shop)
    with shop.owner() as conn:
        conn.execute("UPDATE public.contacts SET email = 'DORA@example.com' WHERE id = 2")
    assert emails(shop) == [email for email in before if email != "bob@example.com"]
    assert "b street" not in seen(shop, "SELECT address FROM orders")


def test_a_pair_that_must_not_see_objectors_cannot_turn_a_person_into_one(shop: Shop, duty: Any) -> None:
    shop.rules = tuple(
        replace(rule, do=frozenset({"read", "write"})) if rule.id == "p2/1" else rule for rule in shop.rules
    )
    shop.apply()
    suppress(duty, "dora@example.com")
    with shop.login(MARKETING) as conn:
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="violates row-level security"):
            conn.execute("UPDATE contacts SET email = 'dora@example.com' WHERE id = 2")
        assert conn.execute("UPDATE contacts SET email = 'b@example.com' WHERE id = 2").rowcount == 1
    assert emails(shop) == ["alice@example.com", "b@example.com", "charlie@example.com"]


def test_writing_the_same_address_back_waits_for_nobody(shop: Shop, duty: Any) -> None:
    with psycopg.connect(shop.dsn) as listing, shop.owner() as conn:
        listing.execute("SELECT avow.set_suppression_key(%s)", [KEY])  # whoever looks an address up waits for this
        conn.execute("SET statement_timeout = '2s'")
        assert conn.execute("UPDATE public.contacts SET email = email, name = 'B' WHERE id = 2").rowcount == 1


def test_no_trigger_stands_before_an_update(shop: Shop, duty: Any) -> None:
    """One such trigger has every updated row locked and fetched twice, whichever columns change."""
    with shop.owner() as conn:
        found = conn.execute(
            "SELECT tgname FROM pg_trigger WHERE tgname LIKE 'zz\\_avow%' AND tgtype & 2 = 2 AND tgtype & 16 = 16"
        ).fetchall()
        made = conn.execute("SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'zz\\_avow%'").fetchone()
    assert found == []
    assert made is not None
    assert made[0] > 4


def test_people_who_are_there_already_are_hidden_when_the_list_grows(shop: Shop, duty: Any) -> None:
    assert "alice@example.com" in emails(shop)
    suppress(duty, "ALICE@example.com")
    assert emails(shop) == ["bob@example.com", "charlie@example.com"]
    assert seen(shop, "SELECT address FROM orders ORDER BY 1") == ["b street", "c street"]
    assert shop.plan().empty


def test_a_telephone_number_counts_in_its_spellings(shop: Shop, duty: Any) -> None:
    digests = suppression_digests(KEY, Identifier("phone", "+44 7700 900123"))
    duty.suppress("r", KEY, {"a": Suppression(digests, OBJECTED)})
    with shop.owner() as conn:
        conn.execute(
            "INSERT INTO public.contacts (id, name, email, phone) VALUES (70, 'D', 'd@example.com', '(07700) 900-123')"
        )
    assert "d@example.com" not in emails(shop)


def test_taking_an_address_off_the_list_lets_later_rows_in(shop: Shop, duty: Any) -> None:
    suppress(duty, "dora@example.com")
    suppress(duty, "dora@example.com", run="s", held=False)
    with shop.owner() as conn:
        conn.execute("INSERT INTO public.contacts (id, name, email) VALUES (70, 'D', 'dora@example.com')")
    assert "dora@example.com" in emails(shop)


SPELLED = ["Jürgen_W@example.com", "  JÜRGEN_W@Example.COM", "J. <jürgen_w@example.com>", "jürgen_w @ example.com\t"]


WAYS = {"by the address": (True, 0), "among many": (True, 30), "by the digest alone": (False, 0)}


@pytest.mark.parametrize(("near", "beside"), WAYS.values(), ids=WAYS)
def test_rows_that_stand_are_hidden_in_every_spelling_and_those_of_others_stay(
    shop: Shop, duty: Any, near: bool, beside: int
) -> None:
    others = ["jurgen_w@example.com", "jürgenxw@example.com", "eve@example.com"]
    with shop.owner() as conn:
        for number, email in enumerate([*SPELLED, *others], 70):
            conn.execute("INSERT INTO public.contacts (id, name, email) VALUES (%s, 'J', %s)", [number, email])
    before = emails(shop)
    suppress(duty, "Jürgen_W@example.com", near=near, beside=beside)
    assert emails(shop) == [email for email in before if email not in SPELLED]
    assert set(others) <= set(emails(shop))


def test_among_many_addresses_a_plain_one_is_found_in_every_spelling(shop: Shop, duty: Any) -> None:
    spelled = [
        "Juergen_W@example.com",
        "  JUERGEN_W@Example.COM",
        "J. <juergen_w@example.com>",
        "juergen_w @ example.com\t",
    ]
    others = ["juergenxw@example.com", "j.juergen_w@example.com", "juergen_w@example.com.pk"]
    with shop.owner() as conn:
        for number, email in enumerate([*spelled, *others], 70):
            conn.execute("INSERT INTO public.contacts (id, name, email) VALUES (%s, 'J', %s)", [number, email])
    before = emails(shop)
    suppress(duty, "juergen_W@example.com", beside=30)
    assert emails(shop) == [email for email in before if email not in spelled]
    assert set(others) <= set(emails(shop))


def test_the_stores_own_needles_find_what_its_digests_find(shop: Shop, duty: Any) -> None:
    suppress(duty, "first@example.com")
    values = {"email": [*SPELLED, "a%b@x.example", "None"], "phone": ["+44 20 7946 0018", "0044 (20) 79460018", "n/a"],
              "customer_number": [" C\\4_2 ", "c\\4_2", "C-42"], "cookie": ["Straße-1", "STRASSE-1"]}  # fmt: skip
    with shop.owner() as conn:
        for kind, listed in values.items():
            for one in listed:
                for other in listed:
                    same, near, _ = looks(conn, kind, one, other)
                    assert near or not same, (kind, one, other)


def looks(conn: Any, kind: str, one: str, other: str) -> tuple[bool, bool, bool]:
    """Whether two values have a digest in common; whether the needles of the second find the first; whether its words do."""
    words = "avow.words_of(avow.needles(ARRAY[%(kind)s], ARRAY[%(other)s]))"
    may = may_have("VALUE", kind, words).replace("#$%&", "#$%%&").replace("VALUE", "%(one)s::text")
    query = f"""
        SELECT avow.digests(ARRAY[%(kind)s], ARRAY[%(one)s]) && avow.digests(ARRAY[%(kind)s], ARRAY[%(other)s]),
               lower(%(one)s COLLATE "C") LIKE ANY (avow.needles(ARRAY[%(kind)s], ARRAY[%(other)s])),
               coalesce({words} IS NULL OR {may}, false)"""
    found = conn.execute(query, {"kind": kind, "one": one, "other": other}).fetchone()
    return found[0], found[1], found[2]


# What a value may be made of: plain signs, spaces of two kinds, letters that become others in lower case, signs of patterns.
BY_AVOW = """SELECT avow.digests(ARRAY[%(kind)s], ARRAY[%(one)s]) && %(digests)s::bytea[],
                     coalesce(avow.words_of(%(near)s) IS NULL OR {may}, false)"""
SIGNS = {
    "email": "aB1._%\\+ \u00a0@@\u212aü<>",
    "phone": "01234567890 +()-/x",
    "customer_number": "cC4\\_%- 0123456",
    "cookie": "aA\u212aß-_ 1",
}


@pytest.mark.parametrize("kind", SIGNS)
def test_what_a_value_has_to_be_leaves_out_nothing_that_has_its_digest(shop: Shop, duty: Any, kind: str) -> None:
    suppress(duty, "first@example.com")
    dice = random.Random(kind)
    met = 0
    with shop.owner() as conn:
        for _ in range(400):
            one = "".join(dice.choices(SIGNS[kind], k=dice.randint(1, 14)))
            other = dice.choice(
                [one.upper(), one.lower(), f" {one} ", one.replace(" ", ""), one[1:], one.replace("\u212a", "k")]
            )
            same, _, found = looks(conn, kind, one, other)
            assert found or not same, (kind, one, other)
            met += same
    assert met > 40


@pytest.mark.parametrize("kind", SIGNS)
def test_what_avow_says_a_value_has_to_be_leaves_out_nothing_either(shop: Shop, duty: Any, kind: str) -> None:
    """Words of the patterns that come from Avow's own record, which reads numbers by their country."""
    suppress(duty, "first@example.com")
    may = may_have("VALUE", kind, "avow.words_of(%(near)s)").replace("#$%&", "#$%%&").replace("VALUE", "%(one)s::text")
    dice, met = random.Random(kind), 0
    with shop.owner() as conn:
        for _ in range(1_200):
            said = "".join(dice.choices(SIGNS[kind], k=dice.randint(1, 14)))
            one = dice.choice([said, said.lower(), f"0044{said.lstrip('0')}", said.replace("\u212a", "k"), f" {said}"])
            known = Identifier(kind, said)
            digests, near = list(suppression_digests(KEY, known, "44")), [suppression_needle(known, "44")]
            values = {"kind": kind, "one": one, "digests": digests, "near": near}
            same, found = conn.execute(BY_AVOW.format(may=may), values).fetchone()
            assert found or not same, (kind, one, said)
            met += same
    assert met > 40


PLAIN = [
    ("email", "eve@example.com", "dora@example.com"),
    ("phone", "+44 20 7946 0018", "+44 20 7946 0019"),
    ("customer_number", "C-41", "C-42"),
]


@pytest.mark.parametrize(("kind", "one", "other"), PLAIN)
def test_a_value_that_is_written_plainly_is_told_from_others_without_its_digest(
    shop: Shop, duty: Any, kind: str, one: str, other: str
) -> None:
    suppress(duty, "first@example.com")
    with shop.owner() as conn:
        assert looks(conn, kind, one, other) == (False, False, False)
        assert looks(conn, kind, other, other)[2]


def test_the_list_waits_for_an_import_under_way(shop: Shop, duty: Any) -> None:
    suppress(duty, "first@example.com", run="first")
    with psycopg.connect(shop.dsn) as importing:
        importing.execute("INSERT INTO public.contacts (id, name, email) VALUES (70, 'D', 'dora@example.com')")
        thread = threading.Thread(target=suppress, args=(duty, "dora@example.com"))
        thread.start()
        thread.join(0.5)
        assert thread.is_alive()
        importing.commit()
        thread.join(20)
        assert not thread.is_alive()
    assert "dora@example.com" not in emails(shop)


def test_an_import_waits_for_the_list_to_be_added_to(shop: Shop, duty: Any) -> None:
    digest = suppression_digests(KEY, Identifier("email", "dora@example.com"))

    def bring_in() -> None:
        with shop.owner() as conn:
            conn.execute("INSERT INTO public.contacts (id, name, email) VALUES (70, 'D', 'dora@example.com')")

    with psycopg.connect(shop.dsn) as listing:
        listing.execute("SELECT avow.set_suppression_key(%s)", [KEY])
        listing.execute("SELECT avow.suppress(%s, ARRAY['objected:marketing.own'], ARRAY[true])", [list(digest)])
        thread = threading.Thread(target=bring_in)
        thread.start()
        thread.join(0.3)
        assert thread.is_alive()
        listing.commit()
        thread.join(20)
    assert "dora@example.com" not in emails(shop)


def test_the_digest_in_the_store_is_the_hmac_of_the_standard_library(shop: Shop, duty: Any) -> None:
    suppress(duty, "dora@example.com")
    with shop.owner() as conn:
        kept = conn.execute("SELECT digest FROM avow.suppressed").fetchall()
        made = conn.execute("SELECT avow.digests(ARRAY['email'], ARRAY[' Dora@Example.com'])").fetchone()
    expected = hmac.new(KEY, b"1 email dora@example.com", hashlib.sha256).digest()
    assert kept == [(expected,)]
    assert made == ([expected],)


def test_another_key_is_refused_while_the_list_is_not_empty(shop: Shop, duty: Any) -> None:
    suppress(duty, "dora@example.com")
    with shop.owner() as conn, pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState):
        conn.execute("SELECT avow.set_suppression_key(%s)", [bytes(32)])


def test_nobody_but_the_duty_can_read_the_list_or_its_key(shop: Shop, duty: Any) -> None:
    suppress(duty, "dora@example.com")
    with shop.login() as conn:
        for statement in (
            "TABLE avow.suppressed",
            "TABLE avow.suppression_key",
            "SELECT avow.digests(ARRAY['email'], ARRAY['x@y.z'])",
            "SELECT avow.suppress('{}', '{}', '{}')",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute(statement.encode())


def test_many_people_are_marked_at_once_and_once_only(shop: Shop, duty: Any) -> None:
    marks = {f"item{key}": (Person((SubjectKey("public.contacts", key),)), OBJECTED) for key in ("1", "2")}
    done = duty.set_marks("run", marks)
    assert {item: dict(one.rows) for item, one in done.items()} == {
        "item1": {"public.contacts mark": 1}, "item2": {"public.contacts mark": 1},
    }  # fmt: skip
    assert emails(shop) == ["charlie@example.com"]
    assert duty.set_marks("run", marks)["item1"].again
    duty.set_marks("back", {"x": (Person((SubjectKey("public.contacts", "1"),)), {"objected:marketing.own": False})})
    assert emails(shop) == ["alice@example.com", "charlie@example.com"]


def test_a_store_without_marks_says_so(shop: Shop) -> None:
    store = open_postgres_duty(shop.dsn, StoreSpec("main", "postgresql", "uk", ()))
    with pytest.raises(StoreError) as refused:
        store.set_marks("run", {"x": (Person((SubjectKey("public.contacts", "1"),)), OBJECTED)})
    assert refused.value.codes == ("store.no-marks",)
    store.close()
