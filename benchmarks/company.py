"""The company that is measured: promises and map written as values, so that only the database's work is timed."""

from __future__ import annotations

from datetime import date

from avow.datamap.model import Column, Login, OwnerPath, Pair, RecordKind, Step, StoreMap, Table
from avow.policy.promise import Anchor, Condition, PolicyVersion, Promise, Quote, Rule

LOGIN = "avow_bench_app"
SUPPORT = Pair("support.provide", "internal.support")
MARKETING = Pair("marketing.own", "internal.marketing")
ORDERS = Pair("order.process", "internal.sales")
OBJECTED = Condition("state_absent", ("objected:marketing.own",))
BOTH = frozenset({"read", "write"})
CONTACT = ("contact.name", "contact.email", "contact.phone", "contact.postal_address")

RULES = (
    Rule("p1/1", "p1", "permit", CONTACT, (), (SUPPORT.purpose,), (SUPPORT.recipient,), do=BOTH),
    Rule("p2/1", "p2", "permit", CONTACT, (), (MARKETING.purpose,), (MARKETING.recipient,), when=(OBJECTED,)),
    Rule(
        "p3/1",
        "p3",
        "permit",
        ("person.interest",),
        (),
        (MARKETING.purpose,),
        (MARKETING.recipient,),
        do=BOTH,
        when=(OBJECTED,),
    ),
    Rule("p4/1", "p4", "permit", ("order.delivery_address",), (), (ORDERS.purpose,), (ORDERS.recipient,), do=BOTH),
)


class Terms:
    """A vocabulary of dots: a term covers what starts with it."""

    def covers(self, general: str, special: str) -> bool:
        return general in (special, "any.personal") or special.startswith(general + ".")


def make_version() -> PolicyVersion:
    promises = tuple(
        Promise(rule.promise, Quote("x"), Anchor(0, 1, 1, 1), "access_control", "does", rules=(rule,)) for rule in RULES
    )
    return PolicyVersion("bench", "2026-01", date(2026, 1, 1), "en", (), "", "x", "0", promises, ())


def _column(name: str, *categories: str, link: bool = False) -> Column:
    return Column(name, frozenset(categories), link=link)


CONTACTS = Table(
    "public.contacts",
    (
        _column("id", link=True),
        _column("name", "contact.name"),
        _column("email", "contact.email"),
        _column("phone", "contact.phone"),
        _column("street", "contact.postal_address"),
        _column("city", "contact.postal_address"),
        _column("region"),
        _column("grade"),
        _column("created_at"),
    ),
    (RecordKind("contact", ("contact_person",)),),
    key="id",
    owners=(OwnerPath("public.contacts"),),
    hot=(("region", "city"),),
)
_TO_CONTACT = (OwnerPath("public.contacts", (Step("contact_id", "public.contacts", "id"),)),)
_ORDERS = Table(
    "public.orders",
    (
        _column("id", link=True),
        _column("contact_id", link=True),
        _column("address", "order.delivery_address"),
        _column("status"),
    ),
    (RecordKind("order", ("contact_person",)),),
    owners=_TO_CONTACT,
)
_INTERESTS = Table(
    "public.interests",
    (_column("id", link=True), _column("contact_id", link=True), _column("topic", "person.interest")),
    (RecordKind("interest", ("contact_person",)),),
    owners=_TO_CONTACT,
)
_LOGIN = Login(LOGIN, (SUPPORT, MARKETING, ORDERS), SUPPORT, "enforce", unmodified=False)
_COPIES = tuple(
    Table(f"{schema}.{name}", (), (), ignore="a copy to compare with")
    for schema in ("raw", "hand", "idle", "hand_trigger")
    for name in ("contacts", "orders", "interests")
)
MAP = StoreMap("main", "postgresql", "uk", (CONTACTS, _ORDERS, _INTERESTS, *_COPIES), (_LOGIN,))
LARGE_MAP = StoreMap("main", "postgresql", "uk", (CONTACTS,), (_LOGIN,))
