"""Passwords that can be guessed are refused; long ones are not too long."""

import pytest
from django.core.exceptions import ValidationError

from avow.web.accounts.strength import StrengthValidator


@pytest.mark.parametrize("password", ["password1234", "qwertyuiop12", "aaaaaaaaaaaaaaaa", "iloveyou2024"])
def test_a_guessable_password_is_refused(password):
    with pytest.raises(ValidationError) as refused:
        StrengthValidator().validate(password)
    assert refused.value.code == "password_guessable"


@pytest.mark.parametrize("password", ["lantern orbit walnut ferry", "x7!Lq" * 40])
def test_a_good_one_is_taken_however_long(password):
    assert StrengthValidator().validate(password) is None


def test_ones_own_address_is_no_password():
    class Somebody:
        email = "alice.hawthorne@customer.example"

    with pytest.raises(ValidationError):
        StrengthValidator().validate("alicehawthorne", Somebody())
