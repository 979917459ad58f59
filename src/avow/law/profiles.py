"""Loads `profiles.yaml`, once, into frozen values: one profile for each law, each fact with its source.

Promises: every kind of request has exactly one clock in every profile, every ground a DPV justification, every profile an
authority and a court; a release in which that is not so does not load. Refuses to know a number that stands in no source:
`verified` False means that nobody on the project read it in the law itself, and whoever shows the fact says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files

from avow.errors import Collector, Diagnostic, LawError, Place
from avow.yamlplaces import Node, did_you_mean, read_yaml

KINDS: tuple[str, ...] = (
    "access",
    "copy",
    "rectification",
    "erasure",
    "restriction",
    "objection",
    "withdrawal",
    "complaint",
    "question",
)
EFFECTS: tuple[str, ...] = ("refuse", "part", "delay")
FEE_RULES: tuple[str, ...] = ("never", "excessive", "prescribed")
FEELESS: tuple[str, ...] = (
    "erasure",
    "objection",
    "withdrawal",
    "restriction",
    "complaint",
    "question",
    "rectification",
)
TOLD: tuple[str, ...] = ("authority", "people")
RISKS: tuple[str, ...] = ("any", "risk", "high")  # from which risk to people on a breach must be told
FILE = "profiles.yaml"


@dataclass(frozen=True)
class Span:
    """A length of time as laws write it: exactly one of the three is above 0."""

    months: int = 0
    days: int = 0
    working_days: int = 0

    def __str__(self) -> str:
        """ "1 month", "45 days", "15 working days"."""
        number = self.months or self.days or self.working_days
        unit = "month" if self.months else "day" if self.days else "working day"
        return f"{number} {unit}{'' if number == 1 else 's'}"


@dataclass(frozen=True)
class Clock:
    """How long an answer may take, how much longer if that is said within `answer`, and when receipt must be confirmed."""

    kinds: tuple[str, ...]
    answer: Span
    source: str
    verified: bool
    extend: Span | None = None
    confirm: Span | None = None


@dataclass(frozen=True)
class Ground:
    """One reason to refuse (all, or a part) or to delay. `says` goes into letters; `dpv` is a W3C DPV justification."""

    code: str
    effect: str
    dpv: str
    says: str
    kinds: tuple[str, ...]
    source: str
    verified: bool


@dataclass(frozen=True)
class Route:
    """Where a person goes who does not agree. `kind` is authority or court; `at` a web address, "" where none is known."""

    kind: str
    name: str
    at: str
    source: str
    verified: bool


@dataclass(frozen=True)
class Rule:
    """One fact that is no number: counting, start, pauses, fee. `words` is what the file says, by the fact's kind."""

    words: tuple[str, ...]
    source: str
    verified: bool


@dataclass(frozen=True)
class Telling:
    """Who must be told of a breach: `to` is authority or people; within `hours` or `days` after `starts` (awareness, or people: the
    moment at which people were told); both 0: the law gives no number. `risk` is the least risk to people at which it holds;
    `above`: only where more people than that are affected."""

    to: str
    source: str
    verified: bool
    hours: int = 0
    days: int = 0
    risk: str = "any"
    starts: str = "awareness"
    above: int = 0

    def __str__(self) -> str:
        """ "72 hours", "30 days", "without a number"."""
        if self.hours or self.days:
            return f"{self.hours} hours" if self.hours else f"{self.days} days"
        return "without a number"


