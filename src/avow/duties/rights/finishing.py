"""Ends what is done: tasks by hand, the record in the ledger, the certificate, the last mail, and the forgetting.

Promises: a request is done only when every store that a machine reaches is done and every task by hand is closed; the ledger's
entry is durable before the case is closed; an erased person's addresses, keys and words are dropped in the transaction that says
"done", and digests alone stay. Refuses to close an erasure while something is held: it ends in part and goes on when released.
Source: GDPR articles 5(2), 17, 19.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from avow.control import answers, cases, people, rights, task_files
from avow.control.cases import HoldRow, StepRow
from avow.control.rights import RequestRow
from avow.control.session import Session
from avow.duties.rights import hands
from avow.duties.rights.changing import hand_to_staff, has_staying, list_refused
from avow.duties.rights.erasing import KEPT, LEGAL_HOLD
from avow.duties.rights.model import DONE, EXPORTS, HANDS, KINDS, WORKING, Actor
from avow.duties.rights.moves import WORKER, move, record_event, refuse
from avow.duties.rights.ports import Certify, Deed, ErasedFacts, FindTold
from avow.duties.rights.replaying import ERASED
from avow.duties.rights.rules import Office
from avow.duties.rights.searching import write
from avow.duties.rights.stores import BATCH

IN_PART = "held-in-part"
ERASED_BY = ("delete", "anonymise", "clean")  # how a count of an erasure is named
TOLD = ("rectification", "erasure", "restriction")  # GDPR art. 19
RECIPIENT = "recipient: "  # in place of a store: somebody outside who has to be told


def finish_worked(session: Session, office: Office, certify: Certify, find_told: FindTold) -> int:
    """Ends requests of which no machine step is left; gives how many."""
    ready = rights.list_ready(session, "worked", BATCH, kinds=list(KINDS))
    rows = rights.get_requests(session, ready)
    held_up = hand_to_staff(session, rows)
    rows = [row for row in rows if row.id not in held_up]
    _tell_recipients(session, [row for row in rows if row.kind in TOLD], find_told)
    by_hand = _list_by_hand(session, [row.id for row in rows])
    _hand_over(session, office, [row for row in rows if row.id in by_hand], by_hand)
    conclude(session, office, certify, [row for row in rows if row.id not in by_hand])
    return len(ready)


def finish_by_hand(session: Session, office: Office, certify: Certify) -> int:
    """Ends requests whose tasks are all closed; gives how many. An answer is made once more, with what people found."""
    ready = rights.list_ready(session, "by_hand_ready", BATCH)
    rows = rights.get_requests(session, ready)
    again = [row.id for row in rows if row.kind in EXPORTS]
    if again:
        move(session, again, WORKING, "answer with what was found by hand")
        cases.record_steps_again(session, again, ["read"])
    conclude(session, office, certify, [row for row in rows if row.kind not in EXPORTS])
    return len(ready)


def _tell_recipients(session: Session, rows: Sequence[RequestRow], find_told: FindTold) -> None:
    """Whoever was given the data is to be told of its correction, erasure or restriction: a task for each of them. Of an erasure
    that a legal hold keeps back nobody is told, where nothing was erased in any store."""
    ids = [row.id for row in rows]
    holds, steps = cases.access_holds(session, ids), _group_steps(session, ids)
    rows = [row for row in rows if not is_kept_back(steps.get(row.id, []), holds.get(row.id, []))]
    cases.record_steps(
        session, [(row.id, f"{RECIPIENT}{name}", "tell", "hand") for row in rows for name in find_told(session, row)]
    )


def is_kept_back(steps: Sequence[StepRow], holds: Sequence[HoldRow]) -> bool:
    """Whether a legal hold kept all that would have been erased. It holds in its own store alone; a store whose count is lost, for
    it had erased before it was asked, is one that erased when somebody was found there."""
    held = {hold.store for hold in holds if hold.ground == LEGAL_HOLD}
    found = {step.store for step in steps if step.step == "find" and any(step.counts.values())}
    others = [step for step in steps if step.step == "erase" and step.covered == "machine" and step.store not in held]
    erased = any(_erased(step) if step.counts else step.store in found for step in others)
    return bool(held) and not erased


def _erased(step: StepRow) -> int:
    return sum(rows for name, rows in step.counts.items() if name.rpartition(" ")[2] in ERASED_BY)


def _group_steps(session: Session, requests: Sequence[UUID]) -> dict[UUID, list[StepRow]]:
    steps: dict[UUID, list[StepRow]] = {}
    for step in cases.get_steps(session, requests):
        steps.setdefault(step.request, []).append(step)
    return steps


def _list_by_hand(session: Session, requests: Sequence[UUID]) -> dict[UUID, list[StepRow]]:
    found: dict[UUID, list[StepRow]] = {}
    for step in cases.get_steps(session, requests):
        if step.covered == "hand" and step.state == "open_task":
            found.setdefault(step.request, []).append(step)
    return found


def _hand_over(
    session: Session, office: Office, rows: Sequence[RequestRow], by_hand: Mapping[UUID, Sequence[StepRow]]
) -> None:
    """Tasks with an owner and a date no later than the law's; what machines found may be read meanwhile."""
    hands.record_tasks(session, office, rows, [step for row in rows for step in by_hand[row.id]])
    for row_id in move(session, [row.id for row in rows], HANDS, "by hand"):
        row = next(row for row in rows if row.id == row_id)
        if row.kind in EXPORTS and row.held:
            write(session, office, row, "answer-so-far")


