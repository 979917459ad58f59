"""What staff decides about a request: whose a row is, what is masked, what is held, who approves, what is refused and why.

Promises: every decision has a person, a time and a reason, and stands in the timeline; a reason is one that the law of the case
gives. Refuses to close a complaint or a question without an outcome in words, and to go on while a match is undecided.
Source: GDPR articles 12(3) to (6), 18, 21; W3C DPV justifications.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from avow.control import answers, cases, people, proofs, rights, tasks
from avow.control.cases import HoldRow
from avow.control.rights import RequestRow
from avow.control.session import Session
from avow.duties.rights.answer import check_release
from avow.duties.rights.approvals import RELEASE, check_approver, find_reason, record_approval
from avow.duties.rights.changing import (
    STAYS,
    access_changes,
    change_part,
    is_held_up,
    list_lasting,
    search_again_when_judged,
)
from avow.duties.rights.identity import go_on, record_reached
from avow.duties.rights.model import (
    CLARIFYING,
    DONE,
    EXPORTS,
    FINDING,
    FORWARDED,
    HANDS,
    IDENTITY,
    OPEN,
    OTHER,
    REFUSED,
    REVIEW,
    SAME,
    WAITING,
    WORDS,
    WORKING,
    Actor,
    Part,
)
from avow.duties.rights.moves import check_staff, get_locked, move_one, record_event, refresh_due, refuse
from avow.duties.rights.naming import NAMED, list_named
from avow.duties.rights.rules import Office, is_no_to_marketing, is_reached
from avow.duties.rights.searching import begin_work, proceed, write
from avow.duties.rights.stores import ANOTHER, ASK, THEIRS
from avow.law import Ground

LONGEST_NOTE, LONGEST_REASON = 20_000, 1_000
EVERY_ROW = ""  # as the row of a decision: it holds for the column, but for rows that were decided about one by one


@dataclass(frozen=True)
class Reason:
    """A ground that the law of the case gives. `effect` is refuse, part or delay."""

    code: str
    effect: str
    says: str
    source: str
    dpv: str


def list_reasons(session: Session, office: Office, request: UUID) -> tuple[Reason, ...]:
    """What may be said about this request, by its law and kind."""
    row = get_locked(session, request)
    grounds = office.law.profile(row.jurisdiction).grounds_for(row.kind)
    return tuple(Reason(g.code, g.effect, g.says, g.source, g.dpv) for g in grounds)


def _ground(office: Office, row: RequestRow, code: str, effects: Sequence[str]) -> Ground:
    """Raises LawError `law.no-such-ground`, or RightsError when the ground is for something else."""
    ground = office.law.profile(row.jurisdiction).get_ground(code, row.kind)
    if ground.effect not in effects:
        raise refuse(
            "rights.wrong-reason",
            f"`{code}` is no reason to do this",
            f"use one with the effect {' or '.join(effects)}",
        )
    return ground


def decide_match(
    session: Session, request: UUID, store: str, table: str, key: str, same: bool, reason: str, staff: Actor
) -> None:
    """Says whose a row is. Raises RightsError `rights.no-such-match`."""
    row = get_locked(session, request)
    check_staff(staff)
    verdict = THEIRS if same else ANOTHER
    if not cases.record_match_decision(session, request, (store, table, key), verdict):
        raise refuse("rights.no-such-match", "this row was not found for the request", "reload the case")
    digest = people.key_digest(session, store, table, key).hex()[:16]
    item = f"match {store} {table} {digest}"
    cases.record_decision(session, request, item, SAME if same else OTHER, reason, staff.ref)
    cases.record_decisions_void(session, request, RELEASE)
    record_event(session, request, "match decided", staff, {"store": store, "table": table, "verdict": verdict})
    if same and row.subject:
        owner = people.record_key(session, row.subject, (store, table, key), f"decided by staff: {reason}"[:200])
        if owner != row.subject:
            people.record_merge(session, row.subject, owner, "decided by staff", staff.ref)


def decide_named(
    session: Session, office: Office, request: UUID, number: int, same: bool, reason: str, staff: Actor
) -> None:
    """Whether something that the asker named is theirs: only then its rows are read, or erased. A dry run is made anew. Raises
    RightsError `rights.no-such-match`."""
    row = get_locked(session, request)
    check_staff(staff)
    if not reason.strip():
        raise refuse("rights.bad-request", "a verdict needs a reason", "say how you know that it is theirs, or is not")
    known = list_named(session, row, cases.get_steps(session, [request]), cases.get_decisions(session, request))
    if row.state != REVIEW or number not in {one.number for one in known}:
        raise refuse("rights.no-such-match", "nothing of this number was named in the request", "reload the case")
    cases.record_decision(session, request, f"{NAMED}{number}", SAME if same else OTHER, reason[:200], staff.ref)
    cases.record_decisions_void(session, request, RELEASE)
    kind = next(one.kind for one in known if one.number == number)
    verdict = THEIRS if same else ANOTHER
    record_event(session, request, "named decided", staff, {"kind": kind, "verdict": verdict})
    if row.kind == "erasure":
        cases.record_steps_again(session, [request], ["preview"])
        office.wake(session)


def decide_mask(session: Session, request: UUID, place: tuple[str, str, str, str], mask: bool, staff: Actor) -> None:
    """Whether one value (store, table, row, column) is masked in the answer or shown."""
    row = get_locked(session, request)
    check_staff(staff)
    if not place[2]:
        raise refuse(
            "rights.bad-request", "one value stands in one row", "refuse a part of the request by a letter instead"
        )
    cases.record_mask(session, request, row.key_id, place, "mask" if mask else "show", staff.ref)
    cases.record_decisions_void(session, request, RELEASE)
    record_event(session, request, "mask decided", staff, {"store": place[0], "table": place[1], "column": place[3]})


def decide_residual(
    session: Session,
    office: Office,
    request: UUID,
    place: tuple[str, str, str],
    verdict: str,
    reason: str,
    staff: Actor,
) -> None:
    """What a search after an erasure or a correction found in a place (store, table, column) is somebody else's, or is not: the
    search is done again at once. Of an old value in a record that may not be corrected it may be said that it stays: `reason` is
    what the asker reads about it. Raises RightsError."""
    row = get_locked(session, request)
    check_staff(staff)
    store, table, column = place
    if verdict not in (SAME, OTHER, STAYS) or not reason.strip():
        raise refuse("rights.bad-request", "a verdict needs a reason", "say whose the value is and how you know")
    if verdict == STAYS:
        _check_stays(session, row, store, f"{table}.{column}")
        cases.record_message(session, request, row.key_id, "out", _note(reason), (staff.kind, staff.ref), "partial")
    said = "" if verdict == STAYS else reason  # the asker's letter is sealed with the case
    cases.record_decision(session, request, f"residual {store} {table}.{column}", verdict, said, staff.ref)
    record_event(session, request, "residual decided", staff, {"store": store, "table": table, "verdict": verdict})
    cases.record_retry(session, request, store)
    if search_again_when_judged(session, row, staff):
        office.wake(session)


def _check_stays(session: Session, row: RequestRow, store: str, place: str) -> None:
    if row.kind != "rectification" or (store, place) not in list_lasting(session, row.id):
        raise refuse(
            "rights.bad-request",
            "nothing stays as it was after a correction but what the data map calls unchanging, or keeps by a ground",
            "say whose the value is, or have it corrected",
        )


def set_hold(session: Session, request: UUID, hold: HoldRow, staff: Actor) -> int:
    """Rows stay although their person is erased: ground, owner and review date are told to the person. Gives the hold's id."""
    row = get_locked(session, request)
    check_staff(staff)
    if row.state not in OPEN or not hold.ground.strip() or not hold.owner.strip():
        raise refuse("rights.bad-hold", "a hold needs an open request, a ground and an owner", "complete it")
    if hold.review_on <= session.now.date():
        raise refuse("rights.bad-hold", "the review date of a hold lies in the future", "choose a later day")
    number = cases.record_hold(session, request, row.key_id, hold)
    cases.record_decisions_void(session, request, RELEASE)
    detail: dict[str, str | int] = {"store": hold.store, "table": hold.table, "review": hold.review_on.isoformat()}
    record_event(session, request, "hold set", staff, detail)
    return number


