"""The gate: nothing leaves unless a ground that the policy names holds, and then only what that ground lets go.

Default deny. Every reason against is told at once. Refuses a recipient that nobody registered or whose place nobody wrote down, a
place outside those that the policy promises, a purpose or a field that the register or the policy does not give this recipient,
an ended contract, a consent that is missing or withdrawn (each person's own), a case without law, document and second person, and
passing something on to a department that may not have it. An answer to the person's own request is no disclosure: it does not
come here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from avow.duties.disclosures.model import CHANNELS, Ask, Circumstances, Ordinary

_PROCESSORS = ("processor", "group")
_OBLIGED_TO = ("authority",)


@dataclass(frozen=True)
class Objection:
    """One reason against. `code` has a page in docs/errors; `words` name things, never a person."""

    code: str
    words: str


@dataclass(frozen=True)
class Ruling:
    """What the gate says: `people` may be told of (all of them, or those who agreed), `left_out` counts the others.
    `review`: a second person has to look at it afterwards."""

    objections: tuple[Objection, ...]
    people: tuple[str, ...] = ()
    left_out: int = 0
    review: bool = False

    @property
    def allowed(self) -> bool:
        return not self.objections

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(objection.code for objection in self.objections))


Found = Iterator[Objection]


def check_disclosure(ask: Ask, given: Circumstances, terms: Ordinary) -> Ruling:
    """Rules on one ask. Pure: the same ask under the same circumstances gets the same ruling."""
    found = list(_shape(ask))
    found += _inside(ask, given, terms) if ask.ground == "inside" else _outside(ask, given, terms)
    people = tuple(p for p in ask.people if p in given.agreed) if ask.ground == "consent" else ask.people
    if ask.ground == "consent" and not people:
        found.append(Objection("disclosure.no-consent", "nobody of those concerned has agreed to this recipient"))
    if found:
        return Ruling(tuple(found))
    return Ruling((), people, len(ask.people) - len(people), review=ask.ground == "emergency")


def _shape(ask: Ask) -> Found:
    if ask.channel not in CHANNELS:
        yield Objection("disclosure.no-such-channel", f"`{ask.channel}` is no way out: {', '.join(CHANNELS)}")
    if not ask.data or not ask.people:
        yield Objection("disclosure.nothing-asked", "no field or nobody is named")
    if not ask.by:
        yield Objection("disclosure.nobody-asks", "nobody answers for this")


def _outside(ask: Ask, given: Circumstances, terms: Ordinary) -> Found:
    if given.entry is None:
        yield Objection("disclosure.unknown-recipient", f"recipients.yaml has no `{ask.recipient}`")
        return
    yield from _place(given, terms)
    rest = _GROUNDS.get(ask.ground)
    if rest is None:
        kind = "an affiliate" if given.entry.affiliated else "a firm outside the group"
        yield Objection(
            "disclosure.no-ground", f"`{ask.recipient}` is {kind}, and no ground is named that lets it have this"
        )
        return
    yield from rest(ask, given, terms)


def _place(given: Circumstances, terms: Ordinary) -> Found:
    assert given.entry is not None  # asked before
    place = given.entry.location
    if not place:
        yield Objection("disclosure.no-place", f"nobody wrote down where `{given.entry.id}` is")
    elif given.places and not any(terms.covers(allowed, place) for allowed in given.places):
        allowed = ", ".join(f"`{p}`" for p in sorted(given.places))
        yield Objection(
            "disclosure.place-not-allowed", f"`{given.entry.id}` is in `{place}`; the policy promises {allowed}"
        )


def _contract(ask: Ask, given: Circumstances, terms: Ordinary) -> Found:
    """A firm that works for us: a contract that runs, and the purposes and fields that register and policy both give it."""
    entry = given.entry
    assert entry is not None  # asked before
    if not any(terms.covers(kind, entry.kind) for kind in _PROCESSORS):
        yield Objection(
            "disclosure.no-ground", f"`{entry.id}` is a `{entry.kind}`: it does not work for us under contract"
        )
    if not entry.contract:
        yield Objection("disclosure.no-contract", f"no contract with `{entry.id}` is written down")
    elif not entry.is_contracted(given.now.date()):
        yield Objection("disclosure.contract-not-running", f"the contract with `{entry.id}` does not run on this day")
    yield from _listed(ask, given, terms)
    outside = sorted(ask.data - given.fields)
    if outside:
        listed = ", ".join(f"`{one}`" for one in outside)
        yield Objection("disclosure.field-not-promised", f"the policy gives a `{entry.kind}` no {listed} for this")


def _listed(ask: Ask, given: Circumstances, terms: Ordinary) -> Found:
    """What the register says that this recipient gets."""
    entry = given.entry
    assert entry is not None  # asked before
    if not any(terms.covers(purpose, ask.purpose) for purpose in entry.purposes):
        yield Objection("disclosure.purpose-not-registered", f"`{entry.id}` gets nothing for `{ask.purpose}`")
    outside = sorted(one for one in ask.data if not any(terms.covers(listed, one) for listed in entry.data))
    if outside:
        listed = ", ".join(f"`{one}`" for one in outside)
        yield Objection("disclosure.field-not-registered", f"the register gives `{entry.id}` no {listed}")


def _consent(ask: Ask, given: Circumstances, terms: Ordinary) -> Found:
    """Each person's own consent is asked for by who made the circumstances: here only what they agreed to be given."""
    yield from _listed(ask, given, terms)


