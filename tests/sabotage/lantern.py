"""The company of the sabotage tests: its policy, data map, declared matrix, and a scene over a real database.

Refuses any store that was not created as disposable: `make_scene` is only given databases that the tests created.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from avow.datamap.detect import find_categories
from avow.datamap.model import (
    Attribute,
    Column,
    Custodian,
    Login,
    OwnerPath,
    Pair,
    RecordKind,
    SourceOf,
    Step,
    StoreMap,
    Table,
)
from avow.policy.promise import Anchor, Condition, PolicyVersion, Promise, Quote, Rule, Sentence
from avow.prove.scene import AggregateRights, Budget, PairRights, RowRule, Scene, StoreScene, TableRights
from avow.stores.postgres import open_postgres

HERE = Path(__file__).parent
SALES = Pair("order.process", "internal.sales")
FINANCE = Pair("billing.invoice", "internal.finance")
MARKETING = Pair("marketing.own", "internal.marketing")
ANALYSTS = Pair("analytics.usage", "internal.analysts")


class Words:
    """Hierarchy by dotted prefix; any.personal over everything."""

    def covers(self, general: str, special: str) -> bool:
        return general in (special, "any.personal") or special.startswith(f"{general}.")


@dataclass
class Company:
    """A database with the company in it. `prefix` begins all its roles."""

    dsn: str
    prefix: str
    columns: dict[str, list[str]] = field(default_factory=dict)

    def run(self, statements: str) -> None:
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            connection.execute(statements.replace("%P%", self.prefix))

    @contextmanager
    def open(self) -> Iterator[psycopg.Connection[Any]]:
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            connection.execute("SET statement_timeout = '5s'; SET lock_timeout = '500ms'")
            yield connection


def create_company(dsn: str, governed: bool = True) -> Company:
    """Fills a fresh database; `governed` adds the controls."""
    company = Company(dsn, f"prv{secrets.token_hex(4)}_")
    with company.open() as connection:
        name = sql.Identifier(connection.info.dbname)
        connection.execute(sql.SQL("REVOKE CONNECT ON DATABASE {} FROM PUBLIC").format(name))
    company.run((HERE / "company.sql").read_text(encoding="utf-8"))
    if governed:
        company.run((HERE / "controls.sql").read_text(encoding="utf-8"))
    return company


@contextmanager
def open_company(server: Any, name: str) -> Iterator[Company]:
    """A governed company in a database of its own, `name` and something by chance; database and roles are gone afterwards."""
    database = f"{name}_{secrets.token_hex(4)}"
    with psycopg.connect(server.dsn, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))
        made = create_company(server.dsn_for(database))
        yield made
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(database)))
        for (role,) in connection.execute("SELECT rolname FROM pg_roles WHERE rolname LIKE %s", (f"{made.prefix}%",)):
            connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))


def _table(name: str, columns: Mapping[str, Iterable[str] | str], **more: Any) -> Table:
    """`columns`: name -> categories, or "link", "text" for free text."""
    found = tuple(
        Column(n, link=True)
        if c == "link"
        else Column(n, frozenset({c} if isinstance(c, str) else c), free_text=c == "any.personal")
        for n, c in columns.items()
    )
    more.setdefault("records", (RecordKind(name, ("customer",)),))
    return Table(f"public.{name}", found, **more)


_SOURCE = SourceOf("channel", {"phone": "subject.phone", "form": "subject.form"})
_CONTACT = OwnerPath("public.contacts", (Step("contact_id", "public.contacts", "id"),))


def make_map(company: Company, stage: str = "enforce") -> StoreMap:
    contact_columns: dict[str, Any] = {
        "id": "link",
        "organisation_id": "link",
        "role": "organisation.contact_role",
        "name": "identity.name",
        "email": "contact.email",
        "phone": "contact.phone",
        "extra": (),
        "channel": (),
        "created_at": (),
    }
    contacts = _table(
        "contacts",
        contact_columns,
        key="id",
        owners=(OwnerPath("public.contacts"),),
        source=_SOURCE,
        harmless=True,
        attributes=(Attribute("contact_role", "role", {"delivery": "delivery", "billing": "billing"}),),
    )
    extra = Column("extra", keys={"fax": frozenset({"contact.fax"})})
    contacts = replace(contacts, columns=tuple(extra if c.name == "extra" else c for c in contacts.columns))
    tables = (
        _table(
            "organisations",
            {"id": "link", "name": "organisation.name", "sector": "organisation.sector", "size": "organisation.size"},
            source=None,
            records=(RecordKind("organisation", ("organisation",)),),
        ),
        contacts,
        _table(
            "invoices",
            {
                "id": "link",
                "contact_id": "link",
                "amount": "payment.invoice",
                "address": "payment.invoice",
                "channel": (),
            },
            owners=(_CONTACT,),
            source=_SOURCE,
        ),
        _table(
            "tickets",
            {"id": "link", "contact_id": "link", "body": "communication.support_ticket", "status": (), "channel": ()},
            owners=(_CONTACT,),
            source=_SOURCE,
        ),
        _table(
            "replies",
            {"id": "link", "ticket_id": "link", "body": "communication.support_ticket", "channel": ()},
            source=_SOURCE,
        ),
        _table(
            "leads",
            {
                "id": "link",
                "name": "marketing.lead_contact",
                "email": "marketing.lead_contact",
                "event": (),
                "channel": (),
            },
            records=(RecordKind("lead", ("prospect",)),),
            source=SourceOf("channel", {"event": "subject.event", "broker": "thirdparty.broker"}),
            attributes=(Attribute("event", "event"), Attribute("source", "channel")),
        ),
        _table(
            "traffic",
            {"id": "link", "contact_id": "link", "at": (), "bytes": "network.usage"},
            source=SourceOf(always="automatic.network"),
        ),
        _table(
            "counters",
            {"contact_id": "link", "at": (), "bytes": "network.usage"},
            source=SourceOf(always="automatic.network"),
        ),
        _table(
            "staff",
            {"id": "link", "name": "employment.name", "country": ()},
            records=(RecordKind("staff", ("employee",)),),
            attributes=(Attribute("country", "country"),),
        ),
        _table(
            "contacts_2019",
            {"id": "link", "name": "identity.name", "email": "contact.email"},
            copy_of="public.contacts",
            records=(RecordKind("old", ("former",)),),
        ),
        Table("public.migrations", (), (), ignore="framework bookkeeping"),
    )
    logins = (
        Login(f"{company.prefix}app", (SALES,), SALES, stage),
        Login(f"{company.prefix}finance", (FINANCE,), FINANCE, stage),
        Login(f"{company.prefix}marketing", (MARKETING,), MARKETING, stage),
        Login(f"{company.prefix}analyst", (ANALYSTS,), ANALYSTS, stage),
    )
    return StoreMap("main", "postgresql", "uk", tables, logins, _custodians(company))


def _custodians(company: Company) -> tuple[Custodian, ...]:
    with company.open() as connection:
        rows = connection.execute(
            "SELECT rolname FROM pg_roles WHERE rolsuper AND rolname <> ALL (%s)",
            ([f"{company.prefix}{n}" for n in ("app", "finance")],),
        ).fetchall()
    return tuple(Custodian(str(r), "Bob", "administers the server", "server log", "2027-12-31") for (r,) in rows)


def make_rights(company: Company) -> tuple[PairRights, ...]:
    """The declared matrix, with the roles of the controls."""
    p = company.prefix
    every = (RowRule(),)
    sales = {
        "public.contacts": TableRights(
            frozenset({"id", "organisation_id", "role", "name", "email", "phone", "extra", "channel", "created_at"}),
            frozenset({"organisation_id", "role", "name", "email", "phone", "extra", "channel"}),
            every,
        ),
        "public.organisations": TableRights(frozenset({"id", "name", "sector", "size"}), frozenset(), every),
        "public.tickets": TableRights(frozenset({"id", "contact_id", "body", "status"}), frozenset(), every),
        "public.replies": TableRights(frozenset({"id", "ticket_id", "body"}), frozenset(), every),
        "public.leads": TableRights(
            frozenset({"id", "name", "email", "event", "channel"}),
            frozenset({"name", "email", "event", "channel"}),
            every,
        ),
    }
    finance = {
        "public.invoices": TableRights(
            frozenset({"id", "contact_id", "amount", "address"}),
            frozenset({"contact_id", "amount", "address", "channel"}),
            every,
        ),
        "public.organisations": TableRights(frozenset({"id", "name"}), frozenset(), every),
    }
    rows = (RowRule({"contact_role": ("delivery",)}, frozenset({"objected:marketing.own"})),)
    marketing = {"public.contacts": TableRights(frozenset({"id", "email"}), frozenset(), rows)}
    return (
        PairRights(SALES, sales, (), f"{p}p1", f"{p}p1"),
        PairRights(FINANCE, finance, (), f"{p}p2", f"{p}p2"),
        PairRights(MARKETING, marketing, (), f"{p}p3", f"{p}p3"),
        PairRights(ANALYSTS, {}, (AggregateRights("usage", "public.counters", 5),), f"{p}p4", f"{p}p4"),
    )


def _rule(promise: str, kind: str, **more: Any) -> Rule:
    return Rule(f"{promise}/1", promise, kind, **more)


_READ_WRITE = frozenset({"read", "write"})
_SOURCES = ("subject.phone", "subject.form", "subject.event", "thirdparty.broker", "automatic.network")
_SENTENCES: tuple[tuple[str, str, str, str, tuple[Rule, ...]], ...] = (
    (
        "sales-contacts",
        "access_control",
        "Our sales people use the names and addresses of contacts to process orders.",
        "machine",
        (
            _rule(
                "sales-contacts",
                "permit",
                data=("identity.name", "contact", "organisation"),
                purposes=("order.process",),
                recipients=("internal.sales",),
                do=_READ_WRITE,
                subjects=("customer",),
            ),
        ),
    ),
    (
        "finance-invoices",
        "access_control",
        "Only finance sees invoices, to bill you.",
        "machine",
        (
            _rule(
                "finance-invoices",
                "permit",
                data=("payment.invoice",),
                purposes=("billing.invoice",),
                recipients=("internal.finance",),
                do=_READ_WRITE,
            ),
        ),
    ),
    (
        "marketing-objection",
        "use",
        "We write to delivery contacts about our own lanterns unless they object.",
        "machine",
        (
            _rule(
                "marketing-objection",
                "permit",
                data=("contact.email",),
                subjects=("customer",),
                purposes=("marketing.own",),
                recipients=("internal.marketing",),
                when=(
                    Condition("state_absent", ("objected:marketing.own",)),
                    Condition("row", ("delivery",), "contact_role"),
                ),
            ),
        ),
    ),
    (
        "no-invoice-marketing",
        "use",
        "Invoices are never used for marketing.",
        "machine",
        (_rule("no-invoice-marketing", "forbid", data=("payment.invoice",), purposes=("marketing",)),),
    ),
    (
        "sources",
        "collect",
        "We always know where personal data came from.",
        "machine",
        (
            _rule(
                "sources",
                "require.source",
                data=("contact", "payment.invoice", "communication", "marketing.lead_contact", "network"),
                sources=_SOURCES,
                subjects=("customer", "prospect"),
            ),
        ),
    ),
    (
        "event-named",
        "collect",
        "For visitors of our events we note the event.",
        "machine",
        (
            _rule(
                "event-named",
                "require.field",
                data=("marketing.lead_contact",),
                detail={"attribute": "event"},
                when=(Condition("row", ("event",), "source"),),
            ),
        ),
    ),
    (
        "leads-list",
        "collect",
        "Of leads we keep the name and the e-mail address only.",
        "machine",
        (_rule("leads-list", "require.inventory", data=("marketing.lead_contact",), subjects=("prospect",)),),
    ),
    (
        "contacts-list",
        "collect",
        "Of contacts we keep names, addresses and their role.",
        "machine",
        (
            _rule(
                "contacts-list",
                "require.inventory",
                data=("identity.name", "contact", "organisation.contact_role"),
                subjects=("customer", "former"),
            ),
        ),
    ),
    (
        "uk-data",
        "locate",
        "All data is held in the UK.",
        "machine",
        (_rule("uk-data", "require.place", data=("any.personal",), places=("uk",)),),
    ),
    ("versions", "other", "We may change this policy and say why.", "machine", (_rule("versions", "require.version"),)),
    (
        "uk-staff",
        "define",
        "Our people work in the UK.",
        "machine",
        (_rule("uk-staff", "observe", detail={"that": "rows-within", "attribute": "country", "values": ("uk",)}),),
    ),
    (
        "counters",
        "collect",
        "Usage counters equal the traffic.",
        "machine",
        (
            _rule(
                "counters",
                "observe",
                detail={
                    "that": "reconciles",
                    "table": "public.traffic",
                    "against": "public.counters",
                    "keys": ("contact_id", "at"),
                    "measure": "bytes",
                },
            ),
        ),
    ),
    (
        "answers",
        "use",
        "Every ticket is answered or still open.",
        "machine",
        (
            _rule(
                "answers",
                "observe",
                detail={
                    "that": "answered-or-open",
                    "table": "public.tickets",
                    "answers": "public.replies",
                    "answer_key": "ticket_id",
                    "status": "status",
                    "open": ("open",),
                },
            ),
        ),
    ),
    (
        "uk-only",
        "define",
        "We are a UK company.",
        "evidence",
        (_rule("uk-only", "attest", detail={"evidence": "uk-only"}),),
    ),
    (
        "statistics",
        "use",
        "We look at usage in groups of at least five people.",
        "machine",
        (
            _rule(
                "statistics",
                "permit",
                data=("network.usage",),
                purposes=("analytics.usage",),
                recipients=("internal.analysts",),
                form="aggregate",
                at_least=5,
            ),
        ),
    ),
    (
        "objecting",
        "right",
        "You can object by writing to us.",
        "machine",
        (_rule("objecting", "right", detail={"right": "objection"}),),
    ),
    ("care", "other", "We care deeply about light.", "none", ()),
)


def make_version(version: str = "2026-01", digest: str = "d" * 64, reason: str = "clearer words") -> PolicyVersion:
    text, promises, sentences = "", [], []
    for name, act, quote, checkable, rules in _SENTENCES:
        start, end = len(text), len(text) + len(quote)
        text += f"{quote}\n\n"
        data = tuple(d for r in rules for d in r.data)
        promises.append(
            Promise(
                name, Quote(quote), Anchor(start, end, 1, 1), act, "does", data=data, checkable=checkable, rules=rules
            )
        )
        sentences.append(Sentence(start, end, 1, quote, (name,)))
    sentences.append(Sentence(len(text), len(text) + 24, 1, "Some words nobody read in", ()))
    text += "Some words nobody read in"
    return PolicyVersion(
        "Lantern", version, date(2026, 1, 5), "en", (), reason, text, digest, tuple(promises), tuple(sentences)
    )


@dataclass
class Registered:
    """Control records in memory: what `avow.control` keeps in a database. Only for tests of other rules."""

    version: str
    digest: str

    def versions(self) -> tuple[Any, ...]:
        from avow.control import RegisteredVersion

        return (RegisteredVersion(self.version, self.digest, date(2026, 1, 5), "clearer words", datetime.now(UTC)),)

    def find_text(self, version: str) -> str | None:
        return "the words"

    def try_to_change_version(self, version: str) -> str:
        return "23001"


def make_scene(company: Company, evidence: Path, **more: Any) -> Scene:
    """A scene over the live database. `more` replaces fields of the scene or, with `store_`, of its store."""
    port = open_postgres(company.dsn)
    description = port.describe()
    port.close()

    def sample(table: str, columns: Any, rows: int) -> list[tuple[Any, ...]]:
        again = open_postgres(company.dsn)
        try:
            return again.sample(table, columns, rows)
        finally:
            again.close()

    store = StoreScene(
        map=make_map(company),
        description=description,
        rights=make_rights(company),
        open_probe=company.open,
        open_plant=company.open,
        sample=sample,
        disposable=True,
        applied=True,
    )
    store = replace(store, **{k.removeprefix("store_"): v for k, v in more.items() if k.startswith("store_")})
    version = make_version()
    scene = Scene(
        version=version,
        terms=Words(),
        stores=(store,),
        versions=(version,),
        evidence=evidence,
        control=Registered(version.version, version.digest),
        find_categories=find_categories,
        budget=Budget(),
    )
    return replace(scene, **{k: v for k, v in more.items() if not k.startswith("store_")})


def write_evidence(folder: Path, expires: str = "2099-12-31") -> Path:
    folder.mkdir(exist_ok=True)
    text = f"owner: Bob\nsays: We are registered in the UK.\nsigned: 2026-01-05\nexpires: {expires}\n"
    (folder / "uk-only.yaml").write_text(text, encoding="utf-8")
    return folder
