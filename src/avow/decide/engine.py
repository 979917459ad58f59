"""The reference: may this recipient do this with this category of a person's data, for this purpose, given these facts?

Interpreted straight from the rules, one question at a time. Every fast path (the compiled database first of all) is
tested against this module, so it is kept small enough to be read in one sitting and obviously right.

The meaning, in full:
- A use is allowed if some `permit` applies and no `forbid` applies. Without a permit: no.
- A rule applies if its data, subjects, purposes, recipients and `do` cover the question, every `when` holds and no
  `unless` holds. General terms cover special ones. No subjects: every kind. A forbid without data, purposes or
  recipients is about every one; a permit without them permits nothing.
- A permit that names `any.*` never reaches a category that another permit of the version names more narrowly.
- A permit of aggregates (`form: aggregate`) never allows rows, and needs `at_least` subjects in the group. A permit of
  rows allows aggregates of them too. A forbid stops both.
- What is not known does not hold: an attribute that is missing equals nothing. One exception, on the side of the person:
  a forbid about kinds of subjects applies where the kind is not known.
- A row keeps the terms that it was collected under: a use that the version in force allows must be allowed by each earlier
  version, too, for rows collected before its successor. What an earlier version did not permit may be admitted: by the mark
  `told:` or `consented:` with the purpose, and with the recipient where no permit of it names that one. What it forbade
  stays forbidden. A row of which nobody knows when it was collected counts as old.
- A source or a place that is stated and lies outside what a `require.source` or `require.place` lists is refused.

Refuses: to guess, to read a clock, a store or free text, and to be fast at the price of being plain.
Source: decision 0003 (the reading more protective of the person holds); architecture, "The one idea".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from avow.decide.question import Decision, Question, Reason
from avow.policy.promise import Condition, Owed, PolicyVersion, Rule

Covers = Callable[[str, str], bool]  # covers(general, special): Vocabulary.covers


def decide(rules: PolicyVersion | Iterable[Rule], question: Question, covers: Covers) -> Decision:
    """Allow or deny, with the promises that say so. Pure; the order of the rules never matters to `allowed`. Of a version
    what earlier ones still owe is part (`PolicyVersion.owed`); of bare rules there is none."""
    if not isinstance(rules, PolicyVersion):
        return _decide_under(tuple(rules), question, covers)
    found = _decide_under(rules.rules, question, covers)
    owing = [reason for owed in rules.owed for reason in _still_owed(owed, question, covers)] if found.allowed else []
    return Decision(False, tuple(owing)) if owing else found


def _decide_under(version: tuple[Rule, ...], question: Question, covers: Covers) -> Decision:
    """By the rules of one version alone."""
    about = [rule for rule in version if _is_about(rule, question, covers)]
    permits = [r for r in about if r.kind == "permit" and not _narrowed_away(r, question, version, covers)]
    applying = [r for r in permits if _applies(r, question, covers)]
    forbids = [r for r in about if r.kind == "forbid" and _applies(r, question, covers)]
    unmet = [r for r in about if r.kind.startswith("require.") and not _requirement_met(r, question, covers)]
    if forbids or unmet:
        return Decision(False, (*_reasons(forbids, "forbids"), *_reasons(unmet, "requires")))
    if applying:
        return Decision(True, _reasons(applying, "permits"))
    return Decision(False, _without_a_permit(permits, question, covers))


def _still_owed(owed: Owed, question: Question, covers: Covers) -> list[Reason]:
    """Why the row's own terms do not allow the use; nothing where they do, or where the row is younger than they are."""
    if question.collected is not None and question.collected >= owed.until:
        return []
    then = _decide_under(owed.rules, question, covers)
    forbids = any(reason.effect == "forbids" for reason in then.reasons)
    missing = (
        [] if forbids else [about for about in unnamed_terms(owed, question, covers) if not _admitted(about, question)]
    )
    if then.allowed or (not forbids and not missing):
        return []
    rest = (
        "forbids it"
        if forbids
        else "did not permit it, and the person was not told of or asked for " + _listing(missing)
    )
    words = f"was collected before {owed.until}, when version {owed.version} was in force, which {rest}"
    return [Reason("", "", "owes", words)]


def unnamed_terms(owed: Owed, question: Question, covers: Covers) -> tuple[str, ...]:
    """What a person must have been told of or consented to: the recipient if no permit of the version names it, and the
    purpose if none names that one, or if both are named and yet the use is not permitted."""
    permits = [rule for rule in owed.rules if rule.kind == "permit"]
    recipient = any(_any_covers(rule.recipients, question.recipient, covers) for rule in permits)
    purpose = any(_any_covers(rule.purposes, question.purpose, covers) for rule in permits)
    new_purpose = () if purpose and not recipient else (question.purpose,)
    return (*new_purpose, *(() if recipient else (question.recipient,)))


def _admitted(about: str, question: Question) -> bool:
    return f"told:{about}" in question.state or f"consented:{about}" in question.state


def _listing(terms: Iterable[str]) -> str:
    return " and ".join(f"`{term}`" for term in terms)


def version_at(versions: Sequence[PolicyVersion], question: Question) -> PolicyVersion | None:
    """The version in force when the question is asked: the latest one published on or before `question.at` (UTC date);
    the latest of all where no time is given; None before the first."""
    in_force = [v for v in versions if question.at is None or v.published <= question.at.date()]
    return max(in_force, key=lambda v: (v.published, v.version), default=None)


def decide_at(versions: Sequence[PolicyVersion], question: Question, covers: Covers) -> Decision:
    """`decide` under the version in force at `question.at`. Before the first version nothing is permitted."""
    version = version_at(versions, question)
    return decide(version or (), question, covers)


