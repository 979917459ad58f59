"""Every setting of Avow, read once at start from `avow.toml`, `avow.env` and the environment.

Bad values stop the process with every mistake at once, each naming the key and the allowed forms. Nothing else in the
product reads the environment. Refuses connection strings in `avow.toml`: that file stands in Git; secrets come from
the environment, from a file named by `<KEY>_FILE`, or from `avow.env` (mode 0600, never in Git).
Source: architecture, "What a company keeps in Git".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from ipaddress import ip_network
from pathlib import Path

from avow.errors import Collector, Place, SettingsError
from avow.tomlplaces import Environment, Reader, read_env_file, read_toml

CREDENTIALS: tuple[str, ...] = ("survey", "apply", "probe", "plant", "duty")
LEVELS: tuple[str, ...] = ("catalogue", "trial", "canary")
LANGUAGES: tuple[str, ...] = ("en", "ar")  # those whose catalogues are complete
TLS_KINDS: tuple[str, ...] = ("starttls", "implicit", "none")
STORE_KINDS: tuple[str, ...] = ("postgresql", "mariadb", "manual")
_STOPS = "avow stops before it reads or changes anything"


@dataclass(frozen=True)
class Setting:
    """One documented setting. `where` is "avow.toml" or "environment"; `<NAME>` in a key stands for a store's name."""

    key: str
    where: str
    default: str
    says: str