@dataclass(frozen=True)
class Profile:
    """One law. `starts` is receipt or ready (identity shown and fee paid); `pauses` the reasons that stop the clock."""

    id: str
    name: str
    law: str
    zone: str
    clocks: tuple[Clock, ...]
    last_day_moves: Rule  # ("true",): a due date on a day off moves to the next working day
    starts: Rule
    pauses: Rule
    fee: Rule  # (never | excessive | prescribed, *kinds that it may be asked for)
    grounds: tuple[Ground, ...]
    routes: tuple[Route, ...]
    tellings: tuple[Telling, ...]
    applies_from: date | None = None
    bill: bool = False
    silence_is_refusal: bool = False
    fee_cap: tuple[Decimal, str] | None = None  # amount and currency

    def clock(self, kind: str) -> Clock:
        """Raises LawError `law.unknown-kind`."""
        for clock in self.clocks:
            if kind in clock.kinds:
                return clock
        raise LawError(_unknown("law.unknown-kind", "kind of request", kind, KINDS))

    def grounds_for(self, kind: str, effects: Iterable[str] = EFFECTS) -> tuple[Ground, ...]:
        """The grounds that this law gives for this kind, in the order of the file."""
        return tuple(g for g in self.grounds if kind in g.kinds and g.effect in effects)

    def get_ground(self, code: str, kind: str) -> Ground:
        """Raises LawError `law.no-such-ground`: a refusal that the law does not give is none."""
        for ground in self.grounds_for(kind):
            if ground.code == code:
                return ground
        known = tuple(ground.code for ground in self.grounds_for(kind))
        raise LawError(_unknown("law.no-such-ground", f"ground of {self.law} for this kind of request", code, known))

    @property
    def unverified(self) -> tuple[str, ...]:
        """The sources of all facts that nobody verified, sorted."""
        facts: tuple[Clock | Rule | Ground | Route | Telling, ...]
        rules = (self.last_day_moves, self.starts, self.pauses, self.fee)
        facts = (*self.clocks, *rules, *self.grounds, *self.routes, *self.tellings)
        return tuple(sorted({fact.source for fact in facts if not fact.verified}))


def get_profile(profile_id: str) -> Profile:
    """Raises LawError `law.unknown-profile`."""
    found = load_profiles().get(profile_id)
    if found is None:
        raise LawError(_unknown("law.unknown-profile", "law that Avow knows", profile_id, load_profiles()))
    return found


def _unknown(code: str, what: str, word: str, known: Iterable[str]) -> Diagnostic:
    return Diagnostic(
        Place("law"),
        code,
        f"`{word}` is not a {what}",
        did_you_mean(word, known),
        "no clock and no refusal is made from it",
    )


@cache
def load_profiles() -> Mapping[str, Profile]:
    """The profiles of this release by id; read once per process. Raises LawError if the file is not whole."""
    return read_profiles(files(__package__).joinpath(FILE).read_text(encoding="utf-8"), FILE)


def read_profiles(text: str, file: str) -> Mapping[str, Profile]:
    """Raises LawError with every mistake."""
    found = Collector()
    top = read_yaml(text, file, found).mapping(("grounds", "profiles"), ("grounds", "profiles"))
    known = {
        code: node.mapping(("effect", "dpv", "says"), ("effect", "dpv", "says"))
        for code, node in top["grounds"].mapping().items()
    }
    profiles = {name: _read_profile(name, node, known) for name, node in top["profiles"].mapping().items()}
    found.raise_as(LawError)
    for profile in profiles.values():
        _check_whole(profile, file, found)
    found.raise_as(LawError)
    return profiles


_PROFILE = ("name", "law", "zone", "counting", "starts", "pauses", "clocks", "fee", "grounds", "routes", "tellings")
_MORE = ("applies_from", "bill", "silence_is_refusal")


def _read_profile(name: str, node: Node, known: Mapping[str, Mapping[str, Node]]) -> Profile:
    got = node.mapping((*_PROFILE, *_MORE), _PROFILE)
    fee = got["fee"].mapping(("may", "kinds", "cap", "source", "verified"), ("may", "source"))
    cap = fee["cap"].mapping(("amount", "currency"), ("amount", "currency")) if "cap" in fee else None
    return Profile(
        id=name,
        name=got["name"].text(),
        law=got["law"].text(),
        zone=got["zone"].text(),
        clocks=tuple(_read_clock(clock) for clock in got["clocks"].sequence()),
        last_day_moves=_read_rule(got["counting"], "last_day_moves"),
        starts=_read_rule(got["starts"], "at"),
        pauses=_read_rule(got["pauses"], "reasons"),
        fee=Rule((fee["may"].text(), *_kinds(fee)), fee["source"].text(), _verified(fee)),
        fee_cap=(Decimal(cap["amount"].text()), cap["currency"].text()) if cap else None,
        grounds=tuple(_read_ground(ground, known) for ground in got["grounds"].sequence()),
        routes=tuple(_read_route(route) for route in got["routes"].sequence()),
        tellings=tuple(_read_telling(telling) for telling in got["tellings"].sequence()),
        applies_from=date.fromisoformat(got["applies_from"].text()) if "applies_from" in got else None,
        bill="bill" in got and got["bill"].flag(),
        silence_is_refusal="silence_is_refusal" in got and got["silence_is_refusal"].flag(),
    )


