"""Put a decision into words that a lawyer reads, with the sentences of the policy that decide.

Promises: the question, yes or no, and for each reason the exact words of the published policy with promise, version and
line. Where no promise permits the use it says what the policy permits instead. Terms stand in their plain words.

Refuses to print facts about a person: marks and attributes appear only as a rule names them, never as a row holds them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from avow.decide.column import ColumnDecision, ColumnUse, Part
from avow.decide.question import Decision, Question
from avow.policy.promise import PolicyVersion, Rule
from avow.vocabulary import Vocabulary, load_vocabulary

_DOES = {"permits": "it is permitted by", "forbids": "it is forbidden by", "requires": "it goes against"}
_INSTEAD = 3  # at most so many promises that permit something near


def explain(
    decision: Decision, question: Question, version: PolicyVersion, words: Vocabulary | None = None, name: str = ""
) -> str:
    """The decision in words; `name` is what the data is called (`contacts.email`) beside its category. Ends without a
    line break. `words` defaults to the vocabulary of this release."""
    known = words or load_vocabulary()
    return f"{_asked(question, known, name)} {_answered(decision, question, version, known)}"


def explain_column(
    decided: ColumnDecision, question: Question, version: PolicyVersion, words: Vocabulary | None = None
) -> str:
    """The decision about a column: one answer, then the parts that decide, kinds of row that answer alike together."""
    known = words or load_vocabulary()
    column = decided.column
    asked = _asked(question, known, column.name)
    if not decided.parts:
        return f"{asked} {_without_parts(column)}"
    groups = list(_alike(decided.parts))
    if len(groups) == 1:
        _, part = groups[0]
        return explain(part.decision, part.question, version, known, column.name)
    told = [f"{asked} {_summary(decided)}"]
    for kinds, part in groups:
        about = f"on rows of {kinds}, as {_data(part.question, known)}: "
        told.append(about + _answered(part.decision, part.question, version, known))
    return "\n".join(told)


def _without_parts(column: ColumnUse) -> str:
    if column.link:
        return "yes, with the row: it is a key and says nothing of its own."
    if not column.categories:
        return "yes: the data map says that it holds nothing personal."
    return "no: the row is of no kind that the data map declares, so no promise can be about it."


def _summary(decided: ColumnDecision) -> str:
    yes = [f"`{name}`" for name, allowed in decided.kinds().items() if allowed]
    if decided.allowed:
        return "yes."
    return f"only on rows of {', '.join(yes)}." if yes else "no."


def _alike(parts: Iterable[Part]) -> Iterator[tuple[str, Part]]:
    """(kinds of row, a part) for parts with the same answer for the same reasons. What is denied hides what is allowed on
    rows of the same kind, since one refusal is enough."""
    kept = tuple(parts)
    denied = {part.kind for part in kept if not part.decision.allowed}
    groups: dict[tuple[object, ...], tuple[list[str], Part]] = {}
    for part in kept:
        if part.decision.allowed and part.kind in denied:
            continue
        key = (part.question.category, part.question.subject, part.decision)
        groups.setdefault(key, ([], part))[0].append(f"`{part.kind}`")
    return ((", ".join(dict.fromkeys(kinds)), part) for kinds, part in groups.values())


def _asked(question: Question, known: Vocabulary, name: str) -> str:
    verb = f"{question.do} statistics of" if question.form == "aggregate" else question.do
    recipient = known.label(question.recipient, "recipient")
    purpose = known.label(question.purpose, "purpose")
    return f"may {recipient} {verb} {_data(question, known, name)} for {purpose}?"


def _data(question: Question, known: Vocabulary, name: str = "") -> str:
    what = known.label(question.category, "category") if question.category else ""
    data = f"`{name}` ({what})" if name and what else f"`{name}`" if name else what if "any" in what else f"the {what}"
    subject = known.label(question.subject, "subject") if question.subject else ""
    article = "an" if subject[:1] in "aeio" else "a"
    return f"{data} of {article} {subject}" if subject else data


def _answered(decision: Decision, question: Question, version: PolicyVersion, known: Vocabulary) -> str:
    lines = []
    for reason in decision.reasons:
        if reason.promise:
            does = _DOES.get(reason.effect) or f"one promise {reason.words}"
            lines += [f"  {does}", f"    {_sentence(reason.promise, version)}"]
    lines += [f"  the row {reason.words}" for reason in decision.reasons if reason.effect == "owes"]
    if decision.allowed:
        return "\n".join(["yes:", *lines])
    if lines:
        return "\n".join(["no:", *lines])
    return "\n".join(["no: no promise of the policy permits it.", *_instead(question, version, known)])


def _instead(question: Question, version: PolicyVersion, known: Vocabulary) -> list[str]:
    """What the policy does say about this data: prohibitions of a part of the use, then what is permitted, the same
    recipient's or the same purpose's uses first."""
    rules = [r for r in version.rules if _touches(r.data, question.category, known)]
    lines: list[str] = []
    for rule in (r for r in rules if r.kind == "forbid" and _is_part(r, question, known)):
        lines += ["  a part of it is forbidden by", f"    {_sentence(rule.promise, version)}"]

    def near(rule: Rule) -> tuple[int, str]:
        who = _touches(rule.recipients, question.recipient, known)
        why = _touches(rule.purposes, question.purpose, known)
        return (0 if who and why else 1 if who else 2 if why else 3), rule.id

    permits = sorted((r for r in rules if r.kind == "permit"), key=near)
    closer = [r for r in permits if near(r)[0] < 3]  # another's use for something else only where there is no better
    for rule in (closer or permits)[:_INSTEAD]:
        who = " or ".join(known.label(r, "recipient") for r in rule.recipients)
        why = " or ".join(known.label(p, "purpose") for p in rule.purposes)
        lines += [f"  what it permits is use by {who} for {why}", f"    {_sentence(rule.promise, version)}"]
    return lines


def _is_part(rule: Rule, question: Question, known: Vocabulary) -> bool:
    """The prohibition speaks of a narrower use than the question does, by whoever is asked about."""
    who = not rule.recipients or _touches(rule.recipients, question.recipient, known)
    return who and _touches(rule.purposes, question.purpose, known)


def _touches(terms: Iterable[str], asked: str, known: Vocabulary) -> bool:
    """A term covers what is asked, or is a part of it: somebody who asks about marketing also asks about marketing by mail."""
    return any(known.covers(term, asked) or known.covers(asked, term) for term in terms)


def _sentence(promise_id: str, version: PolicyVersion) -> str:
    """The whole sentence(s) in which the promise is anchored, in quotation marks, with where they stand."""
    promise = next((p for p in version.promises if p.id == promise_id), None)
    if promise is None:
        return f"(promise `{promise_id}`, which version {version.version} does not hold)"
    told = [" ".join(s.text.split()) for s in version.sentences if promise_id in s.promises]
    text = " ".join(told) or " ".join(promise.quote.exact.split())
    return f"“{text}” (promise `{promise_id}`, policy {version.version}, line {promise.anchor.line})"