SETTINGS: tuple[Setting, ...] = (
    Setting("company.name", "avow.toml", "", "the company's name, as it stands in reports; required"),
    Setting(
        "company.title", "avow.toml", "", "the name as people read it in the privacy centre; company.name if empty"
    ),
    Setting(
        "policy.in_force",
        "avow.toml",
        "",
        "the policy version in force: the name of a file in policy/; required",
    ),
    Setting("stores.<NAME>.kind", "avow.toml", "postgresql", "postgresql, mariadb or manual"),
    Setting("stores.<NAME>.location", "avow.toml", "", "the place term where the store stands, such as uk"),
    Setting(
        "stores.<NAME>.levels",
        "avow.toml",
        '["catalogue", "trial"]',
        "the probe levels that this store consents to",
    ),
    Setting(
        "stores.<NAME>.disposable",
        "avow.toml",
        "false",
        "true only for examples: sabotage tests refuse any other store",
    ),
    Setting("check.rows", "avow.toml", "200000", "the most rows that one check reads for samples and counts"),
    Setting("check.seconds", "avow.toml", "120", "the most seconds that one check takes"),
    Setting("check.statement_timeout_ms", "avow.toml", "10000", "the longest that one probe statement may run"),
    Setting(
        "ledger.heads",
        "avow.toml",
        ".avow/heads.jsonl",
        "where signed tree heads are exported to, relative to the project",
    ),
    Setting("ledger.key", "avow.toml", ".avow/ledger.key", "the Ed25519 key that signs tree heads (mode 0600)"),
    Setting(
        "sealing.key",
        "avow.toml",
        ".avow/seal.key",
        "the key that wraps the keys of sealed values (mode 0600); the company's digest keys stand beside it",
    ),
    Setting(
        "law.default", "avow.toml", "centre.jurisdiction", "the law profile of people of whom nothing else is known"
    ),
    Setting("law.profiles", "avow.toml", "centre.jurisdictions", "the other law profiles under which people may ask"),
    Setting(
        "law.fee.amount", "avow.toml", "", 'the fee for asking, such as "20.00"; zero wherever the law forbids one'
    ),
    Setting("law.fee.currency", "avow.toml", "", "its currency, such as USD"),
    Setting(
        "law.days.<PROFILE>",
        "avow.toml",
        "",
        "fewer days to answer in than that law gives, or days where none are known",
    ),
    Setting("law.zones.<PROFILE>", "avow.toml", "", "the time zone in which days end, such as Europe/Lisbon"),
    Setting("law.holidays", "avow.toml", "[]", "days off besides Saturdays and Sundays, as YYYY-MM-DD"),
    Setting(
        "law.confirmed",
        "avow.toml",
        "[]",
        "facts of a law that the company's counsel read, such as uk.counting: until then they give no more time",
    ),
    Setting(
        "mail.live", "avow.toml", "false", "true: messages may leave, once `avow outbox bind` has named this database"
    ),
    Setting("mail.from", "avow.toml", "contact.email", "the sender of every mail"),
    Setting("mail.reply_to", "avow.toml", "", "where answers go, if not to the sender"),
    Setting("mail.domains", "avow.toml", "[]", "the only domains that may be written to; empty: all"),
    Setting("mail.per_hour", "avow.toml", "200", "the most mails in any 60 minutes; the rest waits"),
    Setting("mail.approve_above", "avow.toml", "20", "a batch to more people than this waits for a second person"),
    Setting("mail.lifetime_hours", "avow.toml", "168", "after how many hours a message that could not leave expires"),
    Setting("mail.sink", "avow.toml", "", "where mails of synthetic requests go; empty: nowhere"),
    Setting("AVOW_SMTP_HOST", "environment", "", "the mail server; needed where messages are sent, by `avow work`"),
    Setting("AVOW_SMTP_PORT", "environment", "587", "its port"),
    Setting("AVOW_SMTP_TLS", "environment", "starttls", "starttls, implicit, or none (a server on this machine only)"),
    Setting("AVOW_SMTP_USER", "environment", "", "the login there; none is used without it"),
    Setting("AVOW_SMTP_PASSWORD", "environment", "", "its password"),
    Setting("AVOW_SMTP_CA_FILE", "environment", "", "the authority of its certificate, if not one of the machine's"),
    Setting(
        "centre.address", "avow.toml", "http://127.0.0.1:8601", "the privacy centre's address, as customers see it"
    ),
    Setting("centre.listen", "avow.toml", "127.0.0.1:8601", "where `avow serve centre` listens"),
    Setting("centre.languages", "avow.toml", '["en", "ar"]', "the languages of the centre; the first is the default"),
    Setting("centre.jurisdiction", "avow.toml", "eu", "the law profile that is offered first in the request forms"),
    Setting("centre.jurisdictions", "avow.toml", "[]", "further law profiles that people may choose in the forms"),
    Setting("centre.publish_verdicts", "avow.toml", "false", "true: customers see the verdict beside each sentence"),
    Setting("centre.portal", "avow.toml", "", "store.table that the subjects of signed sign-on links belong to"),
    Setting("centre.oidc.name", "avow.toml", "", "what the button says that signs people in with OpenID Connect"),
    Setting("centre.oidc.server", "avow.toml", "", "the address of the OpenID Connect provider"),
    Setting("centre.oidc.client", "avow.toml", "", "the client id there"),
    Setting("console.address", "avow.toml", "http://127.0.0.1:8602", "the console's address, as staff see it"),
    Setting("console.listen", "avow.toml", "127.0.0.1:8602", "where `avow serve console` listens"),
    Setting(
        "console.calls_per_minute", "avow.toml", "600", "the most calls that one token of the API makes in a minute"
    ),
    Setting("contact.name", "avow.toml", "", "the person or office that answers questions about privacy"),
    Setting("contact.email", "avow.toml", "", "their address"),
    Setting("contact.phone", "avow.toml", "", "their telephone number"),
    Setting("contact.post", "avow.toml", "", "where letters go; lines parted by commas"),
    Setting("contact.authority", "avow.toml", "", "the supervisory authority to which people may complain"),
    Setting("contact.authority_link", "avow.toml", "", "its address on the web"),
    Setting("answers.automated", "avow.toml", "", "what is decided about people by machines, stated in every answer"),
    Setting(
        "answers.retention", "avow.toml", "", "how long data is kept where no rule of the policy or the map says it"
    ),
    Setting("answers.source", "avow.toml", "", "what is known of the origin of rows that carry no source"),
    Setting(
        "answers.addresses", "avow.toml", "[]", "the company's own addresses and domains: never masked as another's"
    ),
    Setting("answers.stores.<NAME>", "avow.toml", "", "the store in plain words, as answers name it"),
    Setting("rights.officer", "avow.toml", "", "the staff account that tasks go to when a store names nobody"),
    Setting(
        "rights.undo_days", "avow.toml", "7", "how long an erasure can be taken back; use is blocked meanwhile; 0: not"
    ),
    Setting("rights.wait_hours", "avow.toml", "48", "how long exports and erasures wait after a change of credentials"),
    Setting(
        "rights.lapse_days", "avow.toml", "30", "after how many days without an answer of the asker a request ends"
    ),
    Setting("rights.answer_days", "avow.toml", "30", "how long an answer may be downloaded and made again"),
    Setting("rights.backup_days", "avow.toml", "35", "after how many days the last backup of a store is gone"),
    Setting("rights.task_days", "avow.toml", "14", "how long a task by hand may take, within the time of the law"),
    Setting("rights.approvals.<KIND>", "avow.toml", "0", "how many of the staff must agree to a request of this kind"),
    Setting(
        "rights.release_masked", "avow.toml", "false", "true: an answer goes out although something was masked in it"
    ),
    Setting(
        "rights.customer_tables",
        "avow.toml",
        "[]",
        "`store:schema.table` of data held for a customer, who decides about it: requests are forwarded",
    ),
    Setting("places.avow", "avow.toml", "", "the place of the machines that Avow itself runs on, such as uk"),
    Setting("places.staff", "avow.toml", "[]", "from which places staff may see people's data; empty: from anywhere"),
    Setting("places.networks.<PLACE>", "avow.toml", "[]", "networks in that place, such as 198.51.100.0/24"),
    Setting(
        "places.hosts.<PLACE>", "avow.toml", "[]", "hosts and buckets in that place; those below a name count, too"
    ),
    Setting(
        "places.backups.<NAME>",
        "avow.toml",
        "",
        "where copies go that no server tells of, such as backup.example:/dumps",
    ),
    Setting(
        "AVOW_CENTRE_DSN", "environment", "", "the centre's own login to the control database; without it one is made"
    ),
    Setting(
        "AVOW_CONSOLE_DSN", "environment", "", "the console's own login to the control database; without it one is made"
    ),
    Setting("AVOW_PORTAL_KEY", "environment", "", "the key that signs sign-on links of the company's own portal"),
    Setting("AVOW_CENTRE_OIDC_SECRET", "environment", "", "the client secret at the OpenID Connect provider"),
    Setting(
        "AVOW_CONTROL_DSN",
        "environment",
        "",
        "Avow's own PostgreSQL database; without it the server below AVOW_SERVER_HOME",
    ),
    Setting(
        "AVOW_SERVER_HOME",
        "environment",
        ".avow/server",
        "where Avow keeps its own PostgreSQL when no DSN is given",
    ),
    Setting(
        "AVOW_STORE_<NAME>_DSN",
        "environment",
        "",
        "the store's connection string, for every credential without its own",
    ),
    Setting("AVOW_STORE_<NAME>_SURVEY_DSN", "environment", "", "the login that reads catalogue and samples"),
    Setting("AVOW_STORE_<NAME>_APPLY_DSN", "environment", "", "the owner login that carries out a plan"),
    Setting(
        "AVOW_STORE_<NAME>_PROBE_DSN",
        "environment",
        "",
        "the login that may take the pairs and runs the probes",
    ),
    Setting(
        "AVOW_STORE_<NAME>_PLANT_DSN",
        "environment",
        "",
        "the login that inserts synthetic rows for trials and canaries, and may take the pairs",
    ),
    Setting("AVOW_STORE_<NAME>_DUTY_DSN", "environment", "", "the login that finds, exports, changes and erases"),
    Setting(
        "AVOW_STORE_<NAME>_ADMIN_DSN",
        "environment",
        "",
        "an administrator's login, for `avow grants` alone; give it for that one command and keep it nowhere",
    ),
    Setting("AVOW_STORE_<NAME>_REPLICA_DSN", "environment", "", "a replica on which content scans run instead"),
)


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
class LawSettings:
    """The company's choice among the laws, as written; `avow.law.choose_law` checks it. `default` "" is the centre's first."""

    default: str = ""
    profiles: tuple[str, ...] = ()
    fee_amount: str = ""
    fee_currency: str = ""
    days: Mapping[str, int] = field(default_factory=dict)
    zones: Mapping[str, str] = field(default_factory=dict)
    holidays: tuple[date, ...] = ()
    confirmed: tuple[str, ...] = ()


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
    centre: DeskSettings = DeskSettings("centre", "http://127.0.0.1:8601", "127.0.0.1:8601")
    console: DeskSettings = DeskSettings("console", "http://127.0.0.1:8602", "127.0.0.1:8602")
    contact: ContactSettings = ContactSettings()
    answers: AnswerSettings = AnswerSettings()
    rights: RightsSettings = RightsSettings()
    law: LawSettings = LawSettings()
    mail: MailSettings = MailSettings()
    places: PlacesSettings = PlacesSettings()
    sealing_key: Path = Path(".avow/seal.key")
    title: str = ""  # the company's name as people read it
    uses_own_server: bool = False  # start the server below `server_home` before anything else

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
            _STOPS,
        )
        raise SettingsError(found.found)


