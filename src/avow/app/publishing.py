"""Tells the owner when a published sentence has fallen to broken, before any customer sees it.

The alarm is recorded and the mail put into the outbox in one transaction, right after the check; the owner counts as told when that
mail is sent. Refuses to publish anything itself.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid4

import psycopg

from avow.app.outgoing import make_outbox
from avow.app.project import Project
from avow.control.publishing import record_alarms
from avow.control.session import Session
from avow.outbox import Message
from avow.sealing import open_company_keys


def raise_alarms(project: Project, connection: psycopg.Connection[Any], now: datetime) -> tuple[str, ...]:
    """Statements that the owner is to be told of now; none where nothing is switched on. Raises SealingError, OutboxError."""
    settings = project.settings
    id = uuid4() if settings.contact.email else None
    with connection.transaction():
        fallen = record_alarms(connection, settings.company, project.version.version, now, id)
        if fallen and id:
            session = Session(connection, settings.company, open_company_keys(settings.sealing_key), now, uuid4)
            key = session.make_key()
            lines = "\n".join(f"- {name}: {settings.console.address}/verdicts/{name}/" for name in fallen)
            text = f"These published sentences are broken since the check of {now:%Y-%m-%d %H:%M} UTC:\n\n{lines}\n\nCustomers see it from now on, unless you hold it; a hold ends after 72 hours at the latest."  # noqa: E501
            message = Message(id, "verdict-alarm", settings.contact.email, "A published sentence is broken", text)
            make_outbox(settings).put(connection, [message], key, session.get_key(key), now)
    return fallen