def _obligation(ask: Ask, given: Circumstances, terms: Ordinary) -> Found:
    assert given.entry is not None  # asked before
    if not any(terms.covers(kind, given.entry.kind) for kind in _OBLIGED_TO):
        yield Objection("disclosure.not-an-authority", f"`{given.entry.id}` is a `{given.entry.kind}`, no authority")
    yield from _listed(ask, given, terms)
    yield from _case(ask, given, "legal_disclosure")
    if given.order and not given.order.basis:
        yield Objection(
            "disclosure.not-an-obligation", "the case names no law or order: a request alone obliges nobody"
        )
    if given.order and not given.order.document:
        yield Objection("disclosure.no-document", "the vault does not hold the order, or it no longer runs")


def _transfer(ask: Ask, given: Circumstances, terms: Ordinary) -> Found:
    assert given.entry is not None  # asked before
    if not terms.covers("successor", given.entry.kind):
        yield Objection("disclosure.no-ground", f"`{given.entry.id}` is a `{given.entry.kind}`, no successor")
    yield from _case(ask, given, "merger")
    if given.order and not given.order.notice:
        yield Objection("disclosure.no-notice", "the people concerned were not told of the transfer")


def _case(ask: Ask, given: Circumstances, kind: str) -> Found:
    order = given.order
    if order is None or order.kind != kind:
        yield Objection("disclosure.no-case", f"no case of kind {kind.replace('_', ' ')} is named")
    elif not order.going:
        yield Objection("disclosure.case-not-open", "the case is not approved, or it has ended")
    elif not order.approved_by or order.approved_by == order.requested_by:
        yield Objection("disclosure.same-person", "whoever asked for the case cannot approve it")
    elif order.about and not order.about.issuperset(ask.people):
        yield Objection("disclosure.not-in-the-case", "the case is about somebody else")


def _emergency(ask: Ask, given: Circumstances, terms: Ordinary) -> Found:
    if len(ask.why.split()) < 3:
        yield Objection(
            "disclosure.no-reason", "in an emergency somebody says in words whose life or limb is in danger"
        )


def _inside(ask: Ask, given: Circumstances, terms: Ordinary) -> Found:
    """Passed on between departments: the receiver must hold a role that may have every field, and so must the giver."""
    if not terms.covers("internal", ask.recipient):
        yield Objection("disclosure.unknown-recipient", f"`{ask.recipient}` is no department")
    for who, may in ((ask.recipient, given.received), (ask.giver, given.given)):
        outside = sorted(ask.data - may)
        if outside:
            listed = ", ".join(f"`{one}`" for one in outside)
            yield Objection("disclosure.role-may-not", f"no role of `{who or 'nobody'}` may have {listed}")


_GROUNDS: Mapping[str, Callable[[Ask, Circumstances, Ordinary], Found]] = {
    "contract": _contract,
    "consent": _consent,
    "obligation": _obligation,
    "emergency": _emergency,
    "transfer": _transfer,
}