def load_settings(project: Path, environ: Mapping[str, str]) -> Settings:
    """Raises SettingsError with every mistake at once. `environ` is the process environment, passed in once."""
    found = Collector()
    toml, text = read_toml(project, found)
    env = Environment({**read_env_file(project, found), **environ}, found)
    reader = Reader(toml, text, found)
    settings = Settings(
        project=project.resolve(),
        company=reader.text("company.name", required=True),
        in_force=reader.text("policy.in_force", required=True),
        stores=tuple(_read_store(name, reader, env) for name in reader.names("stores")),
        check_rows=reader.number("check.rows", 200_000),
        check_seconds=reader.number("check.seconds", 120),
        statement_timeout_ms=reader.number("check.statement_timeout_ms", 10_000),
        ledger_heads=project.resolve() / reader.text("ledger.heads", ".avow/heads.jsonl"),
        ledger_key=project.resolve() / reader.text("ledger.key", ".avow/ledger.key"),
        server_home=project.resolve() / (env.find("AVOW_SERVER_HOME") or ".avow/server"),
        control_dsn=env.find("AVOW_CONTROL_DSN") or "",
        centre=_read_centre(reader, env),
        console=_read_console(reader, env),
        contact=_read_contact(reader),
        answers=_read_answers(reader),
        rights=_read_rights(reader),
        law=_read_law(reader),
        mail=_read_mail(reader, env),
        places=_read_places(reader, found),
        sealing_key=project.resolve() / reader.text("sealing.key", ".avow/seal.key"),
        title=reader.text("company.title") or reader.text("company.name"),
        uses_own_server=bool(env.find("AVOW_SERVER_HOME")) or not env.find("AVOW_CONTROL_DSN"),
    )
    reader.report_unknown()
    found.raise_as(SettingsError)
    return settings


