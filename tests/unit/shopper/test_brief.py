"""shopper.yaml: every mistake at once, and no way in whose effects nobody declared."""

import pytest

from avow.errors import ControlError
from avow.policy.shows import DUTY_SHOWS, RIGHT_SHOWS
from avow.prove.shopper import VISITS, read_brief
from avow.prove.shopper.running import all_shown

STORES = {"main": ("catalogue", "trial", "canary"), "quiet": ("catalogue",)}
WHOLE = """
intakes:
  order:
    store: main
    recognised_by: "addresses in example.test"
    effects: {mail: none, invoice: harmless, webhook: sink}
    rows: {public.people: {kind: private}}
"""


def write(tmp_path, text):
    (tmp_path / "shopper.yaml").write_text(text, encoding="utf-8")
    return tmp_path


def test_a_brief_says_how_a_synthetic_person_comes_in(tmp_path):
    brief = read_brief(write(tmp_path, WHOLE), STORES)
    assert [(i.name, i.store, dict(i.rows)) for i in brief.intakes] == [
        ("order", "main", {"public.people": {"kind": "private"}})
    ]
    assert (brief.jurisdictions, brief.audience) == (("uk",), ("marketing",))


def test_without_a_brief_nothing_starts(tmp_path):
    with pytest.raises(ControlError) as raised:
        read_brief(tmp_path, STORES)
    assert raised.value.codes == ("shopper.no-brief",)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (
            ("effects: {mail: none, invoice: harmless, webhook: sink}\n", "effects: {mail: none}\n"),
            "shopper.effects-undeclared",
        ),
        (("    effects: {mail: none, invoice: harmless, webhook: sink}\n", ""), "shopper.effects-undeclared"),
        (("mail: none", "mail: customers"), "shopper.effects-undeclared"),
        (("store: main", "store: nowhere"), "shopper.unknown-store"),
        (("store: main", "store: quiet"), "shopper.no-consent"),
        (("recognised_by", "recognized_by"), "yaml.unknown-key"),
        (("intakes:", "at: noon\nintakes:"), "shopper.bad-hour"),
    ],
)
def test_what_would_reach_a_real_person_is_refused(tmp_path, change, code):
    with pytest.raises(ControlError) as raised:
        read_brief(write(tmp_path, WHOLE.replace(*change)), STORES)
    assert code in raised.value.codes


def test_all_mistakes_are_told_at_once(tmp_path):
    text = WHOLE.replace("store: main", "store: quiet").replace("mail: none", "mail: customers")
    with pytest.raises(ControlError) as raised:
        read_brief(write(tmp_path, text), STORES)
    assert len(raised.value.diagnostics) == 2
    assert all(d.place.line for d in raised.value.diagnostics)


def test_every_aspect_of_every_right_has_a_visit():
    assert {name: set(aspects) for name, aspects in {**RIGHT_SHOWS, **DUTY_SHOWS}.items()} == all_shown(VISITS)
