"""A firm's database with everything that makes forgetting hard, for every kind of store; and who is in it.

Alice is to be forgotten. Bob works with her, Charlie has her name, Dana has her address in another organisation, Vera visits.
`schema.sql` and `rows.sql` are read alike by PostgreSQL and MariaDB; `spec(schema)` is what a data map would give.
"""

from __future__ import annotations

from pathlib import Path

from avow.stores.duty import ColumnSpec, Identifier, PathSpec, Person, StepSpec, StoreSpec, SubjectKey, TableSpec

HERE = Path(__file__).parent


def statements(name: str) -> list[str]:
    """The statements of a file beside this one, without its comment."""
    text = (HERE / name).read_text(encoding="utf-8").partition("\n")[2]
    return [part.strip() for part in text.split(";\n") if part.strip()]


SCHEMA, ROWS = statements("schema.sql"), statements("rows.sql")
TABLES = [line.split()[2] for line in SCHEMA if line.startswith("CREATE TABLE")]


def value(name: str, *categories: str, identifies: str = "", telling: bool = True) -> ColumnSpec:
    return ColumnSpec(name, "value", categories or ("contact.other",), identifies, telling=telling)


def link(name: str) -> ColumnSpec:
    return ColumnSpec(name, "link", telling=False)


def plain(name: str) -> ColumnSpec:
    return ColumnSpec(name, "plain", telling=False)


def text(name: str) -> ColumnSpec:
    return ColumnSpec(name, "text", ("any.personal",))


