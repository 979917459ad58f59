"""Webhooks: programs subscribe to the moves of requests; each move is put into the outbox once for each subscription, signed there.

What is told is ids, states and times. A move and the place up to which a subscription was told are committed together, so that
a crash neither loses nor doubles one. Refuses events that are no state of a request.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid5

from avow.app.outgoing import make_outbox
from avow.app.project import read_settings
from avow.control.session import Session
from avow.control.webhooks import (
    Move,
    Subscription,
    list_subscriptions,
    record_ended,
    record_subscription,
    record_told,
    take_news,
)
from avow.duties.rights.model import CLOSED, OPEN
from avow.errors import AvowError, Diagnostic, Place
from avow.outbox import Hook, Outbox
from avow.sealing import DataKey, get_key

EVENTS: tuple[str, ...] = ("*", *OPEN, *CLOSED)
OpenSession = Callable[[], AbstractContextManager[Session]]


@dataclass(frozen=True)
class Webhooks:
    """The subscriptions of one company. `session` opens one transaction."""

    session: OpenSession
    outbox: Outbox

    def subscribe(self, client: UUID, url: str, events: Iterable[str]) -> tuple[Subscription, str]:
        """The subscription, and the secret that signs its deliveries, told once. Raises AvowError `api.unknown-event`."""
        wanted = tuple(sorted(set(events)))
        unknown = [event for event in wanted if event not in EVENTS]
        if unknown:
            raise AvowError(_unknown(unknown))
        secret = secrets.token_bytes(32)
        with self.session() as session:
            return record_subscription(session, client, url, wanted, secret), secret.hex()

    def list(self, client: UUID) -> tuple[Subscription, ...]:
        with self.session() as session:
            return list_subscriptions(session, client)

    def end(self, id: UUID, client: UUID) -> bool:
        """False when this client has no such subscription."""
        with self.session() as session:
            return record_ended(session, id, client)

    def announce(self) -> int:
        """Puts what is new into the outbox, for every subscription; gives how many calls. Run again and again by workers."""
        with self.session() as session:
            subscriptions = list_subscriptions(session)
        return sum(self._announce_to(one) for one in subscriptions)

    def _announce_to(self, one: Subscription) -> int:
        with self.session() as session:
            news = take_news(session, one.id)
            if news is None or not news[2]:
                return 0
            key_id, secret, moves = news
            key: DataKey = get_key(session.connection, session.keys.sealer, key_id)
            hooks = [_hook(one, move, secret) for move in moves if {"*", move.to_state} & set(one.events)]
            self.outbox.put_hooks(session.connection, hooks, key_id, key, session.now)
            record_told(session, one.id, moves[-1].event)
            return len(hooks)


def open_outbox(folder: Path) -> Outbox:
    """The outbox of a project, under the rules of its settings."""
    return make_outbox(read_settings(folder, {}))


def _hook(one: Subscription, move: Move, secret: bytes) -> Hook:
    payload = {
        "event": f"request.{move.to_state}",
        "reference": move.reference,
        "kind": move.kind,
        "from_state": move.from_state,
        "to_state": move.to_state,
        "at": move.at.isoformat(),
    }
    return Hook(uuid5(one.id, str(move.event)), f"request.{move.to_state}", one.url, secret, payload, move.request)


def _unknown(unknown: Iterable[str]) -> Diagnostic:
    return Diagnostic(
        Place("webhook"),
        "api.unknown-event",
        f"{len(list(unknown))} of the events is no state of a request",
        f"choose from {', '.join(f'`{event}`' for event in EVENTS)}",
        "nothing was subscribed to",
    )