def conclude(session: Session, office: Office, certify: Certify, rows: Sequence[RequestRow]) -> None:
    """Everything is done: record, certificate, mail, forgetting; many together."""
    if not rows:
        return
    held = cases.access_holds(session, [row.id for row in rows])
    erased = [row for row in rows if row.kind == "erasure"]
    whole = [row for row in erased if not held.get(row.id)]
    steps = _group_steps(session, [row.id for row in rows])
    office.journal(tuple(_deed(row, steps.get(row.id, [])) for row in rows if row.kind not in EXPORTS))
    for row in erased:
        facts = plan_certificate(session, office, row, steps.get(row.id, []), held.get(row.id, []))
        answers.record_certificate(session, row.id, *certify(facts))
    for row in rows:
        kept = row.kind == "erasure" and bool(held.get(row.id))
        rights.record_columns(session, row.id, reason=IN_PART if kept else row.reason)
        write(session, office, row, _last_mail(row, kept or _is_corrected_in_part(session, row)))
    move(session, [row.id for row in rows], DONE, "done", WORKER, from_states=[WORKING, HANDS])
    cases.record_details_gone(session, [row.id for row in rows])
    forget(session, office, whole)


def _is_corrected_in_part(session: Session, row: RequestRow) -> bool:
    if row.kind != "rectification":
        return False
    decisions = cases.get_decisions(session, row.id)
    return bool(list_refused(decisions)) or has_staying(decisions)


def _last_mail(row: RequestRow, in_part: bool) -> str:
    if row.kind in EXPORTS:
        return "answer-ready" if row.held else "nothing-held"
    return f"done-{row.kind}-in-part" if in_part else f"done-{row.kind}"


def _deed(row: RequestRow, steps: Sequence[StepRow]) -> Deed:
    counts: dict[str, int] = {}
    for step in steps:
        if step.step in ("erase", "change", "mark"):
            for name, number in step.counts.items():
                table = name.partition(" ")[0]
                if "." in table:
                    counts[table] = counts.get(table, 0) + number
    kind = "erase" if row.kind == "erasure" else "choice"
    return Deed(kind, str(row.subject or row.id), f"right.{row.kind}", tuple(sorted(counts)), sum(counts.values()))


