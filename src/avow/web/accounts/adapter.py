"""What Avow decides about accounts where allauth asks: who may sign up, and what a mail may say.

Refuses sign-up on the console: its accounts are made by invitation.
"""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no type information
    """One adapter for both desks; the process says which of the two it is."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return bool(settings.AVOW.desk.name == "centre")

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Names the company where allauth would name a site; texts stand in templates/account/email/."""
        super().send_mail(template_prefix, email, {**context, "company": settings.AVOW.company})
