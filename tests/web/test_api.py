"""The API as a program meets it: one shape of errors, calls that are repeated once, limits, examples that run."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from test_console_permissions import call, make_token

from avow.app.roles import SCOPES
from avow.control.duty_reviews import KINDS as REVIEWS
from avow.control.session import Session
from avow.control.vault import record_document
from avow.sealing import open_company_keys

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "api.md"
ALICE = "alice@customer.example"
DUTIES = ("reviews", "vault", "retention", "places", "notices")


@pytest.fixture(scope="module")
def token(site):
    return make_token(site, *SCOPES)


def ask(site, token, email=None, **more):
    body = {"kind": "access", "contact": {"email": email or f"{uuid4().hex[:8]}@customer.example"}, **more}
    return call(site, "POST", "/api/requests", token, body)


def lower(headers):
    return {name.lower(): value for name, value in headers.items()}


def raw(site, method, path, token, data=b"", **headers):
    import urllib.error
    import urllib.request

    given_headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", **headers}
    asked = urllib.request.Request(f"{site.console}{path}", data or None, given_headers, method=method)
    try:
        with urllib.request.urlopen(asked) as answer:
            return answer.status, lower(answer.headers), answer.read()
    except urllib.error.HTTPError as error:
        return error.code, lower(error.headers), error.read()


def test_the_description_is_openapi_3_1_and_open_to_read(site):
    status, body = call(site, "GET", "/api/openapi.json")
    assert status == 200
    assert body["openapi"].startswith("3.1")
    assert {"/api/requests", "/api/screen", "/api/verdicts", "/api/webhooks"} <= set(body["paths"])


def test_the_reference_page_is_what_the_api_says_of_itself():
    import subprocess
    import sys

    code = "from avow.web.api.reference import api_page; print(api_page(), end='')"
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert PAGE.read_text(encoding="utf-8") == made, "run `python -m avow.web.api.reference docs/reference`"


def test_the_examples_of_the_reference_page_run(site, token):
    text = PAGE.read_text(encoding="utf-8").replace(" \\\n", " ")
    examples = re.findall(r"curl -X (\w+) \"\$AVOW(\S+)\"[^\n]*?(?:-d '(.*)')?$", text, re.M)
    assert len(examples) >= 6
    for method, path, data in examples:
        status, body = call(site, method, path, token, json.loads(data) if data else None)
        assert status in (200, 201), (method, path, body)


def test_a_request_is_opened_read_and_withdrawn_and_its_contact_is_not_given_back(site, token):
    status, made = ask(site, token, ALICE, wish={"text": "what do you hold about my lantern"})
    assert status == 201
    assert made["due_source"]
    where = f"/api/requests/{made['reference']}"
    assert call(site, "GET", where, token)[1]["state"] == made["state"]
    names = [event["name"] for event in call(site, "GET", f"{where}/timeline", token)[1]["items"]]
    assert names[0] == "received"
    assert call(site, "POST", f"{where}/messages", token, {"text": "please hurry"})[0] == 201
    assert call(site, "GET", f"{where}/messages", token)[1]["items"][0]["text"] == "please hurry"
    everything = json.dumps([call(site, "GET", where, token), call(site, "GET", f"{where}/timeline", token)])
    assert "alice" not in everything
    assert "lantern" not in everything
    assert call(site, "POST", f"{where}/withdraw", token)[1]["state"] == "withdrawn"
    status, problem = call(site, "POST", f"{where}/withdraw", token)
    assert (status, set(problem)) == (409, {"code", "cause", "help", "findings"})


def test_the_answer_is_the_same_whether_or_not_the_person_is_known(site, token):
    with_account = site.make_account("centre")
    known, unknown = (ask(site, token, email)[1] for email in (with_account, "nobody@nowhere.example"))
    same = set(known) - {"reference", "received_at", "due_at"}
    assert {key: known[key] for key in same} == {key: unknown[key] for key in same}


def test_a_repeated_call_opens_one_request_and_gets_the_first_answer(site, token):
    key = str(uuid4())
    body = json.dumps({"kind": "question", "contact": {"email": "charlie@nowhere.example"}, "wish": {"text": "why"}})
    first = raw(site, "POST", "/api/requests", token, body.encode(), **{"Idempotency-Key": key})
    again = raw(site, "POST", "/api/requests", token, body.encode(), **{"Idempotency-Key": key})
    assert (first[0], json.loads(first[2])) == (again[0], json.loads(again[2]))
    assert again[1]["idempotency-replayed"] == "true"
    other = raw(site, "POST", "/api/requests", token, body.replace("why", "how").encode(), **{"Idempotency-Key": key})
    assert (other[0], json.loads(other[2])["code"]) == (409, "api.key-reused")


def test_a_refused_call_leaves_its_key_free(site, token):
    key = str(uuid4())
    assert raw(site, "POST", "/api/requests", token, b'{"kind": "x"}', **{"Idempotency-Key": key})[0] == 422
    body = b'{"kind": "question", "contact": {"email": "dana@nowhere.example"}, "wish": {"text": "why"}}'
    assert raw(site, "POST", "/api/requests", token, body, **{"Idempotency-Key": key})[0] == 201


def test_a_token_that_calls_too_often_is_told_to_wait(site):
    token = make_token(site, "verdicts:read")
    call(site, "GET", "/api/verdicts", token)
    with psycopg.connect(site.dsn) as connection:
        connection.execute(
            "UPDATE control.api_rate SET calls = 600 "
            "WHERE client = (SELECT id FROM control.api_client ORDER BY made_at DESC LIMIT 1)"
        )
    status, headers, body = raw(site, "GET", "/api/verdicts", token)
    assert (status, json.loads(body)["code"]) == (429, "api.rate-limited")
    assert 0 < int(headers["retry-after"]) <= 60


@pytest.mark.parametrize(
    ("method", "path", "data", "status", "code"),
    [
        ("GET", "/api/nothing", b"", 404, "api.not-found"),
        ("PUT", "/api/requests", b"{}", 405, "api.bad-method"),
        ("POST", "/api/requests", b"{", 400, "api.bad-json"),
        ("POST", "/api/requests", b'{"kind": "access"}', 422, "api.bad-input"),
        ("GET", "/api/requests/AV-0000-0000", b"", 404, "api.not-found"),
        ("GET", "/api/requests?limit=0", b"", 422, "api.bad-input"),
    ],
)
def test_everything_that_goes_wrong_comes_in_one_shape(site, token, method, path, data, status, code):
    got, _, body = raw(site, method, path, token, data)
    problem = json.loads(body)
    assert (got, problem["code"], set(problem)) == (status, code, {"code", "cause", "help", "findings"})


def test_a_wrong_value_is_named_by_its_place_and_never_repeated(site, token):
    body = {"kind": "access", "contact": {"email": "not an address of alice"}}
    status, problem = call(site, "POST", "/api/requests", token, body)
    assert status == 422
    assert any("contact.email" in finding for finding in problem["findings"])
    assert "alice" not in json.dumps(problem)


def test_lists_go_on_page_by_page(site, token):
    for _ in range(3):
        ask(site, token)
    seen, after = [], ""
    while after is not None:
        page = call(site, "GET", f"/api/requests?limit=2&after={after}", token)[1]
        seen += [item["reference"] for item in page["items"]]
        after = page["next"]
    assert len(seen) == len(set(seen)) >= 3


def test_an_objection_screens_every_later_import_and_only_counts_are_kept(site, token):
    email = f"{uuid4().hex[:8]}@customer.example"
    choice = {"kind": "objection", "contact": {"email": email}, "purposes": ["marketing.own"]}
    assert call(site, "POST", "/api/choices", token, choice)[0] == 201
    site.work()
    values = [{"kind": "email", "value": email.upper()}, {"kind": "email", "value": "charlie@nowhere.example"}]
    status, found = call(site, "POST", "/api/screen", token, {"values": values, "purpose": "marketing.own"})
    assert status == 200
    assert [item["allowed"] for item in found["items"]] == [False, True]
    assert found["items"][0]["reasons"] == ["objected:marketing.own"]
    other = call(site, "POST", "/api/screen", token, {"values": values, "purpose": "billing.invoice"})[1]
    assert other["refused"] == 0
    with psycopg.connect(site.dsn) as connection:
        rows = connection.execute("SELECT * FROM control.import_screening ORDER BY id").fetchall()
    assert [row[-2:] for row in rows[-2:]] == [(2, 1), (2, 0)]
    assert email not in str(rows)


def test_a_client_sees_and_ends_its_own_webhooks_alone(site, token):
    made = call(site, "POST", "/api/webhooks", token, {"url": "https://shop.example/hooks", "events": ["done"]})[1]
    assert len(made["secret"]) == 64
    mine, other = call(site, "GET", "/api/webhooks", token)[1], make_token(site, "webhooks")
    assert made["id"] in {item["id"] for item in mine["items"]}
    assert "secret" not in mine["items"][0]
    assert call(site, "GET", "/api/webhooks", other)[1]["items"] == []
    assert call(site, "DELETE", f"/api/webhooks/{made['id']}", other)[0] == 404
    assert call(site, "DELETE", f"/api/webhooks/{made['id']}", token)[0] == 204
    assert call(site, "POST", "/api/webhooks", token, {"url": "https://a.example/", "events": ["x"]})[1]["code"] == (
        "api.unknown-event"
    )
    with psycopg.connect(site.dsn) as connection:
        assert made["secret"] not in str(connection.execute("SELECT * FROM control.webhook").fetchall())


def test_a_case_is_asked_for_by_call_and_only_where_it_stands_is_told(site, token):
    body = {"kind": "complaint", "facts": {"complaint": "the lantern of Alice is scanned"}}
    status, made = call(site, "POST", "/api/cases", token, body)
    assert (status, made["state"], made["lying"]) == (201, "open", False)
    waits = {"kind": "merger", "facts": {"parties": "Example plc", "notice": "by mail"}}
    assert call(site, "POST", "/api/cases", token, waits)[1]["state"] == "requested"  # a person approves it
    listed = call(site, "GET", "/api/cases", token)[1]["items"]
    assert {made["id"]} <= {one["id"] for one in listed}
    assert "Alice" not in str(listed) + str(call(site, "GET", f"/api/cases/{made['id']}", token))
    assert call(site, "GET", f"/api/cases/{uuid4()}", token)[0] == 404
    status, problem = call(site, "POST", "/api/cases", token, {"kind": "merger", "facts": {"reason": "y"}})
    assert (status, problem["code"], len(problem["findings"])) == (409, "cases.fact-missing", 2)
    assert call(site, "POST", "/api/cases", make_token(site, "duties:read"), body)[0] == 403


def test_a_breach_is_told_with_its_clocks_and_without_its_words(site, token):
    noticed = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M")
    case = {"kind": "breach", "facts": {"what": "a disk of Example Street was lost", "noticed": noticed}}
    made = call(site, "POST", "/api/cases", token, case)[1]
    status, told = call(site, "GET", "/api/breaches", token)
    (mine,) = [one for one in told["items"] if one["case"] == made["id"]]
    assert (status, mine["people"], mine["unwritten"]) == (200, None, 0)
    assert {clock["to"] for clock in mine["clocks"]} >= {"authority"}
    assert "Example Street" not in str(told)


def test_where_the_duties_stand_is_told_by_call(site, token):
    today = datetime.now(UTC).date()
    with psycopg.connect(site.dsn) as connection:
        keys = open_company_keys(site.project / ".avow" / "seal.key")
        session = Session(connection, "Lantern Hosting", keys, datetime.now(UTC), uuid4)
        valid = (today - timedelta(days=9), today - timedelta(days=1))
        record_document(session, "attestation", "training", "bob", b"Example words", valid, "bob")
    told = {path: call(site, "GET", f"/api/{path}", token)[1] for path in DUTIES}
    assert {one["kind"] for one in told["reviews"]["due"]} == set(REVIEWS)
    assert [(one["name"], one["holds"]) for one in told["vault"]["items"]] == [("training", False)]  # its time is over
    assert "Example words" not in str(told["vault"])
    assert {(one["what"], one["name"], one["state"]) for one in told["places"]["items"]} >= {
        ("store", "main", "inside")
    }
    assert told["retention"]["holds"] == 0
    assert set(told["notices"]) == {"items"}


@pytest.mark.parametrize("limit", [1, 2])
def test_cases_are_told_page_by_page(site, token, limit):
    for _ in range(3):
        call(site, "POST", "/api/cases", token, {"kind": "complaint", "facts": {"complaint": "a letter came twice"}})
    seen, after = [], ""
    while after is not None:
        page = call(site, "GET", f"/api/cases?kind=complaint&limit={limit}&after={after}", token)[1]
        assert len(page["items"]) <= limit
        seen += [item["id"] for item in page["items"]]
        after = page["next"]
    assert len(seen) == len(set(seen)) >= 3


def test_a_case_that_nobody_works_on_is_told_as_lying_by_itself_too(site, token):
    body = {"kind": "complaint", "facts": {"complaint": "nobody answers"}}
    made = call(site, "POST", "/api/cases", token, body)[1]
    with psycopg.connect(site.dsn) as connection:
        connection.execute(
            "UPDATE control.duty_case SET worked_at = worked_at - interval '2 years' WHERE id = %s", [made["id"]]
        )
    assert call(site, "GET", f"/api/cases/{made['id']}", token)[1]["lying"]
    listed = call(site, "GET", "/api/cases?limit=200", token)[1]["items"]
    assert [one["lying"] for one in listed if one["id"] == made["id"]] == [True]


def test_whatever_is_sent_the_answer_is_one_that_the_description_names(site):
    """schemathesis makes calls out of the description, wrong ones too, and compares each answer with it."""
    schema = schemathesis.openapi.from_url(f"{site.console}/api/openapi.json")
    tried = []
    for found in schema.get_all_operations():
        headers = {"Authorization": f"Bearer {make_token(site, *SCOPES)}"}  # each has its own limit of calls
        try_operation(found.ok(), headers, tried)
    assert len(tried) >= 100


def try_operation(operation, headers, tried):
    @settings(
        max_examples=12,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def run(case):
        tried.append(case.path)
        case.call_and_validate(headers=headers)

    run()
