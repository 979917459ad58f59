"""How the console writes what the model names: kinds, states, due dates and codes as words. Template filters; pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

register = template.Library()
SOON_DAYS = 7


@register.filter
def plain(name: Any) -> str:
    """`under_scores`, dots and hyphens as spaces."""
    return str(name).replace("_", " ").replace("-", " ")


@register.filter
def due_kind(request: Any) -> str:
    """late, soon, fine or paused: the class and the shape of a due date. "" when it is closed."""
    if request.closed_at:
        return ""
    if request.paused:
        return "paused"
    left = (request.due_at - datetime.now(UTC)).total_seconds()
    return "late" if left < 0 else "soon" if left < SOON_DAYS * 86_400 else "fine"


@register.filter
def due_words(request: Any) -> str:
    """How long is left, in words."""
    if request.closed_at:
        return ""
    if request.paused:
        return str(_("the clock is paused"))
    days = (request.due_at.date() - datetime.now(UTC).date()).days
    if request.due_at < datetime.now(UTC):
        return (
            ngettext("overdue by %(n)d day", "overdue by %(n)d days", -days) % {"n": -days}
            if days
            else str(_("overdue"))
        )
    return ngettext("%(n)d day left", "%(n)d days left", days) % {"n": days} if days else str(_("due today"))


@register.filter
def get(mapping: Any, key: Any) -> Any:
    """The value under a key that the template computes."""
    return mapping.get(key, "") if mapping else ""
