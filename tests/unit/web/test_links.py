"""Sign-on links: genuine, in time, unchanged, or refused."""

from dataclasses import replace

import pytest

from avow.web.centre.links import LIVES, SKEW, Link, check_link, sign_link

CENTRE = "https://privacy.example.test"
KEY, NOW, NONCE = "a key of the portal and the centre", 1_800_000_000.5, "0123456789abcdef"


def make_link(subject="42", expires=int(NOW) + LIVES, nonce=NONCE, key=KEY, centre=CENTRE):
    return Link(subject, str(expires), nonce, sign_link(key, centre, subject, expires, nonce))


def test_a_fresh_link_is_genuine():
    assert check_link(make_link(), KEY, CENTRE, NOW)


@pytest.mark.parametrize("field", ["subject", "expires", "nonce", "signature"])
def test_a_link_in_which_anything_was_changed_is_refused(field):
    link = make_link()
    changed = {"subject": "43", "expires": str(int(NOW) + LIVES - 1), "nonce": "x" * 16, "signature": "0" * 64}[field]
    assert not check_link(replace(link, **{field: changed}), KEY, CENTRE, NOW)


def test_another_key_is_refused_and_so_is_no_key():
    assert not check_link(make_link(key="another key"), KEY, CENTRE, NOW)
    assert not check_link(make_link(key=""), "", CENTRE, NOW)


def test_a_link_that_has_expired_is_refused():
    assert check_link(make_link(expires=int(NOW) + 1), KEY, CENTRE, NOW)
    assert not check_link(make_link(expires=int(NOW)), KEY, CENTRE, NOW)


def test_the_portals_clock_may_be_a_little_ahead_and_no_more():
    assert check_link(make_link(expires=int(NOW) + LIVES + SKEW), KEY, CENTRE, NOW)
    assert not check_link(make_link(expires=int(NOW) + LIVES + SKEW + 1), KEY, CENTRE, NOW)


def test_fields_cannot_be_shifted_into_each_other():
    """The signature of subject 4 with a nonce that begins with a line feed is not one for another subject."""
    link = make_link(subject="4\n1800000060", nonce=NONCE)
    assert not check_link(link, KEY, CENTRE, NOW)


@pytest.mark.parametrize("expires", ["", "-1", "1e9", "٣", "x" * 300])
def test_a_date_that_is_no_number_is_refused(expires):
    assert not check_link(replace(make_link(), expires=expires), KEY, CENTRE, NOW)


def test_a_short_nonce_is_refused():
    assert not check_link(make_link(nonce="short"), KEY, CENTRE, NOW)


def test_a_link_for_one_centre_opens_no_other_one_with_the_same_key():
    link = make_link(centre=CENTRE + "/")
    assert check_link(link, KEY, CENTRE, NOW)
    assert not check_link(link, KEY, "https://privacy.other.test", NOW)
