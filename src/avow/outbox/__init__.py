"""Everything that leaves goes through one outbox, held until mail is bound to this very database. Never sends from a copy."""

from avow.outbox.model import STATES, Gate, Hook, Line, Message, OutboxRules, Sent
from avow.outbox.queue import Outbox
from avow.outbox.send import send_due
from avow.outbox.smtp import Smtp, SmtpMailer
from avow.outbox.webhook import Poster, sign, verify_signature

__all__ = [
    "STATES",
    "Gate",
    "Hook",
    "Line",
    "Message",
    "Outbox",
    "OutboxRules",
    "Poster",
    "Sent",
    "Smtp",
    "SmtpMailer",
    "send_due",
    "sign",
    "verify_signature",
]
