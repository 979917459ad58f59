"""The words of a page and of a version in one normal form, and the difference between two versions."""

import pytest

from avow.duties.notices.differences import Change, list_changes
from avow.duties.notices.words import compare_page, page_words, policy_words

TEXT = "# Privacy\n\nWe keep *nothing*\nabroad.\n\n- names\n- \u201cnumbers\u201d\n"
OWN = (
    '<main><h2>Aside</h2><div id="policy-text"><h1>Privacy</h1>'
    "<p><span>We keep nothing abroad.</span></p>{}</div><p>Ask us.</p></main>"
)
LIST = '<p class="item">names</p><p>"numbers"</p>'


def test_a_version_reads_as_people_read_it():
    assert policy_words(TEXT) == 'Privacy We keep nothing abroad. names "numbers"'


def test_our_page_shows_the_version_and_nothing_between_its_words():
    assert compare_page(TEXT, OWN.format(LIST), own=True).same
    assert not compare_page(TEXT, OWN.format(LIST + "<p>And more.</p>"), own=True).same


def test_a_page_of_another_website_shows_it_in_one_piece_among_other_things():
    policy = f"<h1>Privacy</h1><p>We keep <b>nothing</b> abroad.</p>{LIST}"
    page = f"<header>Shop</header><style>p {{}}</style>{policy}<footer>Acme</footer>"
    assert compare_page(TEXT, page, own=False).same
    assert not compare_page(TEXT, page.replace("</h1>", "</h1><p>Or so.</p>"), own=False).same


@pytest.mark.parametrize(
    ("page", "said"),
    [
        (OWN.format("<p>names</p>"), "where the page says \u201cabroad. names\u201d"),
        (OWN.format(LIST).replace("nothing", "little"), "We keep little abroad"),
        ("<p>Not here</p>", "where the page says"),
    ],
)
def test_where_they_part_is_told(page, said):
    assert said in compare_page(TEXT, page, own=True).difference


def test_what_nobody_sees_is_no_word_of_a_page():
    assert page_words("<head><title>x</title></head><script>y</script><p>seen<br>twice</p>") == "seen twice"


def test_what_follows_the_article_is_beside_it():
    assert page_words('<div><div id="a"><p>in<div>deep</div></p></div><p>out</p></div>', "a") == "in deep"


def test_a_difference_names_what_came_what_went_and_what_is_put_otherwise():
    before = ["We keep it in the UK only.", "We send letters."]
    after = ["We keep it in the UK and in France.", "We count visits."]
    assert list(list_changes(before, after)) == [
        Change("reworded", before[0], after[0]),
        Change("added", "", after[1]),
        Change("removed", before[1], ""),
    ]
