"""Sends from the outbox and dies at one point: `send_and_die.py DSN PORT before|after`: before the server is spoken to, or when it
has taken the mail and nothing of that is committed."""

import os
import signal
import sys
from datetime import UTC, datetime

import psycopg

from avow.outbox import Outbox, OutboxRules, Poster, Smtp, SmtpMailer, send_due
from avow.sealing import Sealer

RULES = OutboxRules("acme", "Acme <privacy@acme.example>", live=True)
SEALER = Sealer(b"m" * 32)
NOW = datetime(2026, 11, 26, 6, 1, tzinfo=UTC)


class Dying(SmtpMailer):
    point = ""

    def send(self, *args: object) -> None:
        if self.point == "after":
            super().send(*args)
        os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    dsn, port, point = sys.argv[1:]
    mailer = Dying(Smtp("127.0.0.1", int(port), "none"), RULES)
    mailer.point = point
    with psycopg.connect(dsn, autocommit=True) as connection:
        send_due(Outbox(RULES), connection, SEALER, mailer, Poster(), NOW)


if __name__ == "__main__":
    main()
