"""Alice's rows and what is known beside them; answers are built into memory, as a port that keeps what it is given."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

import pytest

from avow.duties.rights.answer import (
    CHUNK,
    Answer,
    Asked,
    Contact,
    Facts,
    LoggedUse,
    Look,
    RecipientFacts,
    RegisterUse,
    RetentionFacts,
    StoreFacts,
    build_answer,
)
from avow.stores.duty import ColumnSpec, Identifier, Row, StoreSpec, TableSpec

ALICE = (Identifier("email", "alice@contoso.example"), Identifier("name", "Alice Archer"))
BOB = (
    Identifier("email", "bob@contoso.example"),
    Identifier("name", "Bob Brown"),
    Identifier("phone", "+44 20 7946 0018"),
)
ASKED_AT, MADE_AT = datetime(2026, 5, 1, 9, tzinfo=UTC), datetime(2026, 5, 10, 9, tzinfo=UTC)
ALL_RIGHTS = ("access", "rectification", "erasure", "restriction", "objection", "complaint")


def column(name: str, *categories: str, kind: str = "value") -> ColumnSpec:
    return ColumnSpec(name, kind, categories)


SPEC = StoreSpec(
    "main",
    "postgresql",
    "uk",
    (
        TableSpec(
            "public.contacts",
            (
                column("name", "organisation.contact_name"),
                column("email", "contact.email"),
                column("phone", "contact.phone"),
                column("postal_address", "contact.postal_address"),
            ),
            key="id",
            record_kind="contact",
        ),
        TableSpec(
            "public.messages",
            (
                column("title", "communication.support_ticket", kind="text"),
                column("body", "communication.support_ticket", kind="text"),
            ),
            record_kind="message",
        ),
        TableSpec(
            "public.traffic",
            (
                column("local_email", "network.email_addresses"),
                column("remote_email", "network.email_addresses"),
                column("bytes", "network.usage"),
            ),
            record_kind="flow",
        ),
        TableSpec("public.invoices", (column("amount", "payment.invoice"),), record_kind="invoice", erasure="keep"),
        TableSpec("public.visits", (column("address", "contact.postal_address"),), record_kind="installation visit"),
        TableSpec("public.credit", (column("score", "financial.credit_information"),), record_kind="credit report"),
    ),
)


def make_facts(**given: object) -> Facts:
    """Facts with which every letter of article 15(1) is served, unless `given` says otherwise."""
    permitted = (RegisterUse("support.provide", "internal.support", "We give support with it"),)
    register = {("main", t.name, c.name): permitted for t in SPEC.tables for c in t.columns}
    known: dict[str, object] = {
        "stores": (StoreFacts(SPEC, "our customer database", "machine", ("public.contacts.email (email)",)),),
        "register": register,
        "log": (
            LoggedUse(
                "support.provide",
                "internal.support",
                "read",
                ("public.contacts",),
                ("email",),
                12,
                date(2026, 1, 2),
                date(2026, 3, 4),
            ),
        ),
        "recipients": (
            RecipientFacts(
                "Northline Couriers Ltd",
                "processor.delivery",
                "uk",
                ("order.deliver",),
                ("contact.phone",),
                (date(2026, 2, 1),),
            ),
        ),
        "retention": (
            RetentionFacts(categories=("network",), days=90, after="row"),
            RetentionFacts(tables=(("main", "public.invoices"),), ground="tax law"),
        ),
        "retention_otherwise": "as long as your organisation is our customer",
        "looks": (Look(datetime(2026, 4, 2, 8, tzinfo=UTC), "support.provide", "support"),),
        "own": ALICE,
        "rights": ALL_RIGHTS,
        "automated": "No machine decides about you.",
        "contact": Contact("Privacy office", "privacy@cloudsentric.example", authority="the Information Commissioner"),
        "company_addresses": ("cloudsentric.example",),
    }
    return Facts(**(known | given))  # type: ignore[arg-type]


def make_asked(**given: object) -> Asked:
    known: dict[str, object] = {
        "reference": "AV-7F3K-92QD",
        "kind": "access",
        "company": "CloudSentric",
        "jurisdiction": "uk",
        "received_at": ASKED_AT,
        "made_at": MADE_AT,
        "law": "article 15 of the UK GDPR",
    }
    return Asked(**(known | given))  # type: ignore[arg-type]


def row(table: str, values: dict[str, str | None], key: str = "1", **given: object) -> Row:
    known: dict[str, object] = {"how": "path", "at": "2026-03-01T10:00:00+00:00", "source": "subject.order"}
    kind = next((t.record_kind for t in SPEC.tables if t.name == table), "")
    return Row("main", table, kind, key, values=values, **(known | given))  # type: ignore[arg-type]


ROWS = (
    row(
        "public.contacts",
        {
            "name": "Alice Archer",
            "email": "alice@contoso.example",
            "phone": "+44 20 7946 0001",
            "postal_address": "1 High St, Leeds; UK",
        },
    ),
    row(
        "public.messages",
        {
            "title": "Router down",
            "body": "Alice here.\nFrom Bob Brown (bob@contoso.example, 020 7946 0018) I hear it is down.",
        },
        others=BOB,
    ),
    row(
        "public.traffic",
        {"local_email": "alice@contoso.example", "remote_email": "bob@contoso.example", "bytes": "99"},
        others=BOB,
        source="automatic.network",
    ),
    row("public.invoices", {"amount": "12.50"}),
    row("public.visits", {"address": "1 High St, Leeds"}, at="2026-05-05"),
    row("public.credit", {"score": "7"}, source="thirdparty.credit_source"),
)


@dataclass
class Kept:
    """What a port was given."""

    answer: Answer | None = None
    files: dict[str, bytes] = field(default_factory=lambda: defaultdict(bytes))

    def write(self, name: str, chunk: bytes) -> None:
        assert len(chunk) <= CHUNK
        self.files[name] += chunk

    def text(self, name: str) -> str:
        return self.files[name].decode()


@pytest.fixture
def build():
    def made(rows=ROWS, asked=None, facts=None, **given) -> Kept:
        kept = Kept()
        kept.answer = build_answer(asked or make_asked(), facts or make_facts(), rows, kept.write, **given)
        return kept

    return made
