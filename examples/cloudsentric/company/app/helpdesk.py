"""The help desk: Django's ORM on the tables as they are (settings in code, unmanaged models), through its old login.

One round opens a ticket with its messages, takes the most urgent open one under a lock, answers and closes it, deletes
a draft, and lists tickets with the people who asked. Counts only.
"""

from __future__ import annotations

import os
from random import Random

import django
from django.conf import settings
from psycopg.conninfo import conninfo_to_dict

from .. import words
from .serving import Counts, serve

RANDOM = Random()


def _database() -> dict[str, object]:
    parts = conninfo_to_dict(os.environ["CLOUDSENTRIC_DSN"])
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.pop("dbname"),
        "USER": parts.pop("user"),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": str(parts.pop("port", "")),
        "OPTIONS": parts,
    }


settings.configure(DATABASES={"default": _database()}, USE_TZ=True, DEFAULT_AUTO_FIELD="django.db.models.AutoField")
django.setup()

from django.db import connection, models, transaction  # noqa: E402
from django.utils import timezone  # noqa: E402


class Contact(models.Model):
    role = models.TextField()
    name = models.TextField()
    job_title = models.TextField(null=True)
    email = models.TextField(null=True)
    phone = models.TextField(null=True)
    postal_address = models.TextField(null=True)
    organisation_id = models.IntegerField()

    class Meta:
        managed = False
        app_label = "helpdesk"
        db_table = "contacts"


class EndUser(models.Model):
    full_name = models.TextField()
    email = models.TextField(null=True)
    phone = models.TextField(null=True)

    class Meta:
        managed = False
        app_label = "helpdesk"
        db_table = "end_users"


class Ticket(models.Model):
    organisation_id = models.IntegerField(null=True)
    contact = models.ForeignKey(Contact, models.DO_NOTHING, null=True, related_name="+")
    cc_contact = models.ForeignKey(Contact, models.DO_NOTHING, null=True, related_name="+")
    end_user = models.ForeignKey(EndUser, models.DO_NOTHING, null=True)
    assigned_to = models.IntegerField(null=True, db_column="assigned_to")
    topic = models.TextField()
    title = models.TextField()
    priority = models.IntegerField(default=3)
    status = models.TextField(default="open")
    channel = models.TextField(default="portal")
    opened_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True)
    hours = models.DecimalField(max_digits=8, decimal_places=2, null=True)

    class Meta:
        managed = False
        app_label = "helpdesk"
        db_table = "tickets"


class Message(models.Model):
    ticket = models.ForeignKey(Ticket, models.DO_NOTHING, related_name="+")
    author = models.TextField()
    body = models.TextField()
    sent_at = models.DateTimeField(default=timezone.now)

    class Meta:
        managed = False
        app_label = "helpdesk"
        db_table = "messages"


def work() -> Counts:
    try:
        return {"opened": _open(), "closed": _close_one(), "drafts": _drop_draft(), "listed": _list()}
    finally:
        connection.close()


def _open() -> int:
    asks = Contact.objects.filter(role="support").order_by("-id").first()
    if asks is None:
        raise LookupError("no support contact to open a ticket for")
    ticket = Ticket.objects.create(
        organisation_id=asks.organisation_id,
        contact=asks,
        topic=RANDOM.choice(words.TOPICS),
        title=RANDOM.choice(words.COMPLAINTS),
        priority=1 + RANDOM.randrange(4),
    )
    Message.objects.bulk_create(
        [
            Message(ticket=ticket, author="customer", body=RANDOM.choice(words.COMPLAINTS)),
            Message(ticket=ticket, author="staff", body=RANDOM.choice(words.REPLIES)),
        ]
    )
    ticket.refresh_from_db()
    return Message.objects.filter(ticket=ticket).count() // 2


def _close_one() -> int:
    with transaction.atomic():
        ticket = Ticket.objects.select_for_update().filter(status="open").order_by("priority", "id").first()
        if ticket is None:
            return 0
        ticket.status, ticket.closed_at, ticket.hours = "closed", timezone.now(), RANDOM.randrange(1, 40)
        ticket.save()
        Message.objects.create(ticket=ticket, author="staff", body=RANDOM.choice(words.REPLIES))
        Ticket.objects.filter(pk=ticket.pk).update(assigned_to=1)
    return 1


def _drop_draft() -> int:
    newest = Ticket.objects.order_by("-id").first()
    draft = Message.objects.create(ticket=newest, author="draft", body="Draft of an answer.")
    Message.objects.filter(pk=draft.pk).update(body="Second draft of an answer.")
    deleted, _ = draft.delete()
    return deleted


def _list() -> int:
    tickets = list(Ticket.objects.select_related("contact", "end_user").order_by("-id")[:25])
    answers = Message.objects.filter(ticket__in=tickets).values("ticket").annotate(n=models.Count("id"))
    if any(row["n"] < 1 for row in answers):
        raise LookupError("a ticket without a message")
    return sum(1 for ticket in tickets if ticket.contact or ticket.end_user)


if __name__ == "__main__":
    raise SystemExit(serve("helpdesk", work))