def approve(session: Session, office: Office, request: UUID, staff: Actor, reason: str = "") -> bool:
    """Agrees that the request goes on; True when it does, False while a second person has to agree. An answer that lacks what
    the law asks for needs a `reason` of one of them. Raises RightsError."""
    row = get_locked(session, request)
    if row.state != REVIEW or row.kind in WORDS:
        raise refuse("rights.no-such-move", "the request does not wait for an approval", "look at its page")
    if not is_reached(row.identity_reached, row.identity_needed):
        raise refuse(
            "rights.not-identified", "the asker has not shown who they are", "ask for it, or record how they did"
        )
    if row.kind == "rectification" and cases.get_steps(session, [request]) and not access_changes(session, row):
        raise refuse(
            "rights.nothing-to-correct", "no correction is written down yet", "write down which field shall read how"
        )
    if is_held_up(session, request):
        raise refuse(
            "rights.stays-undecided",
            "an old value stands where nothing may be corrected, and nobody has said that it stays",
            "say of each such place that it stays, and why, or whose it is",
        )
    if any(m.verdict == ASK for m in cases.access_matches(session, [request]).get(request, [])):
        raise refuse("rights.match-undecided", "somebody has to say whose each row is first", "decide every match")
    steps, decisions = cases.get_steps(session, [request]), cases.get_decisions(session, request)
    if any(one.verdict == ASK for one in list_named(session, row, steps, decisions)):
        raise refuse(
            "rights.match-undecided", "something that was named stands in a store", "say first whether it is theirs"
        )
    draft = answers.find_draft(session, request) if row.kind in EXPORTS else None
    if draft is not None:
        check_release(draft.score, draft.missing, reason or find_reason(decisions))
    how: dict[str, str | int] = {"by": "command line"} if session.by_cli else {}  # nothing proves there who it was
    if not record_approval(session, row, staff, office.rules, reason.strip()[:LONGEST_REASON]):
        record_event(session, request, "approved by one", staff, how)
        return False
    record_event(session, request, "approved", staff, how)
    _continue(session, office, row, staff)
    return True


