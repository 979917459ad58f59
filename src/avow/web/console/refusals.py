"""Why something cannot be done, and what can, as staff read it: the model's own words, or in another language what its code means.

The model says in English exactly what is so; another language says what every refusal with this code has in common, and the code
with it. A code that has no sentence here keeps the model's words: nothing is left unsaid.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise as LazyText
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from avow.errors import AvowError, Diagnostic

SENTENCES: Mapping[str, LazyText] = {
    "answer.incomplete": _(
        "The answer lacks something that the law asks for: mend it and make it again, or give a reason."
    ),
    "breach.aware-later": _("A clock that runs is never set back; an earlier moment may be given."),
    "breach.bad-extent": _(
        "This is not how something that was breached is named: look at the examples beside the field."
    ),
    "breach.bad-moment": _("Nobody was aware in the future: give the moment in UTC, such as 2026-03-02T09:00."),
    "breach.bad-recipient": _("Nobody of that name is told: choose the authority or the people."),
    "breach.bad-risk": _("A risk to people is unlikely, a risk or high: choose one of them."),
    "breach.bad-window": _(
        "The time is not right: it begins before it ends, and is written in UTC, such as 2026-03-02T09:00."
    ),
    "breach.being-counted": _("A count was asked for and has not come: wait for it."),
    "breach.draft-not-whole": _("The letter is not whole: say what is missing, or count first."),
    "breach.names-somebody": _("The words hold something like an address or a number of a person: say it without."),
    "breach.no-such-letter": _("No such letter waits: load the page again."),
    "breach.no-words": _("This is recorded with words: say how, or why, in a sentence."),
    "breach.own-letter": _("Whoever asked for the letter does not approve it: let a second person read it."),
    "breach.untold": _(
        "Somebody must still be told: tell them, or record the decision with its reason; then close the case."
    ),
    "cases.fact-missing": _("A fact is missing: fill in every field."),
    "cases.fact-unknown": _("This kind of case does not have that fact."),
    "cases.gate-refused": _("The gate of disclosures refused it; the attempt is in the register."),
    "cases.has-ended": _("The case has ended: open a new one if there is more to say."),
    "cases.no-finding": _("A case is not closed without a finding: say in a sentence what was found and done."),
    "cases.no-scope": _("Say which row the case is about: store:schema.table:key."),
    "cases.no-such-case": _("There is no such case."),
    "cases.no-terms": _("The vault holds no terms of this name that are in force: put them into the vault first."),
    "cases.not-open": _("The case is not open, so that nothing is done in it."),
    "cases.not-waiting": _("Only a case that waits can be approved or refused."),
    "cases.own-case": _("Whoever asked for the case does not approve it: let somebody else look at it."),
    "cases.unknown-kind": _("There is no such kind of case."),
    "disclosure.no-such": _("Nothing of that kind waits: load the page again."),
    "disclosure.same-person": _("Whoever gave it away does not judge it: somebody else does."),
    "intake.bad-fact": _("A fact of the delivery is not right: look at its day, its firm and its use."),
    "intake.licence-ended": _("The licence of this delivery has ended: nothing of it enters."),
    "intake.missing-fact": _("A fact of the delivery is missing: fill in every field."),
    "intake.missing-field": _("The file lacks a field that each line must have."),
    "intake.too-long": _("The delivery has too many lines: cut the file into several."),
    "intake.unknown": _("There is no such way in."),
    "intake.unknown-field": _("The file has a field that this way in does not take."),
    "intake.unknown-firm": _("The firm is not in the register of recipients."),
    "intake.use-not-permitted": _("The licence does not permit this use."),
    "law.bad-fee": _("This is no amount of money: write it as in 20.00."),
    "law.fee-above-cap": _("The fee is above what the company asks at most: lower it."),
    "law.fee-forbidden": _("The law forbids a fee here: answer the request, or refuse it with a reason."),
    "law.no-such-ground": _("The law of this case does not have this reason for this kind of request."),
    "letter.lacks-fact": _("The letter lacks something that the law wants in it."),
    "outbox.no-such-batch": _("No batch of this name waits for approval."),
    "outbox.same-person": _("Whoever asked for the messages does not approve them: a second person has to."),
    "retention.bad-hold": _(
        "A hold needs a row of a person that is there, a reason without a name, and a day to come."
    ),
    "reviews.no-statement": _(
        "A review is signed by a person who says in a sentence what they looked at, and what follows."
    ),
    "reviews.no-such-review": _("There is no such review."),
    "reviews.signed": _("This review was signed before: make a new one where more was found."),
    "rights.absolute": _("A no to marketing is never refused: let it go on."),
    "rights.approved-before": _("You have agreed already: a second person has to agree."),
    "rights.bad-file": _("The file is empty or above 20 MB: attach it in parts, as several files."),
    "rights.bad-hold": _("A hold needs an open request, a ground, an owner and a day to come."),
    "rights.bad-request": _("Something in the form is not right, or too long: look at what you wrote."),
    "rights.document-last": _("A document is asked for last, after facts were compared: ask for facts first."),
    "rights.match-undecided": _("Somebody has to say whose each row is first: decide every match."),
    "rights.names-in-certificate": _(
        "A ground of a hold names the person: word it without names, addresses and numbers."
    ),
    "rights.no-answer-again": _("There is no answer that could be made again, or its time is over."),
    "rights.no-evidence": _("A task ends with evidence: add what shows that it was done, or why not."),
    "rights.no-extension": _("The law gives no further extension here: answer by the date that stands."),
    "rights.no-file": _(
        "What was found is not attached: attach every file, or say that there is none or why no copy can be taken."
    ),
    "rights.no-outcome": _("A question ends with an answer; a complaint with an answer, an outcome and notes."),
    "rights.no-such-hold": _("This hold does not exist or was released before: load the case again."),
    "rights.no-such-match": _("This row was not found for the request: load the case again."),
    "rights.no-such-move": _("The request has moved on, or is closed: look at its timeline."),
    "rights.no-such-part": _("This request has no such part: choose one of those that the page lists."),
    "rights.no-such-request": _("There is no request with that reference."),
    "rights.no-such-task": _("This task or file is not there any more: load the page again."),
    "rights.not-identified": _("The person has not shown who they are: ask for it, or record how they did."),
    "rights.nothing-to-correct": _("No correction is written down yet: write down which field shall read how."),
    "rights.own-decision": _(
        "The person disagrees with a fee that you asked for: a colleague looks at it, or no fee is asked."
    ),
    "rights.own-request": _(
        "Whoever asked for something, entered it or wrote it down does not agree to it as well: ask a colleague."
    ),
    "rights.stays-undecided": _(
        "An old value stands where nothing may be corrected: say of each such place that it stays, and why."
    ),
    "rights.unknown-law": _("The company has not chosen this law: use one of those that the page lists."),
    "rights.wrong-reason": _("This reason does not fit what you want to do: choose another."),
    "staff.last-administrator": _("No administrator would be left: make somebody else an administrator first."),
    "staff.not-for-department": _(
        "This shows values that are not for your department: ask the privacy office to decide."
    ),
    "staff.own-account": _("Nobody changes the rights of their own account: ask another administrator."),
    "staff.roles-apart": _(
        "An administrator of accounts can have no role that sees cases: give it to another account."
    ),
    "staff.unknown-department": _("There is no such department inside the company."),
    "staff.unknown-role": _("There is no such role of staff."),
}


def explain(error: AvowError) -> str:
    """Why it cannot be done, and what can: the first thing that is wrong."""
    return say_finding(error.diagnostics[0])


def say_finding(found: Diagnostic) -> str:
    if get_language() in (None, "en") or found.code not in SENTENCES:
        return f"{found.cause}: {found.help}."
    return f"{SENTENCES[found.code]} ({found.code})"
