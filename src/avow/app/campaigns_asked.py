"""Campaigns that a program asks for by call: taken down at once, and put through the gate by a worker.

Promises: what was asked for is durable before the call is answered; a worker that dies leaves it waiting, and the next one puts it,
once: the messages and the end of waiting are one transaction; one that cannot be put stops no other.
Refuses words that the gate would refuse, before anything waits, and to read an audience in the process that answers calls: it has
no login to a store.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import psycopg

from avow.app.campaigns import Words, check_words, demand_terms, open_gate
from avow.app.desk import Desk
from avow.app.project import Project, open_project
from avow.app.rights import open_desk
from avow.control import campaigns
from avow.control.campaigns import CampaignLine
from avow.control.session import Session
from avow.errors import AvowError
from avow.work import defer

JOB = "campaigns.send"
NEVER = ("campaign.unknown-class", "campaign.no-words")  # trying again does not help


@dataclass(frozen=True)
class AskedCampaigns:
    """`session` opens a transaction on the control database."""

    project: Project
    session: Callable[[], AbstractContextManager[Session]]

    def ask(self, words: Words, by: str) -> CampaignLine:
        """Takes a campaign down for the worker; `by` cannot approve it afterwards. Raises ChoicesError."""
        check_words(demand_terms(self.project), words)
        with self.session() as session:
            id, text = session.new_id(), (words.subject_line, words.body)
            campaigns.record_asked(session, id, words.purpose, words.name, text, by)
            defer(session.connection, JOB, {}, key=JOB)
            (line,) = campaigns.list_campaigns(session, id=id)
        return line

    def find(self, id: UUID) -> CampaignLine | None:
        with self.session() as session:
            return next(iter(campaigns.list_campaigns(session, id=id)), None)


def send_asked(folder: Path, environ: Mapping[str, str]) -> int:
    """Puts every campaign that waits; gives how many. One whose class or words the gate will never take is refused for good, with
    the code on record. Raises the first error of the gate, when each of the others was tried."""
    with ExitStack() as stack:
        desk = open_desk(folder, environ)
        stack.callback(desk.close)
        with desk.session() as session:
            waiting = campaigns.list_asked(session)
        if not waiting:
            return 0
        gate = open_gate(stack, open_project(folder, environ), desk.session)
        put = 0
        failed: list[AvowError | psycopg.Error] = []
        for id in waiting:
            try:
                put += gate.send_asked(id) is not None
            except (AvowError, psycopg.Error) as error:
                if not _refuse(desk, id, error):
                    failed.append(error)
        if failed:
            raise failed[0]
        return put


def _refuse(desk: Desk, id: UUID, error: Exception) -> bool:
    """Whether the campaign is one that another try would not put either; then it waits no more."""
    codes = error.codes if isinstance(error, AvowError) else ()
    code = next((code for code in codes if code in NEVER), "")
    if code:
        with desk.session() as session:
            campaigns.record_refused(session, id, code)
    return bool(code)
