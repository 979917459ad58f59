"""A company's choice among the laws: which apply, which one when nothing else is known, its own numbers within them.

Promises: what the company sets may make it stricter, never laxer: a number of days above a verified one, a fee where every
chosen law forbids it or above a cap, an unknown law are all told at once. Refuses to guess a person's law from an address.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from avow.errors import Collector, Diagnostic, LawError, Place
from avow.law.fees import NO_FEE, Fee, fits_cap, has_form
from avow.law.profiles import Clock, Profile, Rule, Span, load_profiles
from avow.yamlplaces import did_you_mean

_SO = "avow stops: a clock or a fee that the law does not give would reach people"
CONFIRMABLE: tuple[str, ...] = ("starts", "pauses", "clocks", "counting", "fee")


@dataclass(frozen=True)
class CompanyLaw:
    """The laws of one company, with its own numbers in them. `default` is used when a person's law is not known."""

    default: str
    profiles: Mapping[str, Profile]
    fee: Fee = NO_FEE
    cap: Fee = NO_FEE  # the most that staff may ask for a request that they decided to be excessive
    holidays: frozenset[date] = field(default_factory=frozenset)
    warnings: tuple[Diagnostic, ...] = ()

    def profile(self, jurisdiction: str = "") -> Profile:
        """The profile for a jurisdiction; the default's for "" and for one that the company did not choose."""
        return self.profiles.get(jurisdiction) or self.profiles[self.default]


def choose_law(
    default: str,
    chosen: tuple[str, ...] = (),
    *,
    fee: Fee = NO_FEE,
    cap: Fee = NO_FEE,
    days: Mapping[str, int] | None = None,
    zones: Mapping[str, str] | None = None,
    confirmed: tuple[str, ...] = (),
    holidays: frozenset[date] = frozenset(),
) -> CompanyLaw:
    """`chosen` are profile ids (the default is always among them); `days` sets a profile's answer time where its own is not
    verified or longer; `zones` its time zone; `confirmed` ("uk.counting") what the company's counsel read in the law.

    Raises LawError with every mistake."""
    found = Collector()
    names = tuple(dict.fromkeys((default, *chosen)))
    known = load_profiles()
    for name in {*names, *(days or {}), *(zones or {})} - known.keys():
        found.add(
            "law.unknown-profile",
            _at("law.profiles"),
            f"`{name}` is not a law that Avow knows",
            did_you_mean(name, known),
            _SO,
        )
    profiles = {name: known[name] for name in names if name in known}
    profiles = {name: _own_zone(p, (zones or {}).get(name, ""), found) for name, p in profiles.items()}
    profiles = {name: _own_confirmations(p, confirmed) for name, p in profiles.items()}
    _check_confirmed(confirmed, names, found)
    profiles = {name: _own_days(p, (days or {}).get(name, 0), found) for name, p in profiles.items()}
    _check_fee(profiles, fee, cap, found)
    _check_cap(profiles, cap, found)
    found.raise_as(LawError)
    return CompanyLaw(default, profiles, fee, cap, holidays, tuple(found.found))


def _at(key: str) -> Place:
    return Place(f"avow.toml {key}")


def _own_zone(profile: Profile, zone: str, found: Collector) -> Profile:
    if not zone:
        return profile
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        help = "write a name of the IANA list, such as Europe/Lisbon"
        found.add("law.unknown-zone", _at(f"law.zones.{profile.id}"), f"`{zone}` is not a time zone", help, _SO)
        return profile
    return replace(profile, zone=zone)


def _check_confirmed(confirmed: tuple[str, ...], names: tuple[str, ...], found: Collector) -> None:
    allowed = {f"{name}.{what}" for name in names for what in CONFIRMABLE}
    for word in sorted(set(confirmed) - allowed):
        found.add(
            "law.unknown-confirmation",
            _at("law.confirmed"),
            f"`{word}` is not something that a company confirms",
            did_you_mean(word, allowed),
            _SO,
        )


