"""Mails about accounts go through Avow's outbox like every other mail: held until mail is live on this database.

Refuses to send anything itself. The outbox refuses a text that names the person.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from avow.outbox import Message, Outbox, OutboxRules
from avow.web.counter import get_desk

TEMPLATE = "account"


class OutboxBackend(BaseEmailBackend):
    """Puts each mail into the outbox, one message for each address, sealed under a key of its own."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        process = settings.AVOW
        outbox = Outbox(OutboxRules(process.company, process.contact.email))
        with get_desk().session() as session:
            for mail in email_messages:
                for address in mail.recipients():
                    key = session.make_key()
                    text = str(mail.body)
                    message = Message(session.new_id(), TEMPLATE, address, str(mail.subject), text)
                    outbox.put(session.connection, [message], key, session.get_key(key), session.now)
        return len(email_messages)
