"""The port of a governed store for duties: find a person, read, change, mark and erase what is held, search what is left.

Frozen values only; each kind of store implements it natively in its own folder, and one suite in `tests/contracts` runs
against all of them. Every effect is idempotent: it takes a run and item ids, and a store remembers in its own `avow` schema,
in the same transaction, which items it has done. Refuses to decide anything: what is deleted, kept or emptied stands in the
`StoreSpec`, which `compilers` makes from the confirmed data map. Values of people leave through `read` and `find` alone.
Source: architecture, "Erasure and retention are set-based", "Durable work".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from avow.errors import Diagnostic

IDENTIFIER_KINDS: tuple[str, ...] = ("email", "phone", "customer_number", "cookie", "ip", "name")
ERASURES: tuple[str, ...] = ("delete", "anonymise", "keep")
COLUMN_KINDS: tuple[str, ...] = ("value", "link", "text", "json", "plain")  # plain: not personal


@dataclass(frozen=True)
class Identifier:
    """Something that points at a person. `kind` is one of IDENTIFIER_KINDS; `since` and `until` (ISO times, UTC) bound an
    address that many people have one after the other (ip). Strong ones (email, phone, customer_number, cookie) find a
    person by themselves; a name or an ip only confirms or narrows."""

    kind: str
    value: str
    since: str = ""
    until: str = ""

    @property
    def strong(self) -> bool:
        return self.kind in ("email", "phone", "customer_number", "cookie")


@dataclass(frozen=True, order=True)
class SubjectKey:
    """A person in one store: the subject table and the text form of its key column."""

    table: str
    key: str


@dataclass(frozen=True)
class Person:
    """Everything by which one store knows one person."""

    keys: tuple[SubjectKey, ...] = ()
    identifiers: tuple[Identifier, ...] = ()


@dataclass(frozen=True)
class StepSpec:
    """From `column` of the table reached so far to `to_column` of `to_table`."""

    column: str
    to_table: str
    to_column: str


@dataclass(frozen=True)
class PathSpec:
    """How a row leads to a subject table; `organisation`: to an organisation, whose rows are nobody's own."""

    subject: str
    steps: tuple[StepSpec, ...] = ()
    organisation: bool = False


@dataclass(frozen=True)
class ColumnSpec:
    """`identifies` is the identifier kind that stands in the column, "" for none. `keys` of a json column: key -> categories.
    `telling`: the value tells who the person is (a name, an address, a job title), so a row that is made anonymous loses it;
    a fact of the row (an amount, a volume) is not telling and stays."""

    name: str
    kind: str
    categories: tuple[str, ...] = ()
    identifies: str = ""
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    telling: bool = True


@dataclass(frozen=True)
class TableSpec:
    """One table in scope of duties. `key` is set on subject tables; `organisation` where the subject is no natural person.
    `erasure`: what happens to a row that is about the erased person alone (rows shared with others are always anonymised);
    `ground` says why a row is kept and `years` how long (0: not said); `subjects` are the kinds of people it may be about;
    `clock` is the column that dates a row; `source` the column or the one term of its origin. `unchanging` says why no value
    of the table may be corrected, "" where it may: a log of what was sent would be false afterwards."""

    name: str
    columns: tuple[ColumnSpec, ...]
    paths: tuple[PathSpec, ...] = ()
    key: str = ""
    organisation: bool = False
    erasure: str = "delete"
    ground: str = ""
    record_kind: str = ""
    clock: str = ""
    source_column: str = ""
    source_values: Mapping[str, str] = field(default_factory=dict)
    source_always: str = ""
    copy_of: str = ""
    years: int = 0
    subjects: tuple[str, ...] = ()
    source_party: tuple[str, str, str, str] | None = None  # column of the row, table, key and name of the firm
    unchanging: str = ""

    @property
    def rewritable(self) -> bool:
        """Whether a correction made elsewhere may reach its rows, too: what is kept by a ground stays word for word."""
        return self.erasure != "keep" and not self.unchanging

    def find_column(self, name: str) -> ColumnSpec | None:
        return next((c for c in self.columns if c.name == name), None)

    @property
    def people(self) -> tuple[PathSpec, ...]:
        """The paths to natural persons."""
        return tuple(path for path in self.paths if not path.organisation)


@dataclass(frozen=True)
class HandSpec:
    """A store that a person works on: who, in what words each step (find, export, change, erase) is asked for, which
    categories of data are there, and after how many days the owner is reminded."""

    owner: str
    instructions: Mapping[str, str]
    data: tuple[str, ...]
    remind_days: int = 7


@dataclass(frozen=True)
class StoreSpec:
    """What duties may touch in one store; everything else is only searched for what is left. `calling_code` is the
    telephone code of the place where the store stands ("44"), "" unknown: national numbers are read by it. `by_hand` is
    set for a store of kind manual, which has no tables."""

    name: str
    kind: str
    location: str
    tables: tuple[TableSpec, ...]
    calling_code: str = ""
    by_hand: HandSpec | None = None

    def find_table(self, name: str) -> TableSpec | None:
        return next((t for t in self.tables if t.name == name), None)


@dataclass(frozen=True)
class Match:
    """A subject row that an identifier points at. `reason` is "email in public.contacts.email"; `confidence` 0 to 1;
    `organisation_key` the organisation that the row belongs to, "" where none: matches in two organisations are two persons."""

    key: SubjectKey
    reason: str
    confidence: float
    organisation_key: str = ""


@dataclass(frozen=True)
class LooseCount:
    """Rows of no subject table, or texts, in which an identifier stands: how many, never which values."""

    table: str
    column: str
    rows: int


