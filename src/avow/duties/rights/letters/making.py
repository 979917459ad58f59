"""From what is known about a request to a letter in the asker's language, with reasons, dates and the routes to complain.

Reasons come as codes of `avow.law` with their words and the article that gives them; a letter that refuses or delays without
a reason is not made, nor a refusal without a route. Refuses to carry personal data: a letter names the request by its
reference, and a mail holds the reference and a link alone.
Source: GDPR article 12(3) and 12(4); the announcement of fees after EDPB guidelines 01/2022, paragraph 192.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from avow.duties.rights.letters.writing import Letter, Part
from avow.duties.rights.words import Words, load_words
from avow.errors import Diagnostic, Place, RightsError

KINDS: tuple[str, ...] = (
    *("acknowledgement", "identity", "clarification", "fee", "extension"),
    *("refusal", "partial", "forwarded", "completion"),
)
_NEEDED: Mapping[str, tuple[str, ...]] = {
    "acknowledgement": ("due",),
    "identity": ("step",),
    "clarification": ("question",),
    "fee": ("fee", "fee_basis"),
    "extension": ("new_due", "reasons", "routes"),
    "refusal": ("reasons", "routes"),
    "partial": ("reasons", "routes"),
    "forwarded": ("controller",),
    "completion": (),
}


@dataclass(frozen=True)
class Reason:
    """Why something is refused or late. `words` is a clause ("the request is excessive"), `source` the article, `dpv` the
    justification of the Data Privacy Vocabulary; `about` says which part, for a refusal in part."""

    code: str
    words: str
    source: str = ""
    dpv: str = ""
    about: str = ""


@dataclass(frozen=True)
class Route:
    """Where to complain: kind authority or court."""

    kind: str
    name: str
    at: str = ""


@dataclass(frozen=True)
class LetterFacts:
    """What a letter may need. Days are local days of the law; `link` leads to the request in the centre; `until` is the end of
    the download; `certificate` True: an erasure certificate lies there."""

    reference: str
    company: str
    request_kind: str
    received: date
    made_at: datetime
    link: str
    contact: str
    language: str = "en"
    due: date | None = None
    due_source: str = ""
    new_due: date | None = None
    reasons: tuple[Reason, ...] = ()
    routes: tuple[Route, ...] = ()
    step: str = ""
    question: str = ""
    fee: str = ""
    fee_basis: str = ""
    controller: str = ""
    until: date | None = None
    files: bool = False
    certificate: bool = False


def make_letter(kind: str, facts: LetterFacts) -> Letter:
    """Raises RightsError `letter.unknown-kind`, or `letter.lacks-fact` when the law wants something that is not given."""
    _check(kind, facts)
    words = load_words(facts.language)
    what = words("kind_" + facts.request_kind)
    about = words("letter_about", kind=what, reference=facts.reference, received=facts.received.isoformat())
    parts = [
        Part("p", (words("letter_greeting", reference=facts.reference),)),
        Part("p", (about,)),
        *_BODIES[kind](words, facts, what),
    ]
    if kind in ("extension", "refusal", "partial"):
        parts += _routes(words, facts.routes)
    answering = kind in ("identity", "clarification", "fee")
    parts += [
        Part("p", (words("letter_answer_here" if answering else "letter_follow", link=facts.link),)),
        Part("p", (words("letter_contact", contact=facts.contact, reference=facts.reference),)),
    ]
    return Letter(words(kind + "_title"), facts.reference, facts.company, facts.language, facts.made_at, tuple(parts))


def make_mail(facts: LetterFacts) -> tuple[str, str]:
    """(subject, text) of the message that there is news: the reference and a link, nothing else."""
    words = load_words(facts.language)
    given = {"company": facts.company, "reference": facts.reference, "link": facts.link}
    return words("mail_subject", **given), words("mail_body", **given) + "\n"


def _check(kind: str, facts: LetterFacts) -> None:
    if kind not in KINDS:
        help = f"use one of {', '.join(KINDS)}"
        raise _refuse("letter.unknown-kind", f"`{kind}` is not a kind of letter", help)
    lacking = [name for name in _NEEDED[kind] if not getattr(facts, name)]
    if lacking:
        listed = ", ".join(f"`{name}`" for name in lacking)
        raise _refuse(
            "letter.lacks-fact", f"a letter of kind `{kind}` lacks {listed}", "give it when the letter is made"
        )


def _refuse(code: str, cause: str, help: str) -> RightsError:
    return RightsError(
        Diagnostic(Place("letter"), code, cause, help, "no letter is made, and the request stays where it is")
    )


_Body = Callable[[Words, LetterFacts, str], Sequence[Part]]


def _p(*lines: str) -> Part:
    return Part("p", lines)


def _acknowledgement(w: Words, f: LetterFacts, what: str) -> Sequence[Part]:
    due = f.due.isoformat() if f.due else ""
    body = w("acknowledgement_body", kind=what, received=f.received.isoformat(), due=due, due_source=f.due_source)
    return [_p(body), _p(w("acknowledgement_next"))]


def _identity(w: Words, f: LetterFacts, what: str) -> Sequence[Part]:
    return [_p(w("identity_body", kind=what)), _p(w("identity_step", step=f.step)), _p(w("identity_why"))]


def _clarification(w: Words, f: LetterFacts, what: str) -> Sequence[Part]:
    question = w("clarification_question", question=f.question)
    return [_p(w("clarification_body", kind=what)), _p(question), _p(w("clarification_clock"))]


def _fee(w: Words, f: LetterFacts, what: str) -> Sequence[Part]:
    return [
        _p(w("fee_body", kind=what, fee=f.fee)),
        _p(w("fee_basis", basis=f.fee_basis)),
        _p(w("fee_choice")),
    ]


def _extension(w: Words, f: LetterFacts, what: str) -> Sequence[Part]:
    due, new_due = (day.isoformat() if day else "" for day in (f.due, f.new_due))
    body = w("extension_body", kind=what, due=due, new_due=new_due, due_source=f.due_source)
    return [_p(body), _p(w("extension_why")), Part("ul", tuple(_reason(w, r) for r in f.reasons))]


def _refusal(w: Words, f: LetterFacts, what: str) -> Sequence[Part]:
    reasons = tuple(_reason(w, r) for r in f.reasons)
    return [_p(w("refusal_body", kind=what)), _p(w("refusal_why")), Part("ul", reasons)]


def _partial(w: Words, f: LetterFacts, what: str) -> Sequence[Part]:
    return [_p(w("partial_body", kind=what)), Part("ul", tuple(_reason(w, r) for r in f.reasons))]


def _forwarded(w: Words, f: LetterFacts, what: str) -> Sequence[Part]:
    day = f.made_at.date().isoformat()
    return [_p(w("forwarded_body", kind=what, controller=f.controller, day=day)), _p(w("forwarded_next"))]


def _completion(w: Words, f: LetterFacts, what: str) -> Sequence[Part]:
    parts = [_p(w("completion_body", kind=what))]
    until = f.until.isoformat() if f.until else ""
    if f.files:
        parts.append(_p(w("completion_files", until=until)))
    if f.certificate:
        parts.append(_p(w("completion_certificate", until=until)))
    return parts


_BODIES: Mapping[str, _Body] = {
    "acknowledgement": _acknowledgement,
    "identity": _identity,
    "clarification": _clarification,
    "fee": _fee,
    "extension": _extension,
    "refusal": _refusal,
    "partial": _partial,
    "forwarded": _forwarded,
    "completion": _completion,
}


def _reason(w: Words, reason: Reason) -> str:
    words = w("reason_" + reason.code) if w.has("reason_" + reason.code) else reason.words
    given = {"words": words, "source": reason.source, "what": reason.about}
    key = "partial_item" if reason.about else "letter_reason"
    return w(key if reason.source else key + "_bare", **given)


def _routes(w: Words, routes: Sequence[Route]) -> list[Part]:
    lines = [w("letter_complain_us")]
    for route in routes:
        if route.kind == "court":
            lines.append(w("letter_court", court=route.name))
        elif route.at:
            lines.append(w("letter_complain", authority=route.name, url=route.at))
        else:
            lines.append(w("letter_complain_bare", authority=route.name))
    return [Part("h", (w("letter_routes"),)), Part("ul", tuple(lines))]
