"""Probes that read what a person declared: attestations with owner and expiry, places, policy versions.

A declaration is never more than `attested`; a policy version is compared with what was registered, and changing the
registered one is tried. Refuses an attestation where a probe of ours exists for the promise.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from avow.policy.promise import Rule
from avow.prove.inquiry import Finding, Inquiry, Outcome, broke, could_not, held
from avow.prove.probes.access import _some


@dataclass(frozen=True)
class Evidence:
    """One attestation: who vouches for what, since when, until when."""

    id: str
    owner: str
    says: str
    signed: date
    expires: date


def probe_attest(inquiry: Inquiry, rule: Rule) -> tuple[Outcome, ...]:
    return (inquiry.attempt("attestation", "document", lambda: _probe_evidence(inquiry, rule)),)


def _probe_evidence(inquiry: Inquiry, rule: Rule) -> Finding:
    name = str(rule.detail.get("evidence", ""))
    if inquiry.scene.evidence is None or not name:
        return could_not("no folder with evidence was given")
    path = inquiry.scene.evidence / f"{name}.yaml"
    if not path.exists():
        return could_not(
            f"there is no `evidence/{name}.yaml`", (f"write evidence/{name}.yaml with owner, says, signed and expires",)
        )
    evidence = read_evidence(path)
    if isinstance(evidence, str):
        return could_not(f"`evidence/{name}.yaml` {evidence}", (f"complete evidence/{name}.yaml",))
    if evidence.signed > inquiry.scene.today:
        return could_not(f"`evidence/{name}.yaml` is signed for a day to come: {evidence.signed}")
    if evidence.expires < inquiry.scene.today:
        again = f"let {evidence.owner} look again and sign evidence/{name}.yaml anew"
        return broke(f"the attestation `{name}` ended on {evidence.expires}", (again,))
    words = f"`{evidence.owner}` vouches until {evidence.expires} (evidence/{name}.yaml, signed {evidence.signed})"
    return held(words, limits=("an attestation is a person's word: no machine looked",))


def read_evidence(path: Path) -> Evidence | str:
    """The attestation, or what is wrong with it in words."""
    try:
        found: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError:
        return "is not YAML"
    if not isinstance(found, dict):
        return "is not a mapping"
    missing = [key for key in ("owner", "says", "signed", "expires") if not found.get(key)]
    if missing:
        return f"lacks {', '.join(missing)}"
    try:
        signed, expires = (_day(found[key]) for key in ("signed", "expires"))
    except ValueError:
        return "has a date that is not written as YYYY-MM-DD"
    return Evidence(path.stem, str(found["owner"]), str(found["says"]), signed, expires)


def _day(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value))


def probe_version(inquiry: Inquiry, rule: Rule) -> tuple[Outcome, ...]:
    """Registered versions equal the files, later ones carry a reason, and a registered one cannot be changed."""
    return (
        inquiry.attempt("versions-equal", "catalogue", lambda: _probe_versions(inquiry)),
        inquiry.attempt("version-change-refused", "trial", lambda: _probe_change(inquiry)),
    )


def _probe_versions(inquiry: Inquiry) -> Finding:
    scene = inquiry.scene
    if scene.control is None:
        return could_not("no control database: nothing is registered")
    registered = {v.version: v for v in scene.control.versions()}
    files = {v.version: v for v in (*scene.versions, scene.version)}
    wrong = [
        f"version `{v}` was changed after it was registered"
        for v, f in files.items()
        if v in registered and registered[v].digest != f.digest
    ]
    wrong += [f"the file of the registered version `{v}` is gone" for v in registered if v not in files]
    first = min(files.values(), key=lambda v: (v.published, v.version))
    wrong += [
        f"version `{v}` gives no reason for the change"
        for v, f in files.items()
        if f is not first and not f.reason.strip()
    ]
    wrong += [
        f"the words of version `{v}` can no longer be read" for v in registered if scene.control.find_text(v) is None
    ]
    if wrong:
        return broke(
            _some(sorted(wrong)), ("restore the file from Git; publish new words as a new version with a reason",)
        )
    missing = [v for v in files if v not in registered]
    if missing:
        return could_not(
            f"not registered yet: {', '.join(missing)}",
            ("run avow check once more: a version is registered when it is first seen",),
        )
    return held(f"{len(files)} versions equal what was registered and stay readable; each later one gives a reason")


def _probe_change(inquiry: Inquiry) -> Finding:
    scene = inquiry.scene
    if scene.control is None:
        return could_not("no control database: nothing is registered")
    registered = [v.version for v in scene.control.versions()]
    if not registered:
        return could_not("no version is registered yet")
    for version in registered:
        if not scene.control.try_to_change_version(version):
            return broke(
                f"the registered words of version `{version}` could be changed",
                ("restore the trigger on control.policy_version",),
            )
    return held(f"changing each of {len(registered)} registered versions was tried and refused")


def probe_place(inquiry: Inquiry, rule: Rule) -> tuple[Outcome, ...]:
    """Where stores and recipients say that they are. A declared place is a declaration: attested, never more."""
    return (inquiry.attempt("declared-places", "document", lambda: _probe_places(inquiry, rule)),)


def _probe_places(inquiry: Inquiry, rule: Rule) -> Finding:
    scene = inquiry.scene
    places = {f"store `{s.name}`": s.map.location for s in scene.stores}
    places |= {f"recipient `{r.name}`": r.place for r in scene.recipients}
    unknown = [name for name, place in places.items() if not place]
    outside = [
        f"{name} is in `{place}`" for name, place in places.items() if place and not _within(inquiry, rule, place)
    ]
    allowed = ", ".join(f"`{p}`" for p in rule.places)
    if outside:
        return broke(f"{_some(outside)}; the sentence names {allowed}", ("move it, or end the use of it",))
    if unknown:
        return could_not(
            f"no place is written down for {_some(unknown)}", tuple(f"write the place of {u}" for u in unknown[:3])
        )
    limits = ("places are declared, not measured",)
    return held(f"all {len(places)} stores and recipients are declared to be in {allowed}", limits=limits)


def _within(inquiry: Inquiry, rule: Rule, place: str) -> bool:
    return any(place == p or inquiry.scene.terms.covers(p, place) for p in rule.places)