def _continue(session: Session, office: Office, row: RequestRow, staff: Actor) -> None:
    steps = cases.get_steps(session, [row.id])
    if not steps:
        go_on(session, office, row, staff)
    elif row.kind in EXPORTS and any(step.step == "read" for step in steps):
        cases.record_steps_again(session, [row.id], ["read"])
        begin_work(session, office, [row], staff)
    else:
        proceed(session, office, [row], staff)


def refuse_request(session: Session, office: Office, request: UUID, code: str, note: str, staff: Actor) -> None:
    """Refuses with a reason that the law gives; the letter names the routes. Raises LawError, RightsError."""
    row = get_locked(session, request)
    check_staff(staff)
    if is_no_to_marketing(row.kind, tuple(row.scope)):
        raise refuse("rights.absolute", "a no to marketing is never refused", "let it go on", "the no stands")
    ground = _ground(office, row, code, ("refuse", "part"))
    rights.record_columns(session, request, reason=ground.code)
    detail: dict[str, str | int] = {"reason": ground.code, "source": ground.source}
    move_one(session, request, REFUSED, "refused", staff, detail)
    proofs.record_ended(session, [request], "document")
    if note.strip():
        cases.record_message(session, request, row.key_id, "out", _note(note), (staff.kind, staff.ref), "refused")
    if row.state == WAITING and row.kind == "erasure" and row.subject:
        people.record_states(session, {row.subject: {"erasing": False}}, {row.subject: request})
    write(session, office, row, "refused")
    office.wake(session)


def refuse_part(
    session: Session,
    office: Office,
    request: UUID,
    part: Part,
    code: str,
    letter: str,
    staff: Actor,
    review_on: date | None = None,
) -> None:
    """One part is refused with a reason of the law and a letter; the rest goes on. Of an answer the part is a column, whose values
    are masked in every row; of a correction it is a column, which stays as it is; of an erasure it is a table, whose rows are held
    until somebody looks again on `review_on`.

    Raises LawError, RightsError."""
    row = get_locked(session, request)
    check_staff(staff)
    ground = _ground(office, row, code, ("refuse", "part") if row.kind == "rectification" else ("part",))
    _check_part(session, row, part)
    if row.kind == "erasure":
        if review_on is None:
            raise refuse("rights.bad-hold", "what stays is looked at again on a day", "choose a day to come")
        says = f"{ground.says} ({ground.source})"
        set_hold(
            session, request, HoldRow(0, request, part.store, part.table, "", says, staff.ref, review_on, None), staff
        )
    elif row.kind in EXPORTS:
        cases.record_mask(
            session, request, row.key_id, (part.store, part.table, EVERY_ROW, part.column), "mask", staff.ref
        )
    cases.record_decisions_void(session, request, RELEASE)
    cases.record_decision(
        session, request, f"part {part}", "refused", ground.code, staff.ref
    )  # a correction leaves it out
    detail: dict[str, str | int] = {"reason": ground.code, "source": ground.source, "part": str(part)}
    record_event(session, request, "refused in part", staff, detail)
    cases.record_message(session, request, row.key_id, "out", _note(letter), (staff.kind, staff.ref), "partial")
    write(session, office, row, "message")


