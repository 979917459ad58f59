"""Writes `docs/reference/law.md` out of the profiles; a test compares the page with what this makes.

Refuses text of its own about a law: everything stands in `profiles.yaml`, and what nobody verified is marked.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from avow.law.profiles import Clock, Profile, Telling, load_profiles

_MARK = " (not verified)"
_FEES = {
    "never": "none",
    "excessive": "only for a request that is manifestly unfounded or excessive",
    "prescribed": "a prescribed one",
}


def law_page() -> str:
    """One section per law: clocks, rules, grounds, routes."""
    lines = ["# Laws", "", "<!-- made by `python -m avow.law.reference docs/reference`; do not edit -->", ""]
    lines += [
        "What Avow counts with, law by law. Not legal advice: have a lawyer confirm what you rely on. Facts marked "
        "`not verified` were not read in the law itself by anybody on the project; where such a fact would give the company "
        "more time (a later start, a pause, a moved day), it is not used until `law.confirmed` in avow.toml names it.",
        "",
    ]
    for profile in load_profiles().values():
        lines += [*_profile(profile), ""]
    return "\n".join(lines).rstrip() + "\n"


def _profile(profile: Profile) -> Iterator[str]:
    yield from (
        f"## {profile.name}: `{profile.id}`",
        "",
        f"{profile.law}. Days end in the time zone {profile.zone}.",
        "",
    )
    if profile.bill:
        yield from ("**This is a bill, not law.**", "")
    if profile.applies_from:
        yield from (f"Applies from {profile.applies_from}.", "")
    if profile.silence_is_refusal:
        yield from ("No answer in time counts as a refusal.", "")
    yield from ("| requests | answer in | longer by | confirm receipt in | source |", "|---|---|---|---|---|")
    yield from (_clock(clock) for clock in profile.clocks)
    yield ""
    yield from (f"- {line}" for line in _rules(profile))
    yield from ("", "| ground | effect | for | DPV | source |", "|---|---|---|---|---|")
    for ground in profile.grounds:
        kinds = ", ".join(ground.kinds)
        yield f"| `{ground.code}` | {ground.effect} | {kinds} | {ground.dpv} | {ground.source}{_mark(ground.verified)} |"
    yield ""
    yield from ("| a breach is told to | within | from | at a risk | source |", "|---|---|---|---|---|")
    yield from (_telling(telling) for telling in profile.tellings)
    yield ""
    for route in profile.routes:
        at = f", <{route.at}>" if route.at else ""
        yield f"- {route.kind}: {route.name}{at} ({route.source}){_mark(route.verified)}"


def _clock(clock: Clock) -> str:
    more = f"{clock.extend or ''} | {clock.confirm or ''}"
    return f"| {', '.join(clock.kinds)} | {clock.answer} | {more} | {clock.source}{_mark(clock.verified)} |"


def _telling(telling: Telling) -> str:
    risk = {"any": "any", "risk": "a risk to people", "high": "a high risk to people"}[telling.risk]
    above = f", above {telling.above} people" if telling.above else ""
    starts = "awareness" if telling.starts == "awareness" else "the telling of people"
    return f"| {telling.to} | {telling} | {starts} | {risk}{above} | {telling.source}{_mark(telling.verified)} |"


def _rules(profile: Profile) -> Iterator[str]:
    moves = "moves to the next working day" if profile.last_day_moves.words == ("true",) else "stays"
    starts = (
        "receipt" if profile.starts.words == ("receipt",) else "the day on which identity is shown and a fee is paid"
    )
    pauses = (
        f"stops while the company waits for: {', '.join(profile.pauses.words)}"
        if profile.pauses.words
        else "never stops"
    )
    rule, *kinds = profile.fee.words
    cap = f", at most {profile.fee_cap[0]} {profile.fee_cap[1]}" if profile.fee_cap else ""
    covers = f" for {', '.join(kinds)}" if rule == "prescribed" else ""
    for words, fact in (
        (f"a due day off {moves}", profile.last_day_moves),
        (f"the clock starts with {starts}", profile.starts),
        (f"the clock {pauses}", profile.pauses),
        (f"fee: {_FEES[rule]}{covers}{cap}", profile.fee),
    ):
        yield f"{words} ({fact.source}){_mark(fact.verified)}"


def _mark(verified: bool) -> str:
    return "" if verified else _MARK


def main(folder: Path) -> None:
    """Writes the page into `folder`."""
    folder.joinpath("law.md").write_text(law_page(), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