@dataclass(frozen=True)
class Finding:
    """`searched` lists "table.column (kind)" for all that was looked into: UK law wants the search on record."""

    matches: tuple[Match, ...]
    loose: tuple[LooseCount, ...]
    searched: tuple[str, ...]


@dataclass(frozen=True)
class Row:
    """One row about a person. `row` is its primary key as text; `how` is path, identifier or mention; `values` are the
    personal columns as text (None: nothing stands there); `others` are identifiers of other people in the same row, to be
    masked; `at` is the clock (ISO, UTC, "" unknown); `source` a source term, "" unknown; `source_name` the
    firm that passed the row on, "" none."""

    store: str
    table: str
    record_kind: str
    row: str
    how: str
    values: Mapping[str, str | None]
    others: tuple[Identifier, ...] = ()
    at: str = ""
    source: str = ""
    source_name: str = ""


@dataclass(frozen=True)
class Planned:
    """What an erasure would do to one table for one person: `action` is one of ERASURES or "clean" (text, JSON)."""

    table: str
    action: str
    rows: int
    ground: str = ""


@dataclass(frozen=True)
class Change:
    """`column` of `row` of `table` gets `value`. `everywhere`: each other live copy of the old value that belongs to the
    same person gets it too."""

    table: str
    row: str
    column: str
    value: str | None
    everywhere: bool = True


@dataclass(frozen=True)
class Swap:
    """`value` stands from now on where `old` (a strong identifier of the person's own) stood: as a whole value, inside texts and
    JSON, in rows about the person and wherever else the person is mentioned. "" takes the old one out."""

    old: Identifier
    value: str


@dataclass(frozen=True)
class Done:
    """What one item did: rows by "table action". `again` is True when the store had done it before."""

    rows: Mapping[str, int] = field(default_factory=dict)
    again: bool = False


@dataclass(frozen=True)
class Hold:
    """Rows of `table` that stay although their person is erased; `row` "" holds every row of the table."""

    table: str
    row: str = ""
    ground: str = ""


@dataclass(frozen=True)
class Suppression:
    """Keyed digests (`identifying.suppression_digests`) and the marks that whoever comes with them gets (held) or not. `near`: a
    LIKE pattern for each identifier (`identifying.suppression_needle`), where they are known: rows are then found much faster."""

    digests: tuple[bytes, ...]
    marks: Mapping[str, bool]
    near: tuple[str, ...] = ()


@dataclass(frozen=True)
class Answered:
    """What a person answered to a question about a use, as the store itself wrote it down: `number` is the store's own, `outcome`
    given, refused or unanswered, `channel` the way by which it was asked, `at` UTC."""

    number: int
    key: SubjectKey
    purpose: str
    outcome: str
    channel: str
    at: datetime


@dataclass(frozen=True)
class Residual:
    """Where a needle of an item still stands: how many rows of a column. Every column of every table is searched."""

    item: str
    table: str
    column: str
    rows: int


class DutyStore(Protocol):
    """One connection of the *duty* credential. Raises StoreError with diagnostics; never quotes a value."""

    @property
    def kind(self) -> str: ...

    @property
    def system(self) -> str:
        """The store's own identity: it changes when the database is a restored copy elsewhere."""

    def check_ready(self) -> tuple[Diagnostic, ...]:
        """What would make a set-based erasure slow or wrong (foreign key without index, missing right); empty: ready."""

    def find(self, identifiers: Sequence[Identifier]) -> Finding:
        """Subject rows by strong identifiers, in every column that holds such an identifier, texts and JSON included; an address
        of the network with its time is counted where rows carry a clock."""

    def read(self, person: Person) -> Iterator[Row]:
        """Every row about the person, table by table, in constant memory."""

    def plan_erasure(self, person: Person, holds: Sequence[Hold] = ()) -> tuple[Planned, ...]:
        """What `erase` would do. Touches nothing."""

    def erase(
        self, run: str, people: Mapping[str, Person], holds: Mapping[str, Sequence[Hold]] | None = None
    ) -> Mapping[str, Done]:
        """Item id -> what was done, all items in one transaction, children first. An item done before is left alone."""

    def change(
        self, run: str, item: str, person: Person, changes: Sequence[Change], swaps: Sequence[Swap] = ()
    ) -> Done:
        """Corrects values; raises StoreError `store.not-this-person` when a row is not about the person. A change of a strong
        identifier that goes everywhere is a swap as well; `swaps` are those whose old value stood in another store. What is not
        the person's alone, and tables that are not `rewritable`, stay as they are."""

    def set_marks(self, run: str, marks: Mapping[str, tuple[Person, Mapping[str, bool]]]) -> Mapping[str, Done]:
        """Item id -> (person, mark -> held): takes effect in the store's own row policies in the same transaction."""

    def suppress(self, run: str, key: bytes, entries: Mapping[str, Suppression]) -> Mapping[str, Done]:
        """Item id -> what is added to (or taken from) the store's own list of addresses that must not be used: it beats every
        later import. `key` (32 bytes) is the company's; raises StoreError `store.no-marks` where nothing would act on it."""

    def read_answers(self, limit: int) -> tuple[Answered, ...]:
        """Answers that nobody has taken in yet, oldest first; () where the store writes none down."""

    def settle_answers(self, key: bytes, numbers: Sequence[int]) -> None:
        """They are on record elsewhere and never given again; whoever has the address of somebody who said no is hidden, too,
        also who comes in later. `key` as of `suppress`."""

    def unlist(self, keys: Sequence[SubjectKey], mark: str) -> None:
        """Takes a mark off the addresses that the store itself listed for these people when they said no."""

    def search(self, needles: Mapping[str, Sequence[str]]) -> tuple[Residual, ...]:
        """Item id -> values; every text-like column of every table of the database is read once for all of them."""

    def close(self) -> None: ...


Values = Mapping[str, Any]
