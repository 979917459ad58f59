"""The data map: what a person confirmed about a store, as frozen values.

Record kind = (table, constant predicate) -> subject kinds; column -> *set* of categories; owner paths from a row to
the data subject; sources; places; retention clocks; logins -> pairs. Reads nothing, touches nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from avow.errors import Place

OWN = "@own"  # as a value of a row fact: the key of whoever asks


@dataclass(frozen=True)
class Pair:
    """(purpose, department or recipient): the unit of access. Written "purpose/recipient"."""

    purpose: str
    recipient: str

    def __str__(self) -> str:
        return f"{self.purpose}/{self.recipient}"


@dataclass(frozen=True)
class Column:
    """`categories` empty: not personal. `link` columns are keys that carry no category of their own and go with
    the row. `keys` maps the keys of a JSON column to categories (closed list); `free_text` unconfirmed counts as any.personal.
    `identifies`: the kind of identifier that stands in it, where its categories do not already say so."""

    name: str
    categories: frozenset[str] = frozenset()
    link: bool = False
    free_text: bool = False
    keys: Mapping[str, frozenset[str]] = field(default_factory=dict)
    confirmed: bool = True
    place: Place = Place("")
    identifies: str = ""  # email | phone | customer_number | cookie | ip | name


@dataclass(frozen=True)
class Step:
    """From `column` of the table reached so far to `to_column` of `to_table`."""

    column: str
    to_table: str
    to_column: str


@dataclass(frozen=True)
class OwnerPath:
    """How a row leads to a data subject: `steps` (none: the row is the subject), ending on the subject's key column.
    `subject` is the subject *table*; its own `key` column identifies the person in this store."""

    subject: str  # "public.contacts"
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True)
class RecordKind:
    """A named kind of row: `where` is a constant predicate over row attributes ({} = all rows of the table)."""

    name: str
    subjects: tuple[str, ...]
    where: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Attribute:
    """A row attribute that rules may name. `column` holds it; `values` maps the rules' words to what stands in the
    column (absent: the same word). The value "null" / "not null" in the map tests for null."""

    name: str
    column: str
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Party:
    """The firm that passed a row on: `column` of the row holds the `key` of `table`, whose column `name` says what it is called."""

    column: str
    table: str
    key: str
    name: str


@dataclass(frozen=True)
class SourceOf:
    """Where a table's rows come from: `column` with `values` (column value -> source term), or `always` one source, or
    `handling` True: Avow adds the handling column; `login` defaults supply it for unmodified inserts. `party` names the firm."""

    column: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    always: str = ""
    handling: bool = False
    party: Party | None = None


@dataclass(frozen=True)
class Outcomes:
    """The answers to a question about uses, one column per purpose (`purposes`: purpose -> column). `words`: given, refused and
    unanswered -> what stands in the column for it; `channel` is the column that says by which way the question was put."""

    purposes: Mapping[str, str]
    words: Mapping[str, str]
    channel: str = ""


@dataclass(frozen=True)
class Asks:
    """A row is not completed before the outcome of a question to its person stands in the table `recorded_in`. `unless`: row
    attribute -> the words that say that a row is not completed."""

    recorded_in: str
    unless: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Table:
    name: str  # "schema.table"
    columns: tuple[Column, ...]
    records: tuple[RecordKind, ...]  # at least one where any column is personal
    key: str = ""  # set on subject tables: the column that identifies the person
    owners: tuple[OwnerPath, ...] = ()
    attributes: tuple[Attribute, ...] = ()
    source: SourceOf | None = None
    clock: str = ""  # timestamp column from which retention counts
    harmless: bool = False  # triggers and foreign calls declared harmless: refused writes may be tried here
    ignore: str = ""  # a reason: the table holds nothing personal
    copy_of: str = ""  # a legacy or derived copy of another table
    place: Place = Place("")
    hot: tuple[tuple[str, ...], ...] = ()  # column lists that deserve a partial covering index under row security
    organisation: bool = False  # its subjects are organisations: context of a person, never that person's own
    erasure: str = ""  # delete | anonymise | keep; "" as the owner paths suggest
    ground: str = ""  # why rows are kept, in the company's words; set with `keep`
    years: int = 0  # how long rows are kept, 0 not said
    outcomes: Outcomes | None = None  # the table holds what people answered to a question
    asks: Asks | None = None  # no row is completed before its person was asked
    unchanging: str = ""  # why no value of the table may be corrected, in the company's words: a log of what was sent

    @property
    def personal(self) -> bool:
        return any(c.categories or c.free_text or c.keys for c in self.columns)

    def find_column(self, name: str) -> Column | None:
        return next((c for c in self.columns if c.name == name), None)

    def find_attribute(self, name: str) -> Attribute | None:
        return next((a for a in self.attributes if a.name == name), None)


@dataclass(frozen=True)
class Group:
    """A column that an aggregate groups by: of the aggregate's own table, or of the one that `via` leads to."""

    column: str
    via: tuple[Step, ...] = ()


@dataclass(frozen=True)
class Measure:
    """`kind` is count | sum | avg; `column` of the aggregate's own table (empty for count)."""

    kind: str
    column: str = ""


