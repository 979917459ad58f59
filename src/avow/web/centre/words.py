"""Public words for what the desk says in codes: states, identity steps, waits, events, refusals, verdicts.

No word of Avow's own workshop leaves here. A code without words here is shown as a neutral sentence, never as the code.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime

from django.utils.formats import date_format
from django.utils.functional import Promise as LazyText
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from avow.control.cases import LookRow
from avow.duties.rights.certificate.document import NOTICE_GOES
from avow.duties.rights.model import Request
from avow.vocabulary import Vocabulary, load_vocabulary

Text = str | LazyText

STATES: Mapping[str, Text] = {
    "received": gettext_lazy("Received"),
    "identity": gettext_lazy("Waiting for you: show that it is you"),
    "clarifying": gettext_lazy("Waiting for you: we have a question"),
    "fee": gettext_lazy("Waiting for you: a fee is due"),
    "finding": gettext_lazy("We are looking for your data"),
    "review": gettext_lazy("A person is looking at it"),
    "waiting": gettext_lazy("Waiting time: you can still change your mind"),
    "working": gettext_lazy("We are doing it"),
    "hands": gettext_lazy("Some of it is being done by hand"),
    "done": gettext_lazy("Done"),
    "refused": gettext_lazy("Refused"),
    "withdrawn": gettext_lazy("You took it back"),
    "lapsed": gettext_lazy("Ended without an answer from you"),
    "forwarded": gettext_lazy("Passed to the company that decides about this data"),
    "merged": gettext_lazy("Joined with your earlier request"),
}
TONES: Mapping[str, str] = {
    "done": "good",
    "identity": "warn",
    "clarifying": "warn",
    "fee": "warn",
    "refused": "bad",
    "withdrawn": "",
    "lapsed": "",
    "merged": "",
    "forwarded": "",
}
IDENTITY: Mapping[str, Text] = {
    "none": gettext_lazy("You do not have to show who you are."),
    "session": gettext_lazy("You are signed in; that is enough."),
    "reauthentication": gettext_lazy("You are asked for your password or passkey once more."),
    "code": gettext_lazy("We send a code to your e-mail address; you type it in."),
    "facts": gettext_lazy("We ask for two things that we should know already, such as your customer number."),
    "document": gettext_lazy(
        "A person asks you for a paper; you may black out most of it, and we delete it afterwards."
    ),
}
NEXT: Mapping[str, Text] = {
    "code": gettext_lazy("Type in the code that we send you. Then we begin."),
    "reauthentication": gettext_lazy("Confirm with your password or passkey. Then we begin."),
    "fee": gettext_lazy("We tell you the fee. Nothing happens, and nothing is owed, until you accept it."),
    "person": gettext_lazy("A person reads it and answers you."),
    "search": gettext_lazy("We begin at once. You can watch every step on the page of your request."),
}
VERDICTS: Mapping[str, tuple[Text, str]] = {
    "kept": (gettext_lazy("tested and true"), "good"),
    "attested": (gettext_lazy("confirmed by a document"), "now"),
    "broken": (gettext_lazy("not true at the moment"), "bad"),
    "unproven": (gettext_lazy("not tested"), "warn"),
    "not_checkable": (gettext_lazy("cannot be tested"), ""),
    "looked_into": (gettext_lazy("being looked into"), "warn"),
}
GROUNDS: Mapping[str, Text] = {  # why something may go outside
    "contract": gettext_lazy("a firm that works for us under contract"),
    "consent": gettext_lazy("the person agreed to it"),
    "obligation": gettext_lazy("a law or an order obliged us"),
    "emergency": gettext_lazy("somebody was in danger"),
    "transfer": gettext_lazy("a part of our business went to another company"),
}
EVENTS: Mapping[str, Text] = {
    "received": gettext_lazy("Your request arrived"),
    "identity asked": gettext_lazy("We asked you to show that it is you"),
    "identity for a person": gettext_lazy("A person makes sure that it is you"),
    "code sent": gettext_lazy("We sent you a code"),
    "code wrong": gettext_lazy("A code was not right"),
    "facts offered": gettext_lazy("You told us things that we should know already"),
    "document offered": gettext_lazy("You sent a document"),
    "search begins": gettext_lazy("We began to look for your data"),
    "for a person": gettext_lazy("It went to a person"),
    "jurisdiction to decide": gettext_lazy("A person decides which law applies"),
    "fee announced": gettext_lazy("We told you the fee"),
    "fee accepted": gettext_lazy("You accepted the fee"),
    "fee declined": gettext_lazy("You declined the fee"),
    "fee paid": gettext_lazy("The fee was paid"),
    "fee contested": gettext_lazy("You did not agree to the fee"),
    "fee waived": gettext_lazy("No fee is asked"),
    "message": gettext_lazy("A message was written"),
    "answered": gettext_lazy("You answered our question"),
    "withdrawn": gettext_lazy("You took the request back"),
    "contested": gettext_lazy("You asked us to look again"),
    "merged into an open request": gettext_lazy("It was joined with your earlier request"),
    "asked again": gettext_lazy("You asked again"),
    "answer opened": gettext_lazy("You opened the answer"),
    "answer made": gettext_lazy("Your answer was made"),
    "answer asked again": gettext_lazy("The answer is being made again"),
    "corrections written down": gettext_lazy("We wrote down what is to be corrected"),
    "approved": gettext_lazy("A person agreed to it"),
    "asked back": gettext_lazy("We asked you a question"),
    "refused in part": gettext_lazy("We refused a part of it and told you why"),
    "extended": gettext_lazy("We need more time and told you why"),
    "other addresses told": gettext_lazy("We told your other addresses about it"),
    "opened again": gettext_lazy("It was opened again"),
    "waits": gettext_lazy("The time to change your mind began"),
    "work begins": gettext_lazy("We began to work on it"),
}


# what a certificate says by words of its own, not of the company's
CERTIFIED: Mapping[str, Text] = {
    "law": gettext_lazy("a law obliges us to keep it"),
    "dead rows, statistics, logs and backups": gettext_lazy("remains in files, logs and backups"),
    NOTICE_GOES: gettext_lazy("they are being told of the deletion; their answer is awaited"),
    # in certificates of before
    "told of the erasure, their answer is awaited": gettext_lazy("told of the deletion; their answer is awaited"),
}
FATES: Mapping[str, Text] = {
    "delete": gettext_lazy("deleted"),
    "anonymise": gettext_lazy("made anonymous"),
    "clean": gettext_lazy("taken out of texts"),
    "keep": gettext_lazy("kept"),
    "": gettext_lazy("changed"),  # whatever has no word of its own
}


LOOKERS: Mapping[str, Text] = {  # the role in which somebody looked
    "privacy_officer": gettext_lazy("privacy officer"),
    "case_worker": gettext_lazy("who works on requests"),
    "approver": gettext_lazy("who checks the work of others"),
    "auditor": gettext_lazy("auditor"),
    "support": gettext_lazy("customer support"),
    "program": gettext_lazy("a program of ours"),
}
LOOKED_FOR: Mapping[str, Text] = {
    "right.request": gettext_lazy("to work on your request"),
    "right.identity": gettext_lazy("to make sure that it was you who asked"),
    "right.review": gettext_lazy("to check who used your data, and for what"),
}


def list_looks(looks: Iterable[LookRow]) -> list[tuple[datetime, Text, Text]]:
    """(when, in which role, for what) of each look, in public words."""
    return [
        (
            one.at,
            LOOKERS.get(one.role, one.role.replace("_", " ")),
            LOOKED_FOR.get(one.purpose) or say_term(one.purpose, "purpose"),
        )
        for one in looks
    ]


def say_state(state: str) -> Text:
    return STATES.get(state, gettext_lazy("Under way"))


def find_event(name: str, from_state: str, to_state: str) -> Text | None:
    """What happened, in public words. Other steps show as the state that they led to; None for what led nowhere."""
    if name in EVENTS:
        return EVENTS[name]
    if name.startswith("identity: "):
        return gettext_lazy("You showed that it is you")
    return say_state(to_state) if from_state != to_state else None


def say_wait(wait: str) -> str:
    """A wait of the preview ("undo 7 days", "after a change of address 48 hours") as a sentence."""
    number = int((re.findall(r"\d+", wait) or ["0"])[0])
    if wait.startswith("undo"):
        return ngettext(
            "After that you have %(number)d day in which you can change your mind. Your data is not used meanwhile.",
            "After that you have %(number)d days in which you can change your mind. Your data is not used meanwhile.",
            number,
        ) % {"number": number}
    return ngettext(
        "If your address or password was changed lately, we wait %(number)d hour and tell your other addresses first.",
        "If your address or password was changed lately, we wait %(number)d hours and tell your other addresses first.",
        number,
    ) % {"number": number}


def say_due(request: Request) -> str:
    return say_day(request.due_at)


def say_day(at: datetime | date) -> str:
    return date_format(at, "DATE_FORMAT")


def say_term(term: str, kind: str = "category", vocabulary: Vocabulary | None = None) -> str:
    """The label of a term in the reader's language; the term's own words when the vocabulary does not have it."""
    found = (vocabulary or load_vocabulary()).find(kind, term)
    label = found.label if found else term.replace(".", ": ").replace("_", " ")
    return _(label[:1].upper() + label[1:])


def list_terms(terms: Iterable[str], kind: str) -> list[tuple[str, str]]:
    """(term, label), in the order of the labels."""
    return sorted(((term, say_term(term, kind)) for term in terms), key=lambda pair: pair[1])


REASONS: Mapping[str, Text] = {
    "not-identified": gettext_lazy("We could not make sure that it was you who asked."),
    "unfounded": gettext_lazy("The request is manifestly unfounded."),
    "excessive": gettext_lazy("The request repeats an earlier one or goes beyond what the law gives."),
    "right-not-given": gettext_lazy("The law gives this right only in cases that yours is not one of."),
    "exempted": gettext_lazy("A law exempts this data from the right."),
    "not-inaccurate": gettext_lazy("What we hold is correct; your statement is kept beside it."),
    "overriding-interest": gettext_lazy("There are compelling reasons for the use that weigh more."),
    "impossible": gettext_lazy("It cannot be done."),
}


def say_reason(code: str) -> Text:
    """Why a request was refused."""
    return REASONS.get(
        code, gettext_lazy("The reasons stand in the letter that we sent you and in the messages below.")
    )


def say_next(request: Request) -> Text:
    """What happens next with a request that has just been sent."""
    if request.state == "identity":
        return NEXT.get(request.identity_needed, IDENTITY.get(request.identity_needed, NEXT["search"]))
    if request.state == "fee":
        return NEXT["fee"]
    return NEXT["person"] if request.kind in ("complaint", "question") else NEXT["search"]


FILES: Mapping[str, Text] = {
    "index.html": gettext_lazy("Everything on one page, to read in the browser"),
    "report.pdf": gettext_lazy("A written report, to print or keep"),
    "data.json": gettext_lazy("Everything as data, for programs"),
    "data.csv": gettext_lazy("Everything as a table, for a spreadsheet"),
    "schema.json": gettext_lazy("What the fields of the data mean"),
    "contacts.vcf": gettext_lazy("Contacts, for an address book"),
    "messages.mbox": gettext_lazy("Messages, for a mail program"),
    "events.ics": gettext_lazy("Dates, for a calendar"),
    "SHA256SUMS": gettext_lazy("Checksums of all files"),
}


def place_of_file(name: str) -> int:
    """What is to be read comes first, what only checks the others last."""
    return list(FILES).index(name) if name in FILES else len(FILES)


def say_file(name: str) -> Text:
    return FILES.get(name, name)
