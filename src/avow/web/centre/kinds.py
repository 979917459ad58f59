"""What can be asked for, in public words: title, explanation, and the one question that each kind needs answered.

Refuses kinds that the desk does not know: the keys are those of `avow.duties.rights.model.KINDS`.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise as LazyText
from django.utils.translation import gettext_lazy as _

Text = str | LazyText


@dataclass(frozen=True)
class Kind:
    """`about` names the form of the second question: scope, words, ground or purposes. `waits` says that it acts on data."""

    key: str
    title: Text
    says: Text
    about: str
    question: Text
    traced: bool = True  # whether data has to be found for it


KINDS: tuple[Kind, ...] = (
    Kind(
        "access",
        _("See what you hold about me"),
        _("You get everything, with where it came from, what it is used for, who received it and when it goes."),
        "scope",
        _("What would you like to see?"),
    ),
    Kind(
        "copy",
        _("Take a copy with me"),
        _("Your data in files that other services can read."),
        "scope",
        _("What should the copy hold?"),
    ),
    Kind(
        "rectification",
        _("Correct something"),
        _("Tell us what is wrong and what should stand there. Those who received it are told."),
        "words",
        _("What is wrong, and what should it say?"),
    ),
    Kind(
        "erasure",
        _("Delete my data"),
        _(
            "We delete what no law makes us keep, and tell you what stays and why. You can change your mind for some days."
        ),
        "scope",
        _("What should we delete?"),
    ),
    Kind(
        "restriction",
        _("Pause the use of my data"),
        _("It stays stored and is not used while something is being settled."),
        "ground",
        _("Why should we stop using it?"),
    ),
    Kind(
        "objection",
        _("Object to a use"),
        _("For marketing this needs no reason. It counts from now on, also for data that reaches us later."),
        "purposes",
        _("Which uses do you object to?"),
    ),
    Kind(
        "withdrawal",
        _("Take back a permission"),
        _("You gave us permission once. You can take it back at any time, without a reason."),
        "purposes",
        _("Which permission do you take back?"),
    ),
    Kind(
        "complaint",
        _("Complain"),
        _("Something about your data went wrong. A person reads it and answers you."),
        "words",
        _("What went wrong?"),
        traced=False,
    ),
    Kind(
        "question",
        _("Ask a question"),
        _("Anything about your data. A person answers you."),
        "words",
        _("What would you like to know?"),
        traced=False,
    ),
)

GROUNDS: tuple[tuple[str, Text], ...] = (
    ("inaccurate", _("It is not correct, and you are checking that")),
    ("unlawful", _("You may not use it, but I do not want it deleted")),
    ("claims", _("You no longer need it, but I need it for a legal claim")),
    ("objection", _("I have objected, and you are weighing that")),
    ("other", _("For another reason")),
)

PLACES: dict[str, Text] = {
    "eu": _("European Union"),
    "uk": _("United Kingdom"),
    "california": _("California"),
    "india": _("India"),
    "canada": _("Canada"),
    "quebec": _("Quebec"),
    "pakistan-bill": _("Pakistan"),
    "": _("Somewhere else"),
}


def find_kind(key: str) -> Kind | None:
    return next((kind for kind in KINDS if kind.key == key), None)


def get_kind(key: str) -> Kind:
    """Raises KeyError for a kind that nobody can ask for."""
    found = find_kind(key)
    if found is None:
        raise KeyError(key)
    return found