def spec(schema: str, kind: str = "postgresql") -> StoreSpec:
    """What the data map of this firm says, with tables named for the store."""

    def to(subject: str, *hops: tuple[str, str, str], organisation: bool = False) -> PathSpec:
        steps = tuple(StepSpec(column, f"{schema}.{table}", key) for column, table, key in hops)
        return PathSpec(f"{schema}.{subject}", steps, organisation)

    def one(column: str, subject: str = "people", organisation: bool = False) -> PathSpec:
        return to(subject, (column, subject, "id"), organisation=organisation)

    name = value("name", "identity.name", identifies="name")
    email = value("email", "contact.email", identifies="email")
    phone = value("phone", "contact.phone", identifies="phone")
    tables = (
        TableSpec(
            f"{schema}.firms",
            (link("id"), value("name", "organisation.name", telling=False), email, phone, text("notes")),
            (to("firms", organisation=True),),
            key="id",
            organisation=True,
            erasure="anonymise",
            record_kind="firm",
        ),
        TableSpec(
            f"{schema}.people",
            (
                link("id"),
                link("firm_id"),
                name,
                email,
                phone,
                value("job_title", "organisation.contact_job_title"),
                text("notes"),
                link("manager_id"),
            ),
            (to("people"), one("firm_id", "firms", True)),
            key="id",
            record_kind="contact",
            subjects=("contact_person",),
        ),
        TableSpec(
            f"{schema}.visitors", (link("id"), name, email, phone), (to("visitors"),), key="id", record_kind="visitor"
        ),
        TableSpec(
            f"{schema}.orders",
            (
                link("id"),
                link("firm_id"),
                link("placed_by"),
                link("visitor_id"),
                value("total", "payment.transaction", telling=False),
                ColumnSpec("extra", "json", ("contact.phone",)),
            ),
            (one("firm_id", "firms", True), one("placed_by"), one("visitor_id", "visitors")),
            erasure="anonymise",
            record_kind="order",
        ),
        TableSpec(
            f"{schema}.order_notes",
            (link("id"), link("order_id"), text("body")),
            (
                to("people", ("order_id", "orders", "id"), ("placed_by", "people", "id")),
                to("visitors", ("order_id", "orders", "id"), ("visitor_id", "visitors", "id")),
            ),
            erasure="anonymise",
        ),
        TableSpec(
            f"{schema}.tickets",
            (link("id"), link("person_id"), link("cc_id"), text("title"), text("body")),
            (one("person_id"), one("cc_id")),
            record_kind="ticket",
        ),
        TableSpec(
            f"{schema}.messages",
            (link("id"), link("ticket_id"), text("body")),
            (
                to("people", ("ticket_id", "tickets", "id"), ("person_id", "people", "id")),
                to("people", ("ticket_id", "tickets", "id"), ("cc_id", "people", "id")),
            ),
            record_kind="message",
        ),
        TableSpec(
            f"{schema}.invoices",
            (
                link("id"),
                value("number", "payment.invoice", telling=False),
                link("person_id"),
                value("attention", "payment.invoice", "organisation.contact_name", identifies="name"),
                value("amount", "payment.invoice", telling=False),
            ),
            (one("person_id"),),
            erasure="keep",
            ground="tax law",
            years=6,
        ),
        TableSpec(
            f"{schema}.badges",
            (link("person_id"), plain("door"), value("label", "identity.name", identifies="name")),
            (one("person_id"),),
        ),
        TableSpec(
            f"{schema}.seats", (link("id"), link("person_id"), plain("room")), (one("person_id"),), erasure="anonymise"
        ),
        TableSpec(
            f"{schema}.deliveries",
            (
                link("id"),
                link("person_id"),
                link("visitor_id"),
                value("recipient", "identity.name", identifies="name"),
                phone,
                plain("status"),
            ),
            (one("person_id"), one("visitor_id", "visitors")),
        ),
        TableSpec(
            f"{schema}.old_people",
            (
                link("ref"),
                value("fullname", "identity.name", identifies="name"),
                value("mail", "contact.email", identifies="email"),
                value("tel", "contact.phone", identifies="phone"),
            ),
            copy_of=f"{schema}.people",
        ),
        TableSpec(
            f"{schema}.mail_log",
            (
                link("id"),
                link("person_id"),
                value("to_address", "contact.email", identifies="email"),
                plain("template"),
            ),
            (one("person_id"),),
            unchanging="what was sent, and to where",
        ),
        TableSpec(
            f"{schema}.traffic",
            (
                link("id"),
                plain("seen_at"),
                link("person_id"),
                value("local_ip", "network.ip_addresses", identifies="ip"),
                value("remote_ip", "network.ip_addresses", identifies="ip"),
                value("remote_email", "network.email_addresses", identifies="email"),
                value("bytes", "network.usage", telling=False),
            ),
            (one("person_id"),),
            erasure="anonymise",
            clock="seen_at",
            source_always="automatic.network",
        ),
        TableSpec(
            f"{schema}.web_sessions",
            (link("id"), value("cookie", "tracking.cookie_id", identifies="cookie"), plain("agent"), plain("at_time")),
            clock="at_time",
        ),
        TableSpec(f"{schema}.staff_notes", (link("id"), text("body")), erasure="anonymise"),
        TableSpec(
            f"{schema}.blocked",
            (value("email", "contact.email", identifies="email"), plain("reason")),
            (to("blocked"),),
            key="email",
            erasure="keep",
            ground="the objection has to be honoured",
        ),
    )
    return StoreSpec("firm", kind, "uk", tables, "44")


ALICES = (
    Identifier("email", "alice@quarry.example"),
    Identifier("phone", "+44 7700 900123"),
    Identifier("customer_number", "QH-000417"),
    Identifier("cookie", "ck-77aa55"),
    Identifier("name", "Alice Adams"),
    Identifier("ip", "192.0.2.10", "2026-01-01T09:00:00Z", "2026-01-01T12:00:00Z"),
)


def person(schema: str, *keys: tuple[str, str], identifiers: tuple[Identifier, ...] = ()) -> Person:
    return Person(tuple(SubjectKey(f"{schema}.{table}", key) for table, key in keys), identifiers)


def alice(schema: str) -> Person:
    """Her two rows as a subject, and her entry in the list of the blocked."""
    keys = (("people", "1"), ("visitors", "2"), ("blocked", "alice@quarry.example"))
    return person(schema, *keys, identifiers=ALICES)
