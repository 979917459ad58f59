"""What staff do in the console, step by step: enter a request, make sure of a person, do its tasks by hand."""

from __future__ import annotations

from following import follow


def enter(site, page, kind, person, channel="letter", **more):
    """A request that came by letter (or another way) three days ago; gives its reference."""
    from datetime import UTC, datetime, timedelta

    page.goto(f"{site.console}/enter/")
    page.get_by_label(channel, exact=True).check()
    page.get_by_label("The day on which it came").fill((datetime.now(UTC) - timedelta(days=3)).date().isoformat())
    page.get_by_label("What they ask for").select_option(kind)
    page.get_by_label("Which law applies").select_option("eu")
    page.get_by_label("Their name").fill(f"Person {person}")
    page.get_by_label("Their e-mail address").fill(f"person{person}@customer.example")
    page.get_by_label("Their own words").fill("please do what the law says")
    for label, value in more.items():
        page.get_by_label(label).fill(value)
    follow(page.get_by_role("button", name="Continue"))
    assert page.get_by_text("Answer within").is_visible()
    follow(page.get_by_role("button", name="Enter the request"))
    return page.locator(".reference").inner_text()


def make_sure(site, page, reference):
    """A colleague who did not enter the request heard facts on the telephone: the identity is shown."""
    page.context.clear_cookies()
    site.sign_in_staff(page, site.make_staff("case_worker"))
    page.goto(f"{site.console}/cases/{reference}/person/")
    page.get_by_text("Identity: ask, or record").click()
    follow(page.get_by_role("button", name="They showed it"))
    assert page.get_by_text("Recorded: they showed who they are.").is_visible()


def hand_out(page):
    """Agrees to an answer; where it lacks a part that the law asks for, with the reason why it goes out like this."""
    if (why := page.get_by_label("Why it goes out although something is missing")).count():
        why.fill("the map of this company is small; the person was told")
    follow(page.get_by_role("button", name="Approve: hand it out"))


def state_of(page):
    return page.locator(".case-head .badge").first.inner_text()


def finish_tasks(site, page, reference):
    """Every task of the case, by hand, until the case has none."""
    while True:
        page.goto(f"{site.console}/tasks/")
        row = page.get_by_role("row").filter(has_text=reference)
        if not row.count():
            return
        follow(row.first.get_by_role("link").first)
        nothing = page.get_by_label("nothing about them stands there")
        (nothing if nothing.count() else page.get_by_label("done", exact=True)).check()
        page.get_by_label("Evidence").fill("searched the shared mailbox for the address: nothing there")
        follow(page.get_by_role("button", name="Finish the task"))
        site.work()


def answer_in_words(site, page, reference, answer, **more):
    """What a member of staff writes to somebody who complained or asked; it ends the case."""
    page.goto(f"{site.console}/cases/{reference}/person/")
    page.get_by_label("Answer to the person").fill(answer)
    for label, value in more.items():
        page.get_by_label(label).fill(value)
    follow(page.get_by_role("button", name="Answer and close"))
    assert state_of(page) == "done"