def plan_certificate(
    session: Session, office: Office, row: RequestRow, steps: Sequence[StepRow], holds: Sequence[HoldRow]
) -> ErasedFacts:
    """What is certified: counts, what stays with its ground, and the two dates. No value, no key."""
    kept = [(hold.store, hold.table, hold.ground) for hold in holds]
    by_hand = {step.store for step in steps if step.covered == "hand" and step.step != "tell"}
    impossible = {step.store for step in steps if step.store in by_hand and step.cause}  # nobody could do it there
    kept += [
        (step.store, name.partition(" ")[0], "law")
        for step in steps
        for name in step.counts
        if step.step == "erase" and name.endswith(" keep")
    ]
    return ErasedFacts(
        row.id,
        row.reference,
        {step.store: dict(step.counts) for step in steps if step.step == "erase" and step.covered == "machine"},
        tuple(sorted(by_hand - impossible)),
        tuple(sorted({step.store for step in steps if step.covered == "not" and step.step == "find"} | impossible)),
        tuple(kept),
        session.now,
        session.now + timedelta(days=office.rules.fade_days),
        told=tuple(sorted(s.store.removeprefix(RECIPIENT) for s in steps if s.step == "tell" and s.state == "done")),
        identifiers=_strong_identifiers(session, row),
        left=tuple(
            (step.store, name.removeprefix(KEPT), rows)
            for step in steps
            for name, rows in step.counts.items()
            if step.step == "verify" and name.startswith(KEPT)
        ),
        reviews={(hold.store, hold.table): hold.review_on for hold in holds},
        searched={step.store: len(step.searched) for step in steps if step.step == "find"},
    )


def _strong_identifiers(session: Session, row: RequestRow) -> tuple[tuple[str, str], ...]:
    """By what the erased person can show later that the certificate is about them."""
    held = people.access_identifiers(session, [row.subject]).get(row.subject, []) if row.subject else []
    return tuple((h.kind, h.value) for h in held if h.kind not in ("name", "ip", people.ACCOUNT))


def forget(session: Session, office: Office, rows: Sequence[RequestRow]) -> None:
    """Digests stay, so that no import brings the person back; addresses, keys, words and answers go."""
    subjects = [row.subject for row in rows if row.subject]
    known = people.access_identifiers(session, subjects)
    request_of = {row.subject: row.id for row in rows}
    people.record_suppressions(
        session,
        [
            (held.kind, held.value, ERASED, request_of[subject])
            for subject, listed in known.items()
            for held in listed
            if held.kind not in ("name", "ip", people.ACCOUNT)
        ],
    )
    keys = rights.get_request_keys(session, subjects)
    keys += [row.key_id for row in rows]
    held_keys = people.access_keys(session, subjects)
    office.unlink({str(s): tuple((k.table, k.key) for k in held_keys.get(s, [])) for s in subjects})
    answers.record_answers_gone(session, subjects)
    task_files.record_files_gone(session, subjects)
    cases.record_matches_gone(session, [row.id for row in rows])
    people.record_forgotten(session, subjects)
    session.drop(keys)


# -- holds --------------------------------------------------------------------------------------------------------------


def release_hold(session: Session, office: Office, hold: int, actor: Actor) -> UUID:
    """A ground is over: what was held is erased as well, if the erasure has been done but for it. Gives the request. Raises
    RightsError `rights.no-such-hold`."""
    request = cases.record_hold_released(session, hold)
    if request is None:
        raise refuse("rights.no-such-hold", "this hold does not exist or was released before", "reload the case")
    record_event(session, request, "hold released", actor, {"hold": hold})
    row = rights.get_requests(session, [request])[0]
    if row.kind == "erasure" and row.state in (DONE, HANDS, WORKING):
        resume_erasure(session, office, row, actor)
    return request


def resume_erasure(session: Session, office: Office, row: RequestRow, actor: Actor) -> None:
    """A new run through every store, for what the first had to leave."""
    if row.state != WORKING:
        move(session, [row.id], WORKING, "erasure goes on", actor, from_states=[DONE, HANDS])
    rights.record_columns(session, row.id, reason="")
    rights.record_run(session, [row.id], str(session.new_id()))
    cases.record_steps_again(session, [row.id], ["erase", "verify"])
    office.wake(session)
