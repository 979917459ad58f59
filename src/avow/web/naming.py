"""What somebody can be found by besides an address: the questions that the privacy centre and the console ask alike.

Refuses an address of the network without the time in which it was theirs: many have the same one after the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class Moment(forms.DateTimeField):
    """A time in UTC, to the minute; its clean value is text, so that a half-finished form can be kept."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"})

    def clean(self, value: Any) -> str:
        found = super().clean(value)
        return found.strftime("%Y-%m-%dT%H:%M") if found else ""


class NamedFields(forms.Form):
    """Customer number, cookie, and an address of the network with its time; all of it optional."""

    customer_number = forms.CharField(label=_("Customer number"), required=False, max_length=80)
    cookie = forms.CharField(label=_("Cookie number"), required=False, max_length=200)
    ip = forms.GenericIPAddressField(
        label=_("Internet (IP) address"),
        help_text=_("If you only used our network or website, this may be all that we have."),
        required=False,
    )
    ip_from = Moment(
        label=_("Had that address from (UTC)"),
        help_text=_("Many people have the same address one after the other. Say from when to when it was yours."),
        required=False,
    )
    ip_until = Moment(label=_("Had that address until (UTC)"), required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        address, since, until = (cleaned.get(name) for name in ("ip", "ip_from", "ip_until"))
        if address and not (since and until) and not self.errors:
            self.add_error("ip_from" if not since else "ip_until", _("Say from when to when the address was yours."))
        elif since and until and since >= until:
            self.add_error("ip_until", _("This time lies before the other one."))
        return cleaned


def list_named(told: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """(kind, value) of what was named; an address of the network carries its time."""
    named = [(kind, str(told[kind])) for kind in ("customer_number", "cookie") if told.get(kind)]
    if told.get("ip"):
        named.append(("ip", f"{told['ip']} {told['ip_from']}Z/{told['ip_until']}Z"))
    return tuple(named)


def say_address(told: Mapping[str, Any]) -> str:
    """An address of the network with its time, to be read; "" where none was named."""
    if not told.get("ip"):
        return ""
    since, until = (str(told[name]).replace("T", " ") for name in ("ip_from", "ip_until"))
    return f"{told['ip']} ({since} – {until} UTC)"
