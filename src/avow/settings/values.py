"""The settings as typed values, for every room to take. Paths are absolute; times are in the unit that a name says.

Refuses to hold a secret where it would be printed: connection strings and passwords stand in fields without a repr.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from avow.errors import Collector, Place, SettingsError

STOPS = "avow stops before it reads or changes anything"


@dataclass(frozen=True)
class StoreSettings:
    """One store. `dsns` maps a credential (or "replica", "admin") to its connection string; absent where none was given."""

    name: str
    kind: str
    location: str
    levels: tuple[str, ...] = ("catalogue", "trial")
    disposable: bool = False
    dsns: Mapping[str, str] = field(default_factory=dict, repr=False)

    def find_dsn(self, credential: str) -> str | None:
        return self.dsns.get(credential)


@dataclass(frozen=True)
class OidcSettings:
    """A provider of sign-in, for one desk. `name` "" means there is none."""

    name: str = ""
    server: str = ""
    client: str = ""
    secret: str = field(default="", repr=False)


@dataclass(frozen=True)
class DeskSettings:
    """One of the two web processes. `address` is what people type, `listen` is host:port; `dsn` "" means Avow makes a login."""

    name: str  # centre, console
    address: str
    listen: str
    dsn: str = field(default="", repr=False)
    languages: tuple[str, ...] = ("en",)
    jurisdictions: tuple[str, ...] = ("eu",)  # the first is offered first
    publish_verdicts: bool = False
    portal: str = ""  # store.table
    portal_key: str = field(default="", repr=False)
    oidc: OidcSettings = OidcSettings()
    calls_per_minute: int = 600  # of one token of the API


@dataclass(frozen=True)
class ContactSettings:
    """A human being (or office) whom customers can reach, and the authority above."""

    name: str = ""
    email: str = ""
    phone: str = ""
    post: str = ""
    authority: str = ""
    authority_link: str = ""


@dataclass(frozen=True)
class AnswerSettings:
    """What every answer to an access request states, in the company's own words; "" means that nobody has said. `stores` maps
    a store to plain words."""

    automated: str = ""
    retention: str = ""
    source: str = ""
    addresses: tuple[str, ...] = ()
    stores: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class RightsSettings:
    """What the company decided about requests. Times in the unit that the name says."""

    officer: str = ""
    undo_days: int = 7
    wait_hours: int = 48
    lapse_days: int = 30
    answer_days: int = 30
    backup_days: int = 35
    task_days: int = 14
    approvals: Mapping[str, int] = field(default_factory=dict)
    release_masked: bool = False
    customer_tables: tuple[tuple[str, str], ...] = ()  # (store, table)


@dataclass(frozen=True)
class BreachSettings:
    """How many days after its end the list of a breach's people is kept."""

    list_days: int = 1095


@dataclass(frozen=True)
class LawSettings:
    """The company's choice among the laws, as written; `avow.law.choose_law` checks it. `default` "" is the centre's first."""

    default: str = ""
    profiles: tuple[str, ...] = ()
    fee_amount: str = ""
    fee_currency: str = ""
    fee_cap: str = ""
    days: Mapping[str, int] = field(default_factory=dict)
    zones: Mapping[str, str] = field(default_factory=dict)
    holidays: tuple[date, ...] = ()
    confirmed: tuple[str, ...] = ()


@dataclass(frozen=True)
class NumberSettings:
    """What vague words of the policy mean, in days, and who answers for that."""

    name: str
    words: str
    days: int
    owner: str


@dataclass(frozen=True)
class SmtpSettings:
    """The mail server; only processes that send have a host. `tls` is starttls, implicit or none."""

    host: str = ""
    port: int = 587
    tls: str = "starttls"
    user: str = ""
    password: str = field(default="", repr=False)
    ca_file: str = ""


@dataclass(frozen=True)
class MailSettings:
    """What may leave, and how much of it."""

    live: bool = False
    sender: str = ""
    reply_to: str = ""
    domains: tuple[str, ...] = ()
    per_hour: int = 200
    approve_above: int = 20
    lifetime_hours: int = 168
    sink: str = ""
    smtp: SmtpSettings = SmtpSettings()


@dataclass(frozen=True)
class PlacesSettings:
    """What is known of places: place term -> networks and hosts there; `backups` name -> target."""

    avow: str = ""
    staff: tuple[str, ...] = ()
    networks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    hosts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    backups: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Settings:
    """The settings of one project. Paths are absolute; times in seconds or milliseconds as named."""

    project: Path
    company: str
    in_force: str
    stores: tuple[StoreSettings, ...]
    check_rows: int
    check_seconds: int
    statement_timeout_ms: int
    ledger_heads: Path
    ledger_key: Path
    server_home: Path
    control_dsn: str = field(default="", repr=False)
    backup_passphrase: str = field(default="", repr=False)
    centre: DeskSettings = DeskSettings("centre", "http://127.0.0.1:8601", "127.0.0.1:8601")
    console: DeskSettings = DeskSettings("console", "http://127.0.0.1:8602", "127.0.0.1:8602")
    contact: ContactSettings = ContactSettings()
    answers: AnswerSettings = AnswerSettings()
    rights: RightsSettings = RightsSettings()
    breaches: BreachSettings = BreachSettings()
    law: LawSettings = LawSettings()
    mail: MailSettings = MailSettings()
    places: PlacesSettings = PlacesSettings()
    numbers: tuple[NumberSettings, ...] = ()
    sealing_key: Path = Path(".avow/seal.key")
    title: str = ""  # the company's name as people read it
    uses_own_server: bool = False  # start the server below `server_home` before anything else

    def find_number(self, name: str) -> NumberSettings | None:
        return next((number for number in self.numbers if number.name == name), None)

    def get_store(self, name: str) -> StoreSettings:
        """Raises SettingsError when `avow.toml` has no such store."""
        for store in self.stores:
            if store.name == name:
                return store
        found = Collector()
        found.add(
            "settings.unknown-store",
            Place("avow.toml"),
            f"there is no store `{name}`; known are {', '.join(f'`{s.name}`' for s in self.stores) or 'none'}",
            f"name one of them, or add [stores.{name}]",
            STOPS,
        )
        raise SettingsError(found.found)