def _check_part(session: Session, row: RequestRow, part: Part) -> None:
    known = row.kind == "erasure" or (row.kind in EXPORTS and part.column)
    if row.kind == "rectification":
        left = {change_part(change) for change in access_changes(session, row)}
        known = part in left and row.state not in (WORKING, HANDS)
        if left == {part}:
            raise refuse(
                "rights.no-such-part", "nothing else is left of this request", "refuse the whole of it, with a reason"
            )
    if row.state not in OPEN or not known:
        raise refuse("rights.no-such-part", "this request has no such part", "choose one of those that its page lists")


def extend(session: Session, office: Office, request: UUID, code: str, staff: Actor) -> None:
    """Takes the extension that the law gives, once, told within the first time. Raises LawError, RightsError."""
    row = get_locked(session, request)
    check_staff(staff)
    ground = _ground(office, row, code, ("delay",))
    clock = office.law.profile(row.jurisdiction).clock(row.kind)
    if clock.extend is None or row.extended_at is not None or row.state not in OPEN:
        raise refuse(
            "rights.no-extension", "the law gives no (further) extension here", "answer by the date that stands"
        )
    if session.now > row.due_at:
        raise refuse("rights.no-extension", "an extension is told before the first time is over", "answer at once")
    rights.record_columns(session, request, extended_at=session.now)
    refresh_due(session, office.law, request)
    later = get_locked(session, request)
    record_event(session, request, "extended", staff, {"reason": ground.code, "due": later.due_at.date().isoformat()})
    write(session, office, later, "extended", due=later.due_at.date().isoformat())


def ask_clarification(session: Session, office: Office, request: UUID, text: str, staff: Actor) -> None:
    """Asks back; the clock stands still where the law lets it."""
    row = get_locked(session, request)
    check_staff(staff)
    cases.record_message(session, request, row.key_id, "out", _note(text), (staff.kind, staff.ref), "clarify")
    move_one(session, request, CLARIFYING, "asked back", staff)
    refresh_due(session, office.law, request)
    write(session, office, row, "clarify")


def _note(text: str) -> str:
    if not text.strip() or len(text) > LONGEST_NOTE:
        raise refuse("rights.bad-request", f"a text has between 1 and {LONGEST_NOTE:,} characters", "write something")
    return text


def assign(session: Session, request: UUID, owner: str, staff: Actor) -> None:
    get_locked(session, request)
    check_staff(staff)
    rights.record_columns(session, request, owner=owner)
    record_event(session, request, "assigned", staff, {"owner": owner})


def reopen(session: Session, office: Office, request: UUID, reason: str, staff: Actor) -> None:
    """A closed request is looked at again; what was erased stays erased."""
    row = get_locked(session, request)
    check_staff(staff)
    move_one(session, request, REVIEW, "opened again", staff, from_states=[DONE, REFUSED])
    cases.record_message(session, request, row.key_id, "note", _note(reason), (staff.kind, staff.ref))
    cases.record_decisions_void(session, request, RELEASE)
    refresh_due(session, office.law, request)


def close_with_words(
    session: Session, office: Office, request: UUID, outcome: str, answer: str, notes: str, staff: Actor
) -> None:
    """Ends a complaint or a question: what the asker is told, and for a complaint what was found out. Raises RightsError
    `rights.no-outcome`."""
    row = get_locked(session, request)
    check_staff(staff)
    if row.kind not in WORDS:
        raise refuse("rights.no-such-move", "only a complaint or a question is ended by words", "use its own steps")
    lacks_notes = row.kind == "complaint" and not (outcome.strip() and notes.strip())
    if lacks_notes or not answer.strip():
        raise refuse(
            "rights.no-outcome",
            "a question ends with an answer; a complaint with an answer, an outcome and notes",
            "write what is missing: somebody waits for it",
            "the request stays open and ages",
        )
    cases.record_message(session, request, row.key_id, "out", _note(answer), (staff.kind, staff.ref), "answer")
    if notes.strip():
        cases.record_message(session, request, row.key_id, "note", _note(notes), (staff.kind, staff.ref))
    rights.record_columns(session, request, reason=outcome[:80])
    move_one(session, request, DONE, "answered", staff, {"outcome": outcome[:80]})
    write(session, office, row, f"done-{row.kind}")


