"""Reads `avow.toml`, `avow.env` and the environment into settings, once at start, with every mistake at once.

Nothing else in the product reads the environment. Refuses connection strings in `avow.toml`: that file stands in Git; secrets come
from the environment, from a file named by `<KEY>_FILE`, or from `avow.env` (mode 0600, never in Git).
Source: architecture, "What a company keeps in Git".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path

from avow.errors import Collector, Place, SettingsError
from avow.settings.values import (
    STOPS,
    AnswerSettings,
    BreachSettings,
    ContactSettings,
    DeskSettings,
    LawSettings,
    MailSettings,
    NumberSettings,
    OidcSettings,
    PlacesSettings,
    RightsSettings,
    Settings,
    SmtpSettings,
    StoreSettings,
)
from avow.tomlplaces import Environment, Reader, read_env_file, read_toml

CREDENTIALS: tuple[str, ...] = ("survey", "apply", "probe", "plant", "duty")
LEVELS: tuple[str, ...] = ("catalogue", "trial", "canary")
LANGUAGES: tuple[str, ...] = ("en", "ar")  # those whose catalogues are complete
TLS_KINDS: tuple[str, ...] = ("starttls", "implicit", "none")
STORE_KINDS: tuple[str, ...] = ("postgresql", "mariadb", "manual")


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
        backup_passphrase=env.find("AVOW_BACKUP_PASSPHRASE") or "",
        centre=_read_centre(reader, env),
        console=_read_console(reader, env),
        contact=_read_contact(reader),
        answers=_read_answers(reader),
        rights=_read_rights(reader),
        breaches=BreachSettings(reader.number("breaches.list_days", BreachSettings().list_days)),
        law=_read_law(reader),
        mail=_read_mail(reader, env),
        places=_read_places(reader, found),
        numbers=tuple(_read_number(name, reader) for name in reader.names("numbers")),
        sealing_key=project.resolve() / reader.text("sealing.key", ".avow/seal.key"),
        title=reader.text("company.title") or reader.text("company.name"),
        uses_own_server=bool(env.find("AVOW_SERVER_HOME")) or not env.find("AVOW_CONTROL_DSN"),
    )
    reader.report_unknown()
    found.raise_as(SettingsError)
    return settings


def _read_number(name: str, reader: Reader) -> NumberSettings:
    key = f"numbers.{name}"
    return NumberSettings(
        name,
        reader.text(f"{key}.words", required=True),
        reader.number(f"{key}.days", 0),
        reader.text(f"{key}.owner", required=True),
    )


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
        languages=reader.words("console.languages", LANGUAGES, LANGUAGES),
        portal=reader.text("centre.portal"),
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
        fee_cap=reader.text("law.fee.cap"),
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
                found.add("settings.bad-value", where, cause, "write it as 198.51.100.0/24", STOPS)
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
