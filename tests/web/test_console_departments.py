"""Staff see what their department may: a value of another department's category stands nowhere on a page, and is counted."""

from __future__ import annotations

from itertools import count
from uuid import uuid4

import psycopg
from console_steps import enter, finish_tasks, make_sure
from following import follow
from pages import find_barriers

PERSON = count(150)


def look_as(site, page, department, reference, part="person/"):
    """Signs a case worker of a department in and opens a page of the case; gives its status and its HTML."""
    page.context.clear_cookies()
    colleague = site.make_staff("case_worker", departments=[department])
    site.sign_in_staff(page, colleague)
    status = page.goto(f"{site.console}/cases/{reference}/{part}").status
    return status, page.content()


def test_a_value_of_another_departments_category_is_nowhere_on_the_page(site, page):
    person = next(PERSON)
    site.sign_in_staff(page, site.make_staff("case_worker"))
    reference = enter(site, page, "access", person)
    make_sure(site, page, reference)
    site.work()
    finish_tasks(site, page, reference)
    site.work()
    address, ticket, total = f"person{person}@customer.example", "my lantern flickers", f"{person * 10}.00"

    page.goto(f"{site.console}/cases/{reference}/person/")
    whole = page.content()
    assert all(text in whole for text in (address, ticket, total, "please do what the law says"))

    _, finance = look_as(site, page, "internal.finance", reference)
    assert total in finance
    assert not any(text in finance for text in (address, ticket, f"Person {person}", "please do what the law says"))
    section = page.get_by_role("region", name="Not for your department")
    assert section.get_by_text("e-mail address").is_visible()
    assert find_barriers(page) == []

    _, support = look_as(site, page, "internal.support", reference)
    assert address in support
    assert ticket in support
    assert total not in support
    assert f"+44 7700 900{person}" not in support  # no promise lets support use telephone numbers

    officer = site.make_staff("privacy_officer")
    for part in ("answer/", "answer/index.html", "document/"):
        status, html = look_as(site, page, "internal.support", reference, part)
        assert (status, address in html, total in html) == (403, False, False)
        assert page.get_by_text(officer.email).is_visible()

    page.context.clear_cookies()
    site.sign_in_staff(page, officer)
    page.goto(f"{site.console}/looks/")
    assert page.get_by_role("row").filter(has_text=reference).filter(has_text="finance").count() >= 1


def test_what_was_found_by_hand_stands_nowhere_but_in_the_sealed_evidence(site, page):
    person = next(PERSON)
    site.sign_in_staff(page, site.make_staff("case_worker"))
    reference = enter(site, page, "access", person)
    task, found = uuid4(), f"mail of 3 May: Person {person}, +44 7700 900{person}"
    with psycopg.connect(site.dsn, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO control.task (id, company, request, store, step, owner, due_at)"
            " SELECT %s, company, id, 'mailbox', 'change', 'Post', now() FROM control.request WHERE reference = %s",
            (task, reference),
        )
    page.goto(f"{site.console}/tasks/{task}/")
    page.get_by_label("done", exact=True).check()
    page.get_by_label("Evidence").fill(found)
    follow(page.get_by_role("button", name="Finish the task"))
    page.goto(f"{site.console}/tasks/{task}/")
    assert found in page.content()  # the privacy office reads it, and that look is recorded
    for role, departments in (("auditor", []), ("case_worker", ["internal.finance"])):
        page.context.clear_cookies()
        site.sign_in_staff(page, site.make_staff(role, departments=departments))
        for place in (f"tasks/{task}/", f"cases/{reference}/"):
            assert page.goto(f"{site.console}/{place}").status == 200
            assert "mail of 3 May" not in page.content()
    with psycopg.connect(site.dsn) as connection:
        (outcome,) = connection.execute("SELECT outcome FROM control.task WHERE id = %s", (task,)).fetchone()
    assert outcome == "done"


def test_a_department_decides_nothing_that_it_does_not_see(site, page):
    person = next(PERSON)
    site.sign_in_staff(page, site.make_staff("case_worker"))
    reference = enter(site, page, "access", person)
    make_sure(site, page, reference)
    site.work()
    finish_tasks(site, page, reference)
    look_as(site, page, "internal.finance", reference)
    token = page.locator("input[name=csrfmiddlewaretoken]").first.input_value()
    hidden = {"store": "main", "table": "public.tickets", "row": str(person), "column": "body", "decision": "show"}
    said = page.context.request.post(
        f"{site.console}/cases/{reference}/mask/",
        form=hidden | {"csrfmiddlewaretoken": token},
        headers={"Origin": site.console},
    ).text()
    assert "this shows values that are not for your department" in said
    with psycopg.connect(site.dsn) as connection:
        query = "SELECT count(*) FROM control.request_decision d JOIN control.request r ON r.id = d.request WHERE r.reference = %s"
        assert connection.execute(query, (reference,)).fetchone() == (0,)


def test_an_administrator_puts_a_colleague_into_a_department_and_the_change_is_on_record(site, page):
    worker = site.make_staff("case_worker")
    site.sign_in_staff(page, site.make_staff("administrator"))
    page.goto(f"{site.console}/staff/{worker.ref}/")
    page.get_by_label("Finance").check()
    follow(page.get_by_role("button", name="Set these rights"))
    assert page.get_by_role("row", name=worker.email).get_by_text("finance").is_visible()
    assert page.get_by_text(f"departments {worker.email}").is_visible()