def forward_request(
    session: Session, office: Office, request: UUID, controller: str, staff: Actor, letter: str = ""
) -> None:
    """The company holds the data for a customer: that customer decides. `controller` is an id or the name of a company, never a
    person's; `letter` is what the asker reads in the privacy centre."""
    row = get_locked(session, request)
    check_staff(staff)
    if not controller.strip():
        raise refuse("rights.bad-request", "somebody decides about this data", "say which customer it is")
    if letter:
        cases.record_message(session, request, row.key_id, "out", _note(letter), (staff.kind, staff.ref), "forwarded")
    move_one(session, request, FORWARDED, "forwarded to the controller", staff, {"controller": controller[:80]})
    write(session, office, row, "forwarded")


def decide_jurisdiction(session: Session, office: Office, request: UUID, jurisdiction: str, staff: Actor) -> None:
    """Says which law applies; the clock and the fee are read anew, and the request goes on."""
    row = get_locked(session, request)
    check_staff(staff)
    if jurisdiction not in office.law.profiles:
        known = ", ".join(sorted(office.law.profiles))
        raise refuse("rights.unknown-law", "the company has not chosen this law", f"use one of {known}")
    rights.record_columns(session, request, jurisdiction=jurisdiction, reason="")
    record_event(session, request, "law decided", staff, {"law": jurisdiction})
    refresh_due(session, office.law, request)
    if row.state == REVIEW and row.reason == "jurisdiction_unknown":
        go_on(session, office, get_locked(session, request), staff)


def ask_identity(session: Session, office: Office, request: UUID, rung: str, staff: Actor) -> None:
    """Asks for a rung of the ladder; a document only where everything below was tried or cannot be. Raises RightsError."""
    row = get_locked(session, request)
    check_staff(staff)
    if rung not in ("code", "facts", "document"):
        raise refuse("rights.bad-request", "this is no rung to ask for", "use code, facts or document")
    if rung == "document" and not proofs.count_offers(session, request, "facts"):
        raise refuse(
            "rights.document-last", "a document is asked for last, after facts were compared", "ask for facts first"
        )
    rights.record_columns(session, request, identity_needed=rung)
    if row.state == REVIEW:
        move_one(session, request, IDENTITY, "identity asked", staff, {"by": rung})
    refresh_due(session, office.law, request)
    write(session, office, row, "identity")


def access_document(session: Session, request: UUID, role: str, staff: Actor) -> bytes | None:
    """The document, once for a person who looks; recorded as a look."""
    row = get_locked(session, request)
    check_staff(staff)
    found = proofs.access_document(session, request, row.key_id)
    cases.record_look(session, row.subject, request, staff.ref, role, "right.identity", "document")
    return found[1] if found else None


def decide_identity(session: Session, office: Office, request: UUID, rung: str, shown: bool, staff: Actor) -> None:
    """Staff has seen a document, or heard facts on the telephone: it suffices, or not. A document is deleted either way."""
    row = get_locked(session, request)
    check_approver(row, staff, ())
    proofs.record_ended(session, [request], "document")
    if not shown:
        record_event(session, request, f"identity not shown: {rung}", staff)
        return
    if row.state == REVIEW and not is_reached(row.identity_reached, row.identity_needed):
        rights.record_columns(session, request, identity_reached=rung)
        record_event(session, request, f"identity: {rung}", staff)
        row = get_locked(session, request)
        if is_reached(row.identity_reached, row.identity_needed):
            go_on(session, office, row, staff)
        return
    record_reached(session, office, row, rung, staff)


def retry(session: Session, office: Office, request: UUID, store: str, staff: Actor) -> tuple[str, ...]:
    """Failed steps of one store are tried at once, that store alone; gives which."""
    get_locked(session, request)
    steps = cases.record_retry(session, request, store)
    record_event(session, request, "retried", staff, {"store": store, "steps": len(steps)})
    office.wake(session)
    return steps


def plan_search_again(session: Session, office: Office, request: UUID, staff: Actor) -> None:
    """Looks in every store once more, for instance after an address was added. What is answered in words has nothing to search
    for. Raises RightsError `rights.no-such-move`."""
    row = get_locked(session, request)
    check_staff(staff)
    if row.kind in WORDS:
        raise refuse(
            "rights.no-such-move", "a complaint or a question is answered in words", "close it with the answer"
        )
    move_one(session, request, FINDING, "searched again", staff, from_states=[REVIEW, CLARIFYING])
    cases.record_steps_again(session, [row.id], ["find", "read"])
    tasks.record_hand_steps_again(session, [row.id], ["find"])
    office.wake(session)


def is_overdue(row: RequestRow, today: date) -> bool:
    """Late, and not because the asker is waited for."""
    return row.closed_at is None and row.paused_at is None and row.due_at.date() < today
