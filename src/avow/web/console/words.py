"""How the console writes what the model names: kinds, states, due dates and codes as words. Template filters; pure.

Refuses to touch what people chose or wrote: names of stores and tables, and sentences, stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from django import template
from django.utils.formats import date_format
from django.utils.functional import Promise as LazyText
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext_lazy

from avow.vocabulary import load_vocabulary
from avow.web.console.lists import ACTIONS, FOUND, say, spell

register = template.Library()
SOON_DAYS = 7
VERDICTS: Mapping[str, str | LazyText] = {
    "kept": pgettext_lazy("verdict", "kept"),
    "broken": pgettext_lazy("verdict", "broken"),
    "attested": pgettext_lazy("verdict", "attested"),
    "unproven": pgettext_lazy("verdict", "unproven"),
    "not_checkable": pgettext_lazy("verdict", "not checkable"),
}

PROBES: Mapping[str, str | LazyText] = {  # how a try of a control ended
    "held": pgettext_lazy("probe", "held"),
    "broke": pgettext_lazy("probe", "broke"),
    "could_not": pgettext_lazy("probe", "could not"),
}


@register.filter
def plain(name: Any) -> str:
    """A name of the model as words; what stands before and after a colon each by itself."""
    return ": ".join(say(part) for part in str(name).split(": "))


@register.filter
def plain_list(names: Iterable[Any]) -> str:
    return listed(plain(name) for name in names)


@register.filter
def listed(texts: Iterable[Any]) -> str:
    """One after the other, with the comma of the language."""
    return str(_(", ")).join(str(text) for text in texts)


@register.filter
def says(sentence: str) -> str:
    """A sentence of a closed list (`lists.list_sentences`)."""
    return _(sentence) if sentence else ""


@register.filter
def term(name: str, kind: str) -> str:
    """The label of a term of the vocabulary."""
    return label(load_vocabulary().label(name, kind)) if name else ""


@register.filter
def terms(names: Iterable[str], kind: str) -> str:
    return listed(term(name, kind) for name in names)


@register.filter
def label(text: str) -> str:
    """A label of the vocabulary, or several with commas; where there is no translation, as the vocabulary writes it."""
    return listed(_label(part) for part in text.split(", "))


def _label(text: str) -> str:
    capital = text[:1].upper() + text[1:]
    said = _(capital) if text else ""
    return text if said == capital else said


@register.filter
def verdict_words(verdict: str) -> str:
    return str(VERDICTS.get(verdict, verdict))


@register.filter
def probe_words(result: str) -> str:
    return str(PROBES.get(result, result))


@register.filter
def first_plain(text: str) -> str:
    """What begins with a word of the model and goes on with names that people chose, such as what a decision is about."""
    word, space, rest = str(text).partition(" ")
    return say(word) + space + rest


@register.filter
def counted(text: str) -> str:
    """What was counted in a store: how it stands and where, or a table and what happens there."""
    rest, space, word = text.rpartition(" ")
    if word in ACTIONS:
        return rest + space + say(word)
    return first_plain(text) if text.partition(" ")[0] in FOUND else text


@register.filter
def coded(text: Any) -> Any:
    """A code of the model as words; what a person wrote stays as it is."""
    return say(text) if re.fullmatch(r"[a-z]+([-_][a-z]+)*", str(text)) else text


@register.filter
def detail_words(value: Any, key: str) -> Any:
    """What is told beside an event: codes as words, names of stores and tables as they are."""
    return (
        coded(value)
        if key in ("because", "by", "channel", "direction", "kind", "law", "outcome", "reason", "step", "verdict")
        else value
    )


@register.filter
def spelt(name: str) -> str:
    """A name that people chose, with spaces."""
    return spell(name)


@register.filter
def scope_words(names: Iterable[str]) -> str:
    """What a request is limited to: terms of the vocabulary, or a word of the model."""
    found = [(name, load_vocabulary().label(name)) for name in names]
    return listed(coded(name) if text == name else label(text) for name, text in found)


@register.filter
def rights(names: Iterable[str]) -> str:
    """Roles, departments, or scopes of a token, which stay as programs know them."""
    return listed(term(name, "recipient") if "." in name else name if ":" in name else say(name) for name in names)


@register.filter
def look_words(what: str) -> str:
    """What a member of staff looked at; a file of an answer keeps its name."""
    said = _(what) if what else ""
    return first_plain(what) if said == what else said


@register.filter
def match_words(reason: str) -> str:
    """Why a row may be somebody's: by which of their identifiers, and where it stands."""
    found = re.fullmatch(r"(\w+) in (\S+)(, and the name agrees)?", reason)
    if not found:
        return say(reason)
    told = {"kind": say(found[1]), "place": found[2]}
    return (_("%(kind)s in %(place)s, and the name agrees") if found[3] else _("%(kind)s in %(place)s")) % told


@register.filter
def span_words(span: str) -> str:
    """A time of the law: "1 month and 2 months", "45 days"."""
    return str(_(" and ")).join(_span(part) for part in str(span).split(" and "))


def _span(text: str) -> str:
    number, _space, unit = text.partition(" ")
    if not number.isdecimal():
        return text
    n = int(number)
    units = {
        "month": ngettext("%(n)d month", "%(n)d months", n),
        "day": ngettext("%(n)d day", "%(n)d days", n),
        "working day": ngettext("%(n)d working day", "%(n)d working days", n),
    }
    return units.get(unit.removesuffix("s"), text) % {"n": n}


@register.filter
def wait_words(wait: str) -> str:
    """A wait of the preview: "undo 7 days", "after a change of address 48 hours"."""
    n = int((re.findall(r"\d+", wait) or ["0"])[0])
    if wait.startswith("undo"):
        return ngettext("undo %(n)d day", "undo %(n)d days", n) % {"n": n}
    return ngettext("after a change of address %(n)d hour", "after a change of address %(n)d hours", n) % {"n": n}


@register.filter
def moment(at: datetime, form: str = "DATETIME_FORMAT") -> str:
    """A time, with its zone in words."""
    return _("%(at)s UTC") % {"at": date_format(at, form)} if at else ""


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
