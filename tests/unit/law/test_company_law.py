"""The laws as a company writes them in avow.toml."""

from dataclasses import replace
from pathlib import Path

import pytest

from avow.app.jurisdictions import read_law
from avow.errors import LawError
from avow.settings import LawSettings, load_settings

TEXT = '[company]\nname = "acme"\n[policy]\nin_force = "2026-01"\n[centre]\njurisdiction = "uk"\njurisdictions = ["california"]\n'


@pytest.fixture
def settings(tmp_path: Path):
    (tmp_path / "avow.toml").write_text(TEXT, encoding="utf-8")
    return load_settings(tmp_path, {})


def test_without_a_word_about_law_the_centres_jurisdictions_hold(settings):
    law = read_law(settings)
    assert (law.default, sorted(law.profiles)) == ("uk", ["california", "uk"])


def test_what_the_centre_offers_is_always_among_the_laws(settings):
    law = read_law(replace(settings, law=LawSettings(default="eu", profiles=("india",))))
    assert (law.default, sorted(law.profiles)) == ("eu", ["california", "eu", "india", "uk"])


@pytest.mark.parametrize(
    ("amount", "currency", "code"),
    [
        ("twenty", "USD", "law.bad-fee"),
        ("20.00", "", "law.bad-fee"),
        ("20.00", "USD", "law.fee-forbidden"),
    ],
)
def test_a_fee_that_cannot_be_is_refused(settings, amount: str, currency: str, code: str):
    with pytest.raises(LawError) as caught:
        read_law(replace(settings, law=LawSettings(fee_amount=amount, fee_currency=currency)))
    assert code in caught.value.codes