def _own_confirmations(profile: Profile, confirmed: tuple[str, ...]) -> Profile:
    """A confirmed fact counts as verified from here on: pauses begin to stop the clock."""
    has = {what for name, _, what in (word.rpartition(".") for word in confirmed) if name == profile.id}

    def rule(what: str, given: Rule) -> Rule:
        return replace(given, verified=given.verified or what in has)

    return replace(
        profile,
        starts=rule("starts", profile.starts),
        pauses=rule("pauses", profile.pauses),
        last_day_moves=rule("counting", profile.last_day_moves),
        fee=rule("fee", profile.fee),
        clocks=tuple(replace(clock, verified=clock.verified or "clocks" in has) for clock in profile.clocks),
    )


def _own_days(profile: Profile, days: int, found: Collector) -> Profile:
    if not days:
        return profile
    return replace(profile, clocks=tuple(_own_clock(profile, clock, days, found) for clock in profile.clocks))


def _own_clock(profile: Profile, clock: Clock, days: int, found: Collector) -> Clock:
    """Verified clocks only get shorter, and a month may be as short as 28 days."""
    if clock.verified and days > shortest_days(clock.answer):
        if set(clock.kinds) & {"access", "erasure"}:
            found.add(
                "law.days-too-long",
                _at(f"law.days.{profile.id}"),
                f"{days} days are more than {clock.source} gives ({clock.answer})",
                f"write at most {shortest_days(clock.answer)}, or leave the setting out",
                _SO,
            )
        return clock
    own = (
        f"the company's own {days} days, within {clock.source}"
        if clock.verified
        else f"{days} days, as the company set"
    )
    return replace(clock, answer=Span(days=days), source=own)


def shortest_days(span: Span) -> int:
    """How few days a span can have."""
    return span.days or span.working_days or 28 * span.months


def _check_cap(profiles: Mapping[str, Profile], cap: Fee, found: Collector) -> None:
    """What staff may ask for an excessive request."""
    place = _at("law.fee.cap")
    if cap.due and not has_form(cap):
        found.add(
            "law.bad-fee", place, "a cap has at most two decimals and a currency such as USD", "mend law.fee", _SO
        )
    for profile in profiles.values():
        if cap.due and profile.fee.words[0] == "excessive" and not fits_cap(profile, cap):
            cause = f"the cap is above what {profile.fee.source} allows"
            found.add("law.fee-above-cap", place, cause, "lower `law.fee.cap`", _SO)
    if cap.due and all(profile.fee.words[0] != "excessive" for profile in profiles.values()):
        cause = "no law that the company chose lets it ask a fee for an excessive request"
        found.add("law.fee-forbidden", place, cause, "remove `law.fee.cap`", _SO)


def _check_fee(profiles: Mapping[str, Profile], fee: Fee, cap: Fee, found: Collector) -> None:
    if not fee.due:
        return
    place = _at("law.fee.amount")
    if not has_form(fee):
        found.add(
            "law.bad-fee", place, "a fee has at most two decimals and a currency such as USD", "mend law.fee", _SO
        )
    if cap.due and fee.amount > cap.amount:
        found.add(
            "law.fee-above-cap", place, f"the fee is above the company's own cap ({cap})", "lower one of them", _SO
        )
    forbid = [p for p in profiles.values() if p.fee.words[0] != "prescribed"]
    allow = [p for p in profiles.values() if p.fee.words[0] == "prescribed"]
    for profile in (p for p in allow if not fits_cap(p, fee)):
        cause = f"the fee is above what {profile.fee.source} allows"
        found.add("law.fee-above-cap", place, cause, "lower `law.fee.amount`", _SO)
    if forbid:
        severity = "warning" if allow else "error"
        names = ", ".join(f"`{p.id}` ({p.fee.source})" for p in forbid)
        found.add(
            "law.fee-forbidden",
            place,
            f"a fee for asking is forbidden by {names}",
            "remove `law.fee.amount`; `law.fee.cap` is for what staff decide to be excessive"
            if not allow
            else "nothing, if people under the other laws are to pay it",
            "nobody under these laws is asked to pay, whatever `law.fee` says",
            severity,
        )
