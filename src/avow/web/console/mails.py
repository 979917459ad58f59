"""Mails to staff: through the outbox, like everything that leaves. Refuses to fail a page when a mail cannot be written."""

from __future__ import annotations

import logging

from django.core.mail import EmailMessage
from django.template.loader import render_to_string

from avow.errors import AvowError
from avow.web.process import current

_log = logging.getLogger("django")


def send_invitation(address: str, link: str) -> bool:
    """The one-time link by mail; False when the outbox did not take it."""
    text = render_to_string("console/mails/invitation.txt", {"link": link, "company": current().company})
    subject, _, body = text.partition("\n")
    try:
        return bool(EmailMessage(subject.strip(), body.strip() + "\n", to=[address]).send())
    except (AvowError, OSError):
        _log.error("an invitation could not be put into the outbox")
        return False