def _read_store(name: str, reader: Reader, env: Environment) -> StoreSettings:
    key = f"stores.{name}"
    dsns: dict[str, str] = {}
    prefix = f"AVOW_STORE_{re.sub(r'[^A-Z0-9]', '_', name.upper())}"
    fallback = env.find(f"{prefix}_DSN")
    for credential in CREDENTIALS:
        dsn = env.find(f"{prefix}_{credential.upper()}_DSN") or fallback
        if dsn:
            dsns[credential] = dsn
    for beside in ("replica", "admin"):
        if dsn := env.find(f"{prefix}_{beside.upper()}_DSN"):
            dsns[beside] = dsn
    return StoreSettings(
        name=name,
        kind=reader.text(f"{key}.kind", "postgresql", one_of=STORE_KINDS),
        location=reader.text(f"{key}.location", ""),
        levels=reader.words(f"{key}.levels", ("catalogue", "trial"), LEVELS),
        disposable=reader.flag(f"{key}.disposable"),
        dsns=dsns,
    )


def _read_centre(reader: Reader, env: Environment) -> DeskSettings:
    first = reader.text("centre.jurisdiction", "eu")
    further = (place for place in reader.texts("centre.jurisdictions") if place != first)
    return DeskSettings(
        name="centre",
        address=reader.text("centre.address", "http://127.0.0.1:8601").rstrip("/"),
        listen=reader.text("centre.listen", "127.0.0.1:8601"),
        dsn=env.find("AVOW_CENTRE_DSN") or "",
        languages=reader.words("centre.languages", LANGUAGES, LANGUAGES),
        jurisdictions=(first, *further),
        publish_verdicts=reader.flag("centre.publish_verdicts"),
        portal=reader.text("centre.portal"),
        portal_key=env.find("AVOW_PORTAL_KEY") or "",
        oidc=OidcSettings(
            name=reader.text("centre.oidc.name"),
            server=reader.text("centre.oidc.server"),
            client=reader.text("centre.oidc.client"),
            secret=env.find("AVOW_CENTRE_OIDC_SECRET") or "",
        ),
    )


def _read_console(reader: Reader, env: Environment) -> DeskSettings:
    return DeskSettings(
        name="console",
        address=reader.text("console.address", "http://127.0.0.1:8602").rstrip("/"),
        listen=reader.text("console.listen", "127.0.0.1:8602"),
        dsn=env.find("AVOW_CONSOLE_DSN") or "",
        calls_per_minute=reader.number("console.calls_per_minute", 600),
    )


