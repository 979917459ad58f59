"""What an asker names without having shown it (a number, a cookie, an address of the network at a time) is looked for, and used
only once a person has said that it is theirs; somebody who names what is another's learns nothing."""

import pytest
from counter import BEA, BOB, make_firm, open_worker, rows_of

from avow.duties.rights.model import Contact
from avow.errors import AvowError, RightsError

OURS = "2026-01-01T09:00:00Z/2026-01-01T10:45:00Z"
NEW = "walked.in@mail.example"  # known to nobody
NAMED = {
    "cookie": ("ck-77aa55", "public.web_sessions.cookie", 1),
    "customer_number": ("QH-000417", "public.staff_notes.body", 1),
    "ip": (f"198.51.100.3 {OURS}", "public.traffic.remote_ip", 2),
}
ROWS = {
    "cookie": {("web_sessions", "1")},
    "customer_number": {("staff_notes", "3")},
    "ip": {("traffic", "4"), ("traffic", "5")},
}


@pytest.fixture
def firm(cluster):
    dsn = cluster.create_database()
    make_firm(dsn)
    rows_of(dsn, "DELETE FROM scratch RETURNING id")
    return dsn


@pytest.fixture
def worker(counter, firm):
    counter.configure(undo_days=0)
    opened = open_worker(counter, {"main": firm})
    yield opened
    opened.close()


def ask_naming(counter, kind, *named, mail=NEW):
    request = counter.ask(kind, contact=Contact(mail, identifiers=named))
    assert counter.desk.answer_challenge(request.id, counter.code)
    return request


def state_of(counter, request):
    return counter.desk.get_request(request.id).state


def named_of(counter, request):
    return counter.desk.case(request.id, BOB, "officer").named


def rows_in(counter, request):
    content = b"".join(counter.desk.read_answer(request.id, "rows.jsonl")).decode()
    return {
        (line.split('"table": "public.')[1].split('"')[0], line.split('"row": "')[1].split('"')[0])
        for line in content.splitlines()
    }


def test_what_was_named_waits_for_a_person_and_is_read_once_it_is_theirs(counter, worker):
    """A cookie, a customer number, and an address of the network at a time: the last is all that a traffic log has of somebody."""
    asked = {kind: ask_naming(counter, "access", (kind, NAMED[kind][0]), mail=f"{kind}@mail.example") for kind in NAMED}
    worker.run_until_idle()
    for kind, request in asked.items():
        value, place, rows = NAMED[kind]
        assert (state_of(counter, request), counter.events(request.id)[-1]) == ("review", "matches to decide")
        (named,) = named_of(counter, request)
        assert (named.kind, named.value, dict(named.places), named.verdict) == (
            kind,
            value,
            {("main", place): rows},
            "ask",
        )
        with pytest.raises(AvowError) as caught:
            counter.desk.approve(request.id, BOB)
        assert caught.value.codes == ("rights.match-undecided",)
        counter.desk.decide_named(request.id, named.number, True, "sent a picture of the browser's page", BOB)
        assert counter.desk.approve(request.id, BOB)
    worker.run_until_idle()
    dump = counter.dump()
    for kind, request in asked.items():
        assert (kind, state_of(counter, request)) == (kind, "done")
        assert rows_in(counter, request) == ROWS[kind]
        assert NAMED[kind][0].split()[0] not in dump


def test_what_was_named_and_is_another_persons_gives_nothing(counter, worker):
    asked = [ask_naming(counter, "access", (kind, NAMED[kind][0]), mail=f"{kind}@mail.example") for kind in NAMED]
    worker.run_until_idle()
    for request in asked:
        (named,) = named_of(counter, request)
        counter.desk.decide_named(request.id, named.number, False, "could not say anything of it", BOB)
        counter.desk.approve(request.id, BOB)
    worker.run_until_idle()
    assert [m.template for m in counter.mails[-3:]] == ["nothing-held"] * 3
    for request in asked:
        assert state_of(counter, request) == "done"
        assert counter.desk.answer_files(request.id) == ()


