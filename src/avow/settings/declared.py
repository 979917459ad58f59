"""Every documented setting: its key, where it stands, what it is when left out, and what it says.

Data, not code: `docs/reference/settings.md` is written from here, and a test holds what is read against it. Refuses nothing: the
reader does.
"""

from __future__ import annotations

from dataclasses import dataclass


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
    Setting(
        "law.fee.cap",
        "avow.toml",
        "",
        'the most that staff may ask for a request that they decide to be excessive, such as "15.00"; without it, nothing',
    ),
    Setting("law.fee.currency", "avow.toml", "", "the currency of both, such as USD"),
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
    Setting("console.languages", "avow.toml", '["en", "ar"]', "the languages of the console; the first is the default"),
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
    Setting(
        "breaches.list_days",
        "avow.toml",
        "1095",
        "how long after its end a breach keeps whom it affected; figures stay",
    ),
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
    Setting("numbers.<NAME>.words", "avow.toml", "", "the vague words of the policy that this number stands for"),
    Setting(
        "numbers.<NAME>.days",
        "avow.toml",
        "",
        "what they mean, in days: `procedures_review`, `effect_review`, `abuse_unworked`, `breach_people`, or a name of your own",
    ),
    Setting("numbers.<NAME>.owner", "avow.toml", "", "who decided it and answers for it"),
    Setting(
        "AVOW_CENTRE_DSN", "environment", "", "the centre's own login to the control database; without it one is made"
    ),
    Setting(
        "AVOW_CONSOLE_DSN", "environment", "", "the console's own login to the control database; without it one is made"
    ),
    Setting("AVOW_PORTAL_KEY", "environment", "", "the key that signs sign-on links of the company's own portal"),
    Setting(
        "AVOW_BACKUP_PASSPHRASE",
        "environment",
        "",
        "what the keys in a backup are sealed under; at least 12 characters",
    ),
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
    Setting(
        "AVOW_STORE_<NAME>_REPLICA_DSN",
        "environment",
        "",
        "a replica on which content scans run, and older rows are counted, instead",
    ),
)
