"""Alice comes from the company's own portal by a signed link; Charlie tries to come as Alice."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlencode

import psycopg
import pytest
from centre_flows import answer_about, choose_kind, press, read_reference, state_of

from avow.web.centre.links import sign_link

ROOT = Path(__file__).parents[2]
_nonces = iter(range(10**9))


def make_link(site, subject, lives=60, key=None, centre=None):
    expires, nonce = int(time.time()) + lives, f"nonce-of-the-tests-{next(_nonces)}"
    signature = sign_link(key or site.environ["AVOW_PORTAL_KEY"], centre or site.centre, subject, expires, nonce)
    query = {"subject": subject, "expires": expires, "nonce": nonce, "signature": signature}
    return f"{site.centre}/sign-on/?{urlencode(query)}"


def is_signed_in(page, site):
    page.goto(site.centre)
    return page.get_by_role("button", name="Sign out").is_visible()


def test_a_link_signs_in_once(site, page, another_page):
    link = make_link(site, "11")
    page.goto(link)
    press(page, "Continue")
    assert is_signed_in(page, site)
    another_page.goto(link)
    press(another_page, "Continue")
    assert another_page.get_by_role("heading", name="This link no longer works").is_visible()
    assert not is_signed_in(another_page, site)


def test_following_a_link_without_pressing_uses_nothing_up(site, plain_page):
    link = make_link(site, "12")
    for _ in range(2):
        plain_page.goto(link)
    assert not is_signed_in(plain_page, site)
    plain_page.goto(link)
    press(plain_page, "Continue")
    assert is_signed_in(plain_page, site)


@pytest.mark.parametrize("how", ["subject", "key", "another centre", "expired", "too long"])
def test_a_link_that_is_not_as_it_was_signed_is_refused(site, page, how):
    link = {
        "subject": make_link(site, "13").replace("subject=13", "subject=14"),
        "key": make_link(site, "13", key="another key that somebody made up"),
        "another centre": make_link(site, "13", centre="https://privacy.other.test"),
        "expired": make_link(site, "13", lives=-1),
        "too long": make_link(site, "13", lives=3_600),
    }[how]
    answer = page.goto(link)
    assert answer is not None
    assert answer.status == 403
    assert not is_signed_in(page, site)


def test_the_program_of_the_portal_makes_links_that_work(site, page):
    program = ROOT / "examples/cloudsentric/company/app/privacy_link.php"
    made = subprocess.run(
        ["php", str(program), site.centre, "15"],
        env=site.environ,
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    page.goto(made.stdout.strip())
    press(page, "Continue")
    assert is_signed_in(page, site)


DEMO = (
    "import sys, demo; from pathlib import Path; demo.leave_out_others(); demo.print_sign_on(Path(sys.argv[1]), '17')"
)


def test_a_link_of_the_demo_is_refused_by_every_other_company_also_where_its_shell_holds_their_key(
    site, page, tmp_path
):
    (tmp_path / "avow.toml").write_bytes((site.project / "avow.toml").read_bytes())
    (tmp_path / "avow.env").write_text("AVOW_PORTAL_KEY=made-up-by-the-demo-for-itself\n", encoding="utf-8")
    (tmp_path / "avow.env").chmod(0o600)
    made = subprocess.run(
        [sys.executable, "-c", DEMO, str(tmp_path)],
        cwd=ROOT / "examples",
        env=site.environ,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    link = made.stdout.strip()
    assert link.startswith(f"{site.centre}/sign-on/?subject=17&")
    answer = page.goto(link)
    assert answer is not None
    assert answer.status == 403
    assert not is_signed_in(page, site)


def test_whoever_comes_by_link_is_the_person_of_the_portals_key(site, page):
    page.goto(make_link(site, "16"))
    press(page, "Continue")
    choose_kind(page, site, "access")
    answer_about(page, "access")
    press(page, "Send")
    reference = read_reference(page)
    with psycopg.connect(site.dsn) as connection:
        found = connection.execute(
            "SELECT k.store, k.table_name FROM control.request r JOIN control.subject_key k ON k.subject = r.subject "
            "WHERE r.reference = %s",
            (reference,),
        ).fetchall()
    assert ("main", "public.people") in found
    assert state_of(site, reference) == "finding"


def test_the_portals_key_for_a_person_is_not_kept_in_the_clear(site, page):
    page.goto(make_link(site, "77001177"))
    press(page, "Continue")
    with psycopg.connect(site.dsn) as connection:
        rows = connection.execute(
            "SELECT p::text, u::text FROM centre.centre_portalperson p JOIN centre.accounts_user u ON u.id = p.user_id"
        ).fetchall()
    assert rows
    assert "77001177" not in str(rows)