def test_a_stranger_who_names_somebody_sees_the_same_as_one_who_names_nobody(counter, worker):
    names = {
        "cookie": ("ck-77aa55", "ck-000000"),
        "customer_number": ("QH-000417", "QH-999999"),
        "phone": ("07700 900123", "07700 900000"),
        "email": ("alice@quarry.example", "nobody@quarry.example"),
        "ip": (f"198.51.100.3 {OURS}", f"203.0.113.9 {OURS}"),
    }
    mails = {(kind, n): f"{kind}{n}@mail.example" for kind in names for n in (0, 1)}
    asked = {(k, n): ask_naming(counter, "access", (k, names[k][n]), mail=mail) for (k, n), mail in mails.items()}
    worker.run_until_idle()
    waiting = {place: (state_of(counter, request), counter.events(request.id)) for place, request in asked.items()}
    for request in asked.values():
        case = counter.desk.case(request.id, BOB, "officer")
        for match in case.matches:
            counter.desk.decide_match(request.id, "main", match.table, match.key, False, "a stranger", BOB)
        for named in (one for one in case.named if one.verdict == "ask"):
            counter.desk.decide_named(request.id, named.number, False, "a stranger", BOB)
        counter.desk.approve(request.id, BOB)
    worker.run_until_idle()
    for kind in names:
        assert waiting[kind, 0] == waiting[kind, 1], kind
        told = [[(m.template, sorted(m.values)) for m in counter.mails if m.to == mails[kind, n]] for n in (0, 1)]
        assert told[0] == told[1], kind
        assert told[0][-1][0] == "nothing-held"
        assert [state_of(counter, asked[kind, n]) for n in (0, 1)] == ["done", "done"]


def test_an_erasure_takes_what_was_named_and_is_theirs_and_leaves_the_rest(counter, worker, firm):
    request = ask_naming(counter, "erasure", ("cookie", "ck-77aa55"), ("ip", f"198.51.100.3 {OURS}"))
    worker.run_until_idle()
    for named in named_of(counter, request):
        counter.desk.decide_named(request.id, named.number, True, "the provider's bill names them", BOB)
    worker.run_until_idle()
    planned = {(t, a): n for one in counter.desk.case(request.id, BOB, "officer").previews for t, a, n in one.planned}
    assert planned["public.web_sessions", "delete"] == 1
    counter.desk.approve(request.id, BEA)
    worker.run_until_idle()
    assert state_of(counter, request) == "done", counter.desk.stores(request.id)
    assert rows_of(firm, "SELECT id FROM web_sessions") == [(2,)]
    addresses = dict(rows_of(firm, "SELECT id, remote_ip FROM traffic"))
    assert {addresses[4], addresses[5]}.isdisjoint({"198.51.100.3"})
    assert (addresses[1], addresses[2], addresses[3]) == ("198.51.100.1", "198.51.100.2", "198.51.100.2")
    bobs = rows_of(firm, "SELECT person_id, local_ip, remote_email, bytes FROM traffic WHERE id = 5")
    assert bobs == [(2, "192.0.2.20", "bob@quarry.example", 50)]
    assert rows_of(firm, "SELECT count(*) FROM people") == [(5,)]


def test_a_number_that_stands_in_the_askers_own_row_needs_nobodys_word(counter, worker):
    request = ask_naming(counter, "access", ("phone", "07700 900777"), mail="vera@visit.example")
    worker.run_until_idle()
    assert (state_of(counter, request), counter.mails[-1].template) == ("done", "answer-ready")


def test_a_verdict_needs_a_reason_and_something_that_was_named_and_a_later_no_takes_a_yes_back(counter, worker):
    request = ask_naming(counter, "access", ("cookie", "ck-77aa55"))
    worker.run_until_idle()
    for number, reason, code in ((2, " ", "rights.bad-request"), (9, "seen", "rights.no-such-match")):
        with pytest.raises(RightsError) as caught:
            counter.desk.decide_named(request.id, number, True, reason, BOB)
        assert caught.value.codes == (code,)
    counter.desk.decide_named(request.id, 2, True, "looked like it", BOB)
    counter.later(minutes=5)
    counter.desk.decide_named(request.id, 2, False, "it was not", BEA)
    counter.desk.approve(request.id, BOB)
    worker.run_until_idle()
    assert counter.mails[-1].template == "nothing-held"


def test_what_cannot_be_looked_for_is_refused_when_it_is_asked(counter):
    wrong = (
        ("ip", "192.0.2.7"),
        ("ip", f"not-an-address {OURS}"),
        ("ip", "192.0.2.7 2026-01-02T00:00Z/2026-01-01T00:00Z"),
        ("ip", "192.0.2.7 2026-01-01T00:00/2026-01-02T00:00"),
        ("shoe size", "43"),
        ("cookie", " "),
    )
    for named in wrong:
        with pytest.raises(RightsError) as caught:
            counter.ask("access", contact=Contact(NEW, identifiers=(named,)))
        assert (named, caught.value.codes) == (named, ("rights.bad-request",))
        assert "43" not in str(caught.value)
        assert "192.0.2.7" not in str(caught.value)
    assert counter.desk.queue() == []