def _read_rule(node: Node, key: str) -> Rule:
    got = node.mapping((key, "source", "verified"), (key, "source"))
    return Rule(got[key].texts(), got["source"].text(), _verified(got))


def _read_clock(node: Node) -> Clock:
    keys = ("kinds", "answer", "extend", "confirm", "source", "verified")
    got = node.mapping(keys, ("answer", "source"))
    spans = {key: _read_span(got[key]) for key in ("answer", "extend", "confirm") if key in got}
    return Clock(
        _kinds(got), spans["answer"], got["source"].text(), _verified(got), spans.get("extend"), spans.get("confirm")
    )


def _read_span(node: Node) -> Span:
    got = node.mapping(("months", "days", "working_days"))
    return Span(**{key: value.whole() for key, value in got.items()})


def _read_ground(node: Node, known: Mapping[str, Mapping[str, Node]]) -> Ground:
    got = node.mapping(("code", "kinds", "source", "verified"), ("code", "source"))
    code = got["code"].text()
    if code not in known:
        node.add("law.unknown-ground", f"`{code}` is not one of the grounds above", did_you_mean(code, known))
        return Ground(code, "", "", "", (), "", False)
    words = {key: value.text() for key, value in known[code].items()}
    return Ground(code, kinds=_kinds(got), source=got["source"].text(), verified=_verified(got), **words)


def _read_route(node: Node) -> Route:
    got = node.mapping(("kind", "name", "at", "source", "verified"), ("kind", "name", "source"))
    at = got["at"].text() if "at" in got else ""
    return Route(got["kind"].text(), got["name"].text(), at, got["source"].text(), _verified(got))


def _read_telling(node: Node) -> Telling:
    keys = ("to", "hours", "days", "risk", "from", "above", "source", "verified")
    got = node.mapping(keys, ("to", "risk", "source"))
    numbers = {key: got[key].whole() for key in ("hours", "days", "above") if key in got}
    starts = got["from"].text() if "from" in got else "awareness"
    source = got["source"].text()
    return Telling(got["to"].text(), source, _verified(got), risk=got["risk"].text(), starts=starts, **numbers)


def _kinds(got: Mapping[str, Node]) -> tuple[str, ...]:
    return got["kinds"].texts() if "kinds" in got else KINDS


def _verified(got: Mapping[str, Node]) -> bool:
    return got["verified"].flag() if "verified" in got else True


def _check_whole(profile: Profile, file: str, found: Collector) -> None:
    clocked = sorted(kind for clock in profile.clocks for kind in clock.kinds)
    checks = {
        "each kind of request needs exactly one clock": clocked == sorted(KINDS),
        "a span is one of months, days, working days": all(
            (span.months > 0) + (span.days > 0) + (span.working_days > 0) == 1
            for clock in profile.clocks
            for span in (clock.answer, clock.extend, clock.confirm)
            if span is not None
        ),
        "a fee is never, excessive or prescribed": profile.fee.words[0] in FEE_RULES,
        "a ground refuses, refuses a part, or delays": all(g.effect in EFFECTS for g in profile.grounds),
        "a breach is told to the authority and to people, at a known risk, from a known moment": (
            {telling.to for telling in profile.tellings} == set(TOLD)
            and all(t.risk in RISKS and t.starts in ("awareness", "people") for t in profile.tellings)
            and not any(t.hours and t.days for t in profile.tellings)
        ),
        "a profile names an authority and a court": {route.kind for route in profile.routes} == {"authority", "court"},
    }
    for rule, holds in checks.items():
        if not holds:
            found.add(
                "law.not-whole",
                Place(file),
                f"profile `{profile.id}`: {rule}",
                "complete the profile",
                "no law is read",
            )
