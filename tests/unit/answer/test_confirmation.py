"""Yes or no, never the data: a person in the network log alone gets a yes, an unknown one a no that says where we looked."""

from __future__ import annotations

import pytest

from avow.duties.rights.answer import Held, StoreFacts, build_confirmation, held_of_findings, held_of_rows
from avow.stores.duty import Finding, LooseCount, Match, StoreSpec, SubjectKey

from .conftest import Kept, make_asked, make_facts, row

SEARCHED = ("public.contacts.email (email)", "public.traffic.remote_email (email)")


def confirm(held, facts=None, **given):
    kept = Kept()
    found = build_confirmation(make_asked(**given), facts or make_facts(), held, kept.write)
    return found, kept, " ".join(kept.text("confirmation.txt").split())


def test_a_person_in_the_network_log_alone_gets_a_yes():
    rows = [row("public.traffic", {"remote_email": "alice@contoso.example"}, str(n)) for n in range(3)]
    found, _, text = confirm(held_of_rows(make_facts(), rows))
    assert found.verdict == "yes"
    assert "our customer database: flow, 3 records" in text
    assert "alice@contoso.example" not in text


def test_what_a_search_finds_is_enough_for_a_yes():
    finding = Finding(
        (Match(SubjectKey("public.contacts", "7"), "email", 1.0),),
        (LooseCount("public.traffic", "remote_email", 4), LooseCount("public.traffic", "local_email", 0)),
        SEARCHED,
    )
    held = held_of_findings(make_facts(), {"main": finding})
    assert held == (Held("main", "contact", 1), Held("main", "flow", 4))


def test_an_unknown_person_gets_a_no_that_lists_what_was_searched():
    found, kept, text = confirm(())
    assert found.verdict == "no"
    assert "Having searched as listed below, CloudSentric holds no personal data about you." in text
    assert "The search was made with what you gave us: e-mail address, name." in text
    assert "our customer database: searched by machine, 1 fields searched" in text
    assert {f.name for f in found.files} == set(kept.files)


@pytest.mark.parametrize("held", [(), (Held("main", "flow", 1),)])
def test_both_answers_list_every_store(held):
    hand = StoreFacts(StoreSpec("mail", "manual", "uk", ()), "the shared mailbox", "hand", (), "Nothing found.")
    _, _, text = confirm(held, make_facts(stores=(*make_facts().stores, hand)))
    assert "our customer database: searched by machine" in text
    assert "the shared mailbox: searched by a person. Nothing found." in text


def test_a_store_that_was_not_searched_leaves_a_no_open():
    bare = StoreFacts(StoreSpec("tape", "manual", "uk", ()), "the tape archive", "not")
    found, _, text = confirm((), make_facts(stores=(*make_facts().stores, bare)))
    assert found.verdict == "open"
    assert "not every place listed below could be searched" in text
    assert confirm((Held("main", "flow", 1),), make_facts(stores=(bare,)))[0].verdict == "yes"


def test_a_store_that_failed_meanwhile_leaves_a_no_open():
    kept, failed = Kept(), ["main"]
    found = build_confirmation(make_asked(), make_facts(), (), kept.write, failed)
    assert found.verdict == "open"
    assert "our customer database: not searched" in " ".join(kept.text("confirmation.txt").split())


def test_it_is_written_from_right_to_left_in_arabic():
    _, kept, _ = confirm((), language="ar")
    assert 'dir="rtl"' in kept.text("confirmation.html")
