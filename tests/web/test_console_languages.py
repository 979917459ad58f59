"""Staff choose their language, and every page of the console speaks it: from the right in Arabic, with names as they are."""

from __future__ import annotations

from centre_flows import open_at_desk
from following import follow


def direction(page):
    html = page.locator("html")
    return html.get_attribute("lang"), html.get_attribute("dir")


def test_a_member_of_staff_changes_the_language_and_reads_the_queue_and_a_case(site, page):
    reference = open_at_desk(site, "complaint", "languages@elsewhere.example")
    site.sign_in_staff(page, site.make_staff("case_worker"))
    page.goto(f"{site.console}/queue/")
    assert direction(page) == ("en", "ltr")
    follow(page.get_by_role("button", name="العربية"))
    assert page.url == f"{site.console}/queue/"
    assert direction(page) == ("ar", "rtl")
    page.goto(f"{site.console}/queue/?kind=complaint")  # the first page of the whole queue may be full of others
    row = page.get_by_role("row").filter(has_text=reference)
    assert row.get_by_text("شكوى").is_visible()
    assert row.get_by_text("للمراجعة").is_visible()
    follow(row.get_by_role("link", name=reference))
    assert direction(page) == ("ar", "rtl")
    assert page.get_by_role("heading", name="المسار الزمني").is_visible()
    follow(page.get_by_role("button", name="تولّي هذه القضية"))
    assert page.get_by_text("أصبحت القضية قضيتك.").is_visible()
    assert page.locator(".timeline").get_by_text("أُسند").is_visible()
    follow(page.get_by_role("button", name="English"))
    assert direction(page) == ("en", "ltr")
    assert page.locator(".timeline").get_by_text("assigned").is_visible()


def test_a_form_says_what_is_wrong_in_the_language_of_the_page(site, page):
    site.sign_in_staff(page, site.make_staff("support"))
    page.goto(f"{site.console}/enter/")
    follow(page.get_by_role("button", name="العربية"))
    page.locator("input[value=letter]").check()
    page.locator("input[name=came_on]").fill("2126-01-12")
    page.locator("select[name=kind]").select_option("objection")
    follow(page.get_by_role("button", name="متابعة"))
    wrong = page.locator(".wrong").all_inner_texts()
    assert "لم يأتِ هذا اليوم بعد." in wrong
    assert "اذكر الاستخدامات المعنية. لوقف الإعلانات اختر التسويق." in wrong
    assert page.get_by_role("option", name="اعتراض").count() == 1


def test_what_is_refused_is_said_by_its_code(site, page):
    site.sign_in_staff(page, site.make_staff("administrator"))
    page.goto(f"{site.console}/staff/invite/")
    follow(page.get_by_role("button", name="العربية"))
    page.locator("input[name=email]").fill("both@lantern.example")
    for role in ("administrator", "case_worker"):
        page.locator(f"input[value={role}]").check()
    follow(page.get_by_role("button", name="إنشاء الرابط"))
    assert "لا يجوز لمسؤول الحسابات دور يرى القضايا" in page.locator(".wrong").inner_text()
