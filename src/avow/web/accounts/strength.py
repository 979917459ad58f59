"""Refuses passwords that can be guessed: zxcvbn's estimate, from the words a person would try first.

Only the first 72 characters are looked at: the estimator refuses longer ones, and a longer password is not weaker.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.functional import Promise as LazyText
from django.utils.translation import gettext_lazy as _
from zxcvbn import zxcvbn

LEAST = 3  # of 4: "safely unguessable: moderate protection from offline slow-hash scenario"
LONGEST = 72


class StrengthValidator:
    """Raises ValidationError for a password below the third of zxcvbn's levels."""

    def validate(self, password: str, user: Any = None) -> None:
        known = [part for part in str(getattr(user, "email", "") or "").replace("@", ".").split(".") if part]
        if zxcvbn(password[:LONGEST], user_inputs=known)["score"] < LEAST:
            raise ValidationError(
                _("This password can be guessed. Four unrelated words make a good one."), code="password_guessable"
            )

    def get_help_text(self) -> LazyText:
        return _("At least 12 characters. Four unrelated words make a good password; you may paste it.")
