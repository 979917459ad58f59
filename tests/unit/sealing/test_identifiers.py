"""The same address in different clothes has one form; the list of spellings misses none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avow.sealing import Digester, normalise, spellings


@pytest.mark.parametrize(
    ("kind", "value", "form"),
    [
        ("email", "  Alice@Example.COM\n", "alice@example.com"),
        ("email", "\uff21lice@example.com", "alice@example.com"),  # a full-width A
        ("email", "ÄRGER@example.com", "Ärger@example.com"),
        ("email", "   ", ""),
        ("phone", "+44 (0)20 7946-0018", "+442079460018"),
        ("phone", "0044 20 7946 0018", "+442079460018"),
        ("phone", "020 7946 0018", "02079460018"),
        ("phone", "tel. none", ""),
        ("phone", "+", ""),
        ("phone", "00", "00"),
        ("customer_number", " C-42 ", "C-42"),
        ("cookie", "AbC", "AbC"),
    ],
)
def test_the_normal_form_is_the_documented_one(kind: str, value: str, form: str):
    assert normalise(kind, value) == form


@given(st.sampled_from(["email", "phone", "customer_number", "ip"]), st.text())
def test_normalising_twice_changes_nothing(kind: str, value: str):
    assert normalise(kind, normalise(kind, value)) == normalise(kind, value)


@pytest.mark.parametrize(
    "stored",
    [
        "020 7946 0018",
        "+442079460018",
        "442079460018",
        "0044 20 7946 0018",
        "+44 (0)20 7946 0018",
        "2079460018",
        "+44 020 7946 0018",
    ],
)
def test_a_british_number_is_found_however_a_british_company_stored_it(stored: str):
    assert normalise("phone", stored) in spellings("phone", "+44 20 7946 0018", region="GB")
    assert normalise("phone", stored) in spellings("phone", "020 7946 0018", region="GB")


def test_a_number_of_another_country_gets_no_national_spelling():
    assert "12025550143" in spellings("phone", "+1 202-555-0143", region="GB")
    assert "2025550143" not in spellings("phone", "+1 202-555-0143", region="GB")


def test_a_domain_is_found_in_letters_and_as_ascii():
    for asked in ("Joerg@MÜLLER.example", "joerg@xn--mller-kva.example"):
        forms = spellings("email", asked)
        assert {"joerg@müller.example", "joerg@xn--mller-kva.example"} <= set(forms)


def test_an_ip_address_is_found_short_and_long():
    assert "2001:db8::1" in spellings("ip", "2001:0db8:0000:0000:0000:0000:0000:0001")
    assert spellings("ip", "192.0.2.1") == ("192.0.2.1",)


@pytest.mark.parametrize("kind", ["email", "phone", "ip", "cookie"])
def test_an_empty_value_has_no_spelling_and_no_digest(kind: str):
    assert spellings(kind, "  ") == ()
    assert Digester(b"k" * 32).digests(kind, "  ") == ()


@given(st.sampled_from(["email", "phone", "ip"]), st.text())
def test_any_text_at_all_can_be_spelled(kind: str, value: str):
    forms = spellings(kind, value, region="GB")
    assert forms[:1] == ((normalise(kind, value),) if normalise(kind, value) else ())


def test_digests_depend_on_key_kind_and_form_alone():
    one = Digester(b"k" * 32)
    assert one.digest("email", "Alice@example.com") == one.digest("email", "alice@EXAMPLE.com")
    assert one.digest("email", "42") != one.digest("cookie", "42")
    assert one.digest("email", "a@b.c") != Digester(b"j" * 32).digest("email", "a@b.c")
    assert len(one.digest("email", "a@b.c")) == 32