def holds(condition: Condition, question: Question, covers: Covers) -> bool:
    """Is one condition true of the facts? A kind that is not in the closed list raises ValueError."""
    values, name = condition.values, condition.name
    match condition.kind:
        case "state_absent":
            return not question.state.intersection(values)
        case "state_present":
            return question.state.issuperset(values)
        case "row":
            return question.row.get(name) in values
        case "own_rows":
            return name in question.own and question.row.get(name) == question.own[name]
        case "case_open":
            return not question.cases.isdisjoint(values)
        case "consent_for_recipient":
            return any(covers(consented, question.recipient) for consented in question.consents)
        case "place":
            return bool(question.place) and _any_covers(values, question.place, covers)
        case "before":
            return question.events.isdisjoint(values)
        case "after":
            return question.events.issuperset(values)
    raise ValueError(f"`{condition.kind}` is no condition of the closed list")


def _is_about(rule: Rule, question: Question, covers: Covers) -> bool:
    """Do the rule's terms cover the question? Its conditions are not looked at."""
    permit = rule.kind == "permit"
    if not (_listed(rule.data, question.category, covers, empty=not permit) and _about_subject(rule, question, covers)):
        return False
    if permit or rule.kind == "forbid":
        return _about_use(rule, question, covers, empty=not permit)
    return _states_the_fact(rule, question)


def _about_use(rule: Rule, question: Question, covers: Covers, empty: bool) -> bool:
    return (
        _listed(rule.purposes, question.purpose, covers, empty=empty)
        and _listed(rule.recipients, question.recipient, covers, empty=empty)
        and question.do in rule.do
        and _about_form(rule, question)
    )


def _about_subject(rule: Rule, question: Question, covers: Covers) -> bool:
    if not question.subject and rule.kind == "forbid":
        return True
    return _listed(rule.subjects, question.subject, covers, empty=True)


def _about_form(rule: Rule, question: Question) -> bool:
    return rule.kind == "forbid" or rule.form == "rows" or question.form == "aggregate"


def _states_the_fact(rule: Rule, question: Question) -> bool:
    """Only requirements about a fact that the question states can be unmet."""
    return bool({"require.source": question.source, "require.place": question.place}.get(rule.kind, ""))


def _requirement_met(rule: Rule, question: Question, covers: Covers) -> bool:
    if not all(holds(c, question, covers) for c in rule.when):
        return True
    if rule.kind == "require.source":
        return _any_covers(rule.sources, question.source, covers)
    return _any_covers(rule.places, question.place, covers)


def _applies(rule: Rule, question: Question, covers: Covers) -> bool:
    large_enough = rule.form == "rows" or rule.kind == "forbid" or question.group >= rule.at_least
    return (
        large_enough
        and all(holds(c, question, covers) for c in rule.when)
        and not any(holds(c, question, covers) for c in rule.unless)
    )


def _narrowed_away(permit: Rule, question: Question, version: Iterable[Rule], covers: Covers) -> bool:
    """True if the permit reaches the category by a class word only, and some permit of the version names it narrowly."""
    own = [term for term in permit.data if term == question.category or not term.startswith("any.")]
    if _any_covers(own, question.category, covers):
        return False
    narrow = [t for r in version if r.kind == "permit" for t in r.data if not t.startswith("any.")]
    return _any_covers(narrow, question.category, covers)


def _listed(terms: Sequence[str], asked: str, covers: Covers, empty: bool) -> bool:
    return _any_covers(terms, asked, covers) if terms else empty


def _any_covers(terms: Iterable[str], asked: str, covers: Covers) -> bool:
    return any(term == asked or covers(term, asked) for term in terms)


def _reasons(rules: Iterable[Rule], effect: str) -> tuple[Reason, ...]:
    words = {
        "permits": "permits this use",
        "forbids": "forbids this use, and no exception it states holds",
        "requires": "allows no other source or place than those it lists",
    }
    return tuple(Reason(r.promise, r.id, effect, words[effect]) for r in sorted(rules, key=lambda r: r.id))


def _without_a_permit(near: Iterable[Rule], question: Question, covers: Covers) -> tuple[Reason, ...]:
    """That no promise permits it, first; then the permits that would, were their conditions met."""
    missed = [Reason(r.promise, r.id, "fails", _what_fails(r, question, covers)) for r in near]
    return (Reason("", "", "fails", "no promise permits this use"), *sorted(missed, key=lambda r: r.rule))


def _what_fails(rule: Rule, question: Question, covers: Covers) -> str:
    failing = [condition_words(c) for c in rule.when if not holds(c, question, covers)]
    failing += ["unless " + condition_words(c) for c in rule.unless if holds(c, question, covers)]
    if rule.form == "aggregate" and question.group < rule.at_least:
        failing.append(f"groups of at least {rule.at_least} people")
    return "would permit this use only if: " + "; ".join(failing)


def condition_words(condition: Condition) -> str:
    """A condition in plain words, for reasons and explanations."""
    listed = " or ".join(f"`{value}`" for value in condition.values)
    return {
        "state_absent": f"the person has no mark {listed}",
        "state_present": f"the person has the mark {listed}",
        "row": f"the row's {condition.name} is {listed}",
        "own_rows": f"the row's {condition.name} is the user's own",
        "case_open": f"a case of kind {listed} is open",
        "consent_for_recipient": "the person consented to this recipient",
        "place": f"the use takes place in {listed}",
        "before": f"before {listed}",
        "after": f"after {listed}",
    }[condition.kind]
