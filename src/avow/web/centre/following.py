"""What follows from a sign-in or a changed credential: the desk is told who the account is, and when it changed.

Nothing here decides anything; exports and erasures wait after a change because the desk says so.
"""

from __future__ import annotations

from typing import Any

from allauth.account import signals as account_signals
from allauth.mfa import signals as mfa_signals
from django.contrib.auth.signals import user_logged_in
from django.http import HttpRequest

from avow.web.accounts.models import User
from avow.web.centre.asker import bind_session, verified_email
from avow.web.counter import get_desk


def follow_accounts() -> None:
    """Connects the signals, once, when the centre starts."""
    user_logged_in.connect(_bind, dispatch_uid="avow-bind")
    account_signals.email_confirmed.connect(_bind_confirmed, dispatch_uid="avow-bind-confirmed")
    changes = (
        account_signals.password_changed,
        account_signals.password_reset,
        account_signals.email_changed,
        mfa_signals.authenticator_added,
        mfa_signals.authenticator_removed,
    )
    for signal in changes:
        signal.connect(_record_changed, dispatch_uid=f"avow-changed-{id(signal)}")


def _bind(sender: Any, request: HttpRequest, user: User, **rest: Any) -> None:
    email = verified_email(user)
    if email:
        bind_session(request, str(user.pk), get_desk().bind_account(str(user.pk), email))


def _bind_confirmed(sender: Any, request: HttpRequest, email_address: Any, **rest: Any) -> None:
    account = str(email_address.user_id)
    bind_session(request, account, get_desk().bind_account(account, email_address.email))


def _record_changed(sender: Any, request: HttpRequest, user: User, **rest: Any) -> None:
    get_desk().record_credentials_changed(str(user.pk))