def _read_contact(reader: Reader) -> ContactSettings:
    keys = ("name", "email", "phone", "post", "authority", "authority_link")
    return ContactSettings(**{key: reader.text(f"contact.{key}") for key in keys})


def _read_answers(reader: Reader) -> AnswerSettings:
    return AnswerSettings(
        automated=reader.text("answers.automated"),
        retention=reader.text("answers.retention"),
        source=reader.text("answers.source"),
        addresses=reader.texts("answers.addresses"),
        stores={name: reader.text(f"answers.stores.{name}") for name in reader.names("answers.stores")},
    )


def _read_rights(reader: Reader) -> RightsSettings:
    usual, table = RightsSettings(), "rights"
    kinds = reader.names(f"{table}.approvals")
    places = [place.partition(":") for place in reader.texts("rights.customer_tables")]
    return RightsSettings(
        officer=reader.text("rights.officer"),
        undo_days=reader.number("rights.undo_days", usual.undo_days, least=0),
        wait_hours=reader.number("rights.wait_hours", usual.wait_hours),
        lapse_days=reader.number("rights.lapse_days", usual.lapse_days),
        answer_days=reader.number("rights.answer_days", usual.answer_days),
        backup_days=reader.number("rights.backup_days", usual.backup_days),
        task_days=reader.number("rights.task_days", usual.task_days),
        approvals={kind: reader.number(f"{table}.approvals.{kind}", 0, least=0) for kind in kinds},
        release_masked=reader.flag("rights.release_masked"),
        customer_tables=tuple((store, table) for store, _, table in places),
    )


def _read_law(reader: Reader) -> LawSettings:
    return LawSettings(
        default=reader.text("law.default"),
        profiles=reader.texts("law.profiles"),
        fee_amount=reader.text("law.fee.amount"),
        fee_currency=reader.text("law.fee.currency"),
        days={name: reader.number(f"law.days.{name}", 1) for name in reader.names("law.days")},
        zones={name: reader.text(f"law.zones.{name}") for name in reader.names("law.zones")},
        holidays=reader.dates("law.holidays"),
        confirmed=reader.texts("law.confirmed"),
    )


def _read_mail(reader: Reader, env: Environment) -> MailSettings:
    usual = MailSettings()
    return MailSettings(
        live=reader.flag("mail.live"),
        sender=reader.text("mail.from") or reader.text("contact.email"),
        reply_to=reader.text("mail.reply_to"),
        domains=tuple(domain.lower() for domain in reader.texts("mail.domains")),
        per_hour=reader.number("mail.per_hour", usual.per_hour),
        approve_above=reader.number("mail.approve_above", usual.approve_above),
        lifetime_hours=reader.number("mail.lifetime_hours", usual.lifetime_hours),
        sink=reader.text("mail.sink"),
        smtp=_read_smtp(env),
    )


def _read_places(reader: Reader, found: Collector) -> PlacesSettings:
    networks = {place: reader.texts(f"places.networks.{place}") for place in reader.names("places.networks")}
    for place, listed in networks.items():
        for network in listed:
            try:
                ip_network(network, strict=False)
            except ValueError:
                where = Place("avow.toml")
                cause = f"`{network}` below `places.networks.{place}` is no network"
                found.add("settings.bad-value", where, cause, "write it as 198.51.100.0/24", _STOPS)
    return PlacesSettings(
        avow=reader.text("places.avow"),
        staff=reader.texts("places.staff"),
        networks=networks,
        hosts={place: reader.texts(f"places.hosts.{place}") for place in reader.names("places.hosts")},
        backups={name: reader.text(f"places.backups.{name}") for name in reader.names("places.backups")},
    )


def _read_smtp(env: Environment) -> SmtpSettings:
    port = env.find("AVOW_SMTP_PORT") or "587"
    tls = env.find("AVOW_SMTP_TLS") or "starttls"
    if not port.isdecimal() or not 0 < int(port) < 65536:
        env.bad("AVOW_SMTP_PORT", "a port number")
    if tls not in TLS_KINDS:
        env.bad("AVOW_SMTP_TLS", " or ".join(f"`{kind}`" for kind in TLS_KINDS))
    return SmtpSettings(
        host=env.find("AVOW_SMTP_HOST") or "",
        port=int(port) if port.isdecimal() else 0,
        tls=tls,
        user=env.find("AVOW_SMTP_USER") or "",
        password=env.find("AVOW_SMTP_PASSWORD") or "",
        ca_file=env.find("AVOW_SMTP_CA_FILE") or "",
    )
