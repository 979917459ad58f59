"""Hands one mail to an SMTP server, and says of each failure whether trying again can help.

Promises: the Message-ID is made of the message's id, so that a second copy after a crash is recognised as the same mail by
whoever receives it (RFC 5322, 3.6.4). Refuses to send a password, or anything to another machine, without TLS unless
`AVOW_SMTP_TLS=none` says so for this machine, and never repeats the server's words: they may hold an address.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as POLICY
from email.utils import format_datetime, parseaddr
from typing import Any, Protocol
from uuid import UUID

from avow.outbox.model import OutboxRules

TLS_KINDS: tuple[str, ...] = ("starttls", "implicit", "none")


class Undelivered(Exception):
    """A message was not taken. `code` is a diagnostic code; `permanent`: trying again cannot help."""

    def __init__(self, code: str, permanent: bool = False) -> None:
        self.code = code
        self.permanent = permanent
        super().__init__(code)


@dataclass(frozen=True)
class Smtp:
    """Where the mail server is. `tls` is starttls, implicit or none; `ca_file` "" means the machine's list; seconds."""

    host: str
    port: int = 587
    tls: str = "starttls"
    user: str = ""
    password: str = field(default="", repr=False)
    ca_file: str = ""
    timeout: float = 30.0


class Mailer(Protocol):
    """Whatever takes one mail: the SMTP server, or a fake that passes the same tests."""

    def send(self, message_id: UUID, to: str, body: Mapping[str, Any], made_at: datetime) -> None:
        """Raises Undelivered."""


class SmtpMailer:
    """A mailer that opens one connection for each mail: a server that hangs delays one message, not all."""

    def __init__(self, smtp: Smtp, rules: OutboxRules) -> None:
        self._smtp = smtp
        self._rules = rules

    def send(self, message_id: UUID, to: str, body: Mapping[str, Any], made_at: datetime) -> None:
        """Raises Undelivered."""
        try:
            mail = build_mail(self._rules, message_id, to, body, made_at)
        except (ValueError, UnicodeError):
            raise Undelivered("outbox.bad-address", permanent=True) from None
        with _speaking(), self._connect() as server:
            server.send_message(mail)

    @contextmanager
    def _connect(self) -> Iterator[smtplib.SMTP]:
        smtp = self._smtp
        tls = ssl.create_default_context(cafile=smtp.ca_file or None)
        if smtp.tls == "implicit":
            server: smtplib.SMTP = smtplib.SMTP_SSL(smtp.host, smtp.port, timeout=smtp.timeout, context=tls)
        else:
            server = smtplib.SMTP(smtp.host, smtp.port, timeout=smtp.timeout)
        with server:
            if smtp.tls == "starttls":
                server.starttls(context=tls)
            if smtp.user:
                server.login(smtp.user, smtp.password)
            yield server


@contextmanager
def _speaking() -> Iterator[None]:
    """Every failure of the conversation as Undelivered, without the server's words."""
    try:
        yield
    except smtplib.SMTPRecipientsRefused as refused:
        codes = [code for code, _ in refused.recipients.values()]
        raise Undelivered("outbox.recipient-refused", permanent=all(code >= 500 for code in codes)) from None
    except smtplib.SMTPDataError as error:
        raise Undelivered("outbox.mail-refused", permanent=error.smtp_code >= 500) from None
    except smtplib.SMTPAuthenticationError:
        raise Undelivered("outbox.login-refused") from None
    except smtplib.SMTPNotSupportedError:
        raise Undelivered("outbox.server-lacks-extension") from None
    except (smtplib.SMTPException, ssl.SSLError, OSError):
        raise Undelivered("outbox.server-unreachable") from None


def build_mail(
    rules: OutboxRules, message_id: UUID, to: str, body: Mapping[str, Any], made_at: datetime
) -> EmailMessage:
    """The mail as it is sent. Raises ValueError for a header with a line end in it."""
    name, address = parseaddr(rules.sender)
    mail = EmailMessage(policy=POLICY)
    mail["Message-ID"] = f"<{message_id}@{_ascii_domain(address)}>"
    mail["Date"] = format_datetime(made_at)
    mail["From"] = _address(name, address)
    mail["To"] = _address("", to)
    if rules.reply_to:
        mail["Reply-To"] = _address(*parseaddr(rules.reply_to))
    mail["Subject"] = body["subject"]
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday notices in answer
    for header, value in body.get("headers", ()):
        mail[header] = value
    mail.set_content(body["text"])
    if body.get("html"):
        mail.add_alternative(body["html"], subtype="html")
    return mail


def _address(name: str, address: str) -> Address:
    """A domain in other letters as ASCII, so that no server needs an extension for it."""
    return Address(name, username=address.rpartition("@")[0], domain=_ascii_domain(address))


def _ascii_domain(address: str) -> str:
    return address.rpartition("@")[2].encode("idna").decode("ascii")
