"""Random rules and questions over a small part of the real vocabulary, dense enough that rules often apply.

Made from a `random.Random`, so that a failing case is named by its seed and thousands are made in a second.
"""

from __future__ import annotations

import random

from avow.decide.question import Question
from avow.policy.promise import Condition, Rule

CATEGORIES = ("any.personal", "contact.email", "contact.phone", "payment.invoice", "payment.card_number")
DATA = (*CATEGORIES, "any.personal", "contact", "payment", "any.information")
SUBJECTS = ("customer", "end_user", "staff")
PURPOSES = ("marketing.own", "marketing.newsletter", "billing.invoice", "support.provide")
PURPOSE_TERMS = (*PURPOSES, "marketing", "billing", "support")
RECIPIENTS = ("internal.sales", "internal.finance", "processor.delivery")
RECIPIENT_TERMS = (*RECIPIENTS, "internal.employees", "internal", "processor")
DENY = ("objected:marketing.own", "restricted")
ADMIT = ("consented:marketing.newsletter", "told:billing")
ROLES = ("delivery", "billing", "support")
TIERS = ("gold", "tin")
ENFORCED = ("state", "state", "row", "row")  # what a database can test
OWNED = ("own_rows",)  # what it can test once the map gives logins keys of their own
CASED = ("case_open",)  # what it can test once the map says what cases are about
GATED = ("case_open", "consent_for_recipient", "place", "before", "after")


def some(rng: random.Random, values: tuple[str, ...], least: int = 0, most: int = 2) -> tuple[str, ...]:
    return tuple(rng.sample(values, rng.randint(least, min(most, len(values)))))


def make_condition(rng: random.Random, kinds: tuple[str, ...]) -> Condition:
    kind = rng.choice(kinds)
    if kind == "state":
        kind, marks = rng.choice((("state_absent", DENY), ("state_present", ADMIT)))
        return Condition(kind, some(rng, marks, 1))
    if kind == "own_rows":
        return Condition(kind, (), rng.choice(("reseller", "tier")))
    if kind == "row":
        name, values = rng.choice((("contact_role", ROLES), ("tier", TIERS)))
        return Condition("row", some(rng, values, 1), name)
    made = {
        "case_open": Condition(kind, some(rng, ("credit", "enquiry"), 1)),
        "consent_for_recipient": Condition(kind, ("true",)),
        "place": Condition(kind, some(rng, ("uk", "eu", "us"), 1)),
    }
    return made.get(kind) or Condition(kind, some(rng, ("closed", "told"), 1))


def make_conditions(rng: random.Random, kinds: tuple[str, ...]) -> tuple[Condition, ...]:
    return tuple(make_condition(rng, kinds) for _ in range(rng.choice((0, 0, 1, 1, 2))))


def make_rule(
    rng: random.Random, kind: str = "", kinds: tuple[str, ...] = (*ENFORCED, *OWNED, *GATED), data=DATA
) -> Rule:
    """A permit (or forbid, one time in four); permits are of rows, one time in five of statistics."""
    kind = kind or rng.choice(("permit", "permit", "permit", "forbid"))
    permit = kind == "permit"
    name = f"{kind}-{rng.getrandbits(40):x}"
    form, at_least = rng.choice((("rows", 0),) * 4 + (("aggregate", 5),)) if permit else ("rows", 0)
    return Rule(
        f"{name}/1", name, kind,
        data=some(rng, data, 1, 3),
        subjects=() if rng.random() < 0.6 else some(rng, SUBJECTS, 1),
        purposes=some(rng, PURPOSE_TERMS, 1 if permit else 0, 3),
        recipients=some(rng, RECIPIENT_TERMS, 1 if permit else 0, 3),
        do=rng.choice((frozenset({"read"}), frozenset({"write"}), frozenset({"read", "write"}))),
        when=make_conditions(rng, kinds),
        unless=() if permit else make_conditions(rng, kinds),
        form=form, at_least=at_least,
    )  # fmt: skip


def make_rules(
    rng: random.Random, most: int = 8, kinds: tuple[str, ...] = (*ENFORCED, *OWNED, *GATED)
) -> tuple[Rule, ...]:
    return tuple(make_rule(rng, kinds=kinds) for _ in range(rng.randint(0, most)))


def make_facts(rng: random.Random) -> dict:
    """Every fact of a question but what is asked for."""
    row = {"contact_role": rng.choice(ROLES), "tier": rng.choice(TIERS), "reseller": rng.choice("ab")}
    return {
        "state": frozenset(some(rng, DENY) + some(rng, ADMIT)),
        "row": {name: word for name, word in row.items() if rng.random() < 0.8},
        "own": {"reseller": rng.choice("ab"), "tier": rng.choice(TIERS)} if rng.random() < 0.6 else {},
        "cases": frozenset(some(rng, ("credit", "enquiry"))),
        "consents": frozenset(some(rng, ("processor.delivery", "processor"))),
        "events": frozenset(some(rng, ("closed", "told"))),
        "place": rng.choice(("", "uk", "de", "us")),
        "form": rng.choice(("rows", "rows", "aggregate")),
        "group": rng.randint(0, 10),
    }


def make_question(rng: random.Random) -> Question:
    return Question(
        rng.choice(CATEGORIES), rng.choice(PURPOSES), rng.choice(RECIPIENTS),
        do=rng.choice(("read", "write")), subject=rng.choice(SUBJECTS), **make_facts(rng),
    )  # fmt: skip
