"""A morning at the help desk, through the product's own models: a queue, tickets, answers. Prints counts only.

Everybody here is invented; addresses end in `.example`.
"""

import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "desk_settings")
django.setup()

from django.contrib.auth import get_user_model  # noqa: E402  (Django must be set up first)
from helpdesk.models import FollowUp, Queue, Ticket, TicketCC  # noqa: E402


def main(tickets: int) -> None:
    staff, _ = get_user_model().objects.get_or_create(username="bob", email="bob@desk.example")
    queue, _ = Queue.objects.get_or_create(title="Hosting", slug="hosting")
    for number in range(tickets):
        address = f"alice.{number}@customer.example"
        ticket = Ticket.objects.create(
            title="The site is slow",
            queue=queue,
            submitter_email=address,
            description=f"Please call me back. Write to {address} if I am out.",
            assigned_to=staff,
        )
        FollowUp.objects.create(
            ticket=ticket, title="Answer", comment="We are looking into it.", user=staff, public=True
        )
        TicketCC.objects.create(ticket=ticket, email=f"carol.{number}@customer.example")
    print(f"{Ticket.objects.count()} tickets, {FollowUp.objects.count()} follow-ups")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