@dataclass(frozen=True)
class Aggregate:
    """A view of groups and measures for permits of form aggregate; `subject` is the column that tells subjects apart
    when a group is counted against `at_least`."""

    name: str
    table: str
    groups: tuple[Group, ...]
    measures: tuple[Measure, ...]
    subject: str
    place: Place = Place("")


@dataclass(frozen=True)
class Login:
    """An existing login of the store. `stage` is observe | enforce | closed. `default` is the pair that a session
    starts in without asking; `source` the term that its inserts carry unless told otherwise. `recipient` is the id of the
    firm outside that the login belongs to ("" a login of the company's own); `since` and `until` are the first and the last
    day of that firm's contract."""

    name: str
    pairs: tuple[Pair, ...]
    default: Pair | None = None
    stage: str = "observe"
    source: str = ""
    unmodified: bool = True  # does not use Avow's client: reads are not logged
    place: Place = Place("")
    recipient: str = ""
    since: date | None = None
    until: date | None = None
    own: Mapping[str, str] = field(default_factory=dict)  # row attribute -> the key whose rows are this login's own


@dataclass(frozen=True)
class CaseKind:
    """What cases of a kind are about in this store: rows of the `subject` table. With `table`, the company's own program keeps
    the case there: `key` tells cases apart, `column` leads to the subject's key, the case is open while `state` holds one of
    `open`, and it ends by itself `days` after it was opened. Without `table`, Avow alone opens cases of this kind."""

    kind: str
    subject: str
    table: str = ""
    column: str = ""
    state: str = ""
    open: tuple[str, ...] = ()
    days: int = 0
    key: str = ""
    place: Place = Place("")


@dataclass(frozen=True)
class Intake:
    """A registered way in for files and API calls: rows of one table. `columns`: field of the file -> column; `fixed`: column ->
    value; `batch`: facts that a delivery must state, out of `BATCH_FACTS`; `party`: the column of the row that holds the key of
    the firm named by the first of them; `screen`: "schema.table.column" lists of addresses beside Avow's own; `purpose`: what the
    rows are taken in for; `only`: rows of this source enter here and nowhere else."""

    name: str
    table: str
    source: str
    columns: Mapping[str, str]
    required: tuple[str, ...] = ()
    fixed: Mapping[str, str] = field(default_factory=dict)
    batch: tuple[str, ...] = ()
    party: Party | None = None
    screen: tuple[str, ...] = ()
    purpose: str = ""
    only: bool = False
    place: Place = Place("")


@dataclass(frozen=True)
class Custodian:
    """A declared way round: the role of an owner, superuser or backup, or a routine with its owner's rights, written
    "schema.name(arguments)"; the other is "". `expires` is an ISO date."""

    role: str
    holder: str
    reason: str
    seen_by: str
    expires: str
    routine: str = ""


@dataclass(frozen=True)
class ByHand:
    """How a store that no machine reaches is worked on: who does it, in what words it is asked (`instructions` by step:
    find, export, change, erase), which categories of data are there, after how many days the owner is reminded, and the department
    (a recipient term; "" none is named) whose members are written to."""

    owner: str
    instructions: Mapping[str, str]
    data: frozenset[str]
    remind_days: int = 7
    department: str = ""


@dataclass(frozen=True)
class StoreMap:
    """The map of one store. `name` as in avow.toml; `kind` postgresql | mariadb | manual; `location` a place term;
    `by_hand` for a store of kind manual and for no other; `duty` the login by which Avow finds, exports and erases there."""

    name: str
    kind: str
    location: str
    tables: tuple[Table, ...]
    logins: tuple[Login, ...] = ()
    custodians: tuple[Custodian, ...] = ()
    aggregates: tuple[Aggregate, ...] = ()
    by_hand: ByHand | None = None
    duty: str = "avow_duty"
    cases: tuple[CaseKind, ...] = ()
    intakes: tuple[Intake, ...] = ()
    # purpose -> "table.column" -> the products and services that need the field; a purpose that stands here reads no other
    needs: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)

    def find_intake(self, name: str) -> Intake | None:
        return next((i for i in self.intakes if i.name == name), None)

    def find_table(self, name: str) -> Table | None:
        return next((t for t in self.tables if t.name == name), None)

    def find_case(self, kind: str) -> CaseKind | None:
        return next((c for c in self.cases if c.kind == kind), None)

    def find_case_path(self, table: Table, kind: str) -> str | None:
        """The column of `table` that holds the key of whom a case of the kind is about; None where none does."""
        case = self.find_case(kind)
        if case is None:
            return None
        if table.name == case.subject:
            return table.key or None
        steps = (path.steps for path in table.owners if path.subject == case.subject and len(path.steps) == 1)
        return next((one[0].column for one in steps), None)

    @property
    def pairs(self) -> tuple[Pair, ...]:
        found = {pair for login in self.logins for pair in login.pairs}
        return tuple(sorted(found, key=str))


@dataclass(frozen=True)
class DataMap:
    stores: tuple[StoreMap, ...]
    file: str = "datamap.yaml"

    def find_store(self, name: str) -> StoreMap | None:
        return next((s for s in self.stores if s.name == name), None)
