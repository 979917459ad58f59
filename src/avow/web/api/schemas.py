"""The JSON of the API: what comes in, what goes out. Field names and forms never change within a version.

Times are UTC in ISO 8601. Refuses unknown fields: a misspelled one would be silently ignored otherwise. What goes out about a
request holds no contact and no wish: those are seen in the console alone, where each look is recorded.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import ConfigDict, Field, StringConstraints, WithJsonSchema

from avow.duties.cases import KINDS as KINDS_OF_CASES
from avow.duties.rights.model import CLOSED, KINDS, OPEN
from avow.stores.duty import IDENTIFIER_KINDS

# no control characters: PostgreSQL takes no NUL, and nobody writes the others
TEXT = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
Line = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
LongText = Annotated[str, StringConstraints(max_length=10_000, pattern=TEXT)]
Email = Annotated[
    str, StringConstraints(max_length=254, pattern=r"^[^@\s\x00-\x1f\x7f-\x9f]+@[^@\s\x00-\x1f\x7f-\x9f]+$")
]
# something that can be seen stands in it
Said = Annotated[
    str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f]*$")
]
SAID = r"^[^\x00-\x08\x0b-\x1f\x7f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x08\x0b-\x1f\x7f]*$"
SaidAtLength = Annotated[str, StringConstraints(max_length=10_000, pattern=SAID)]
Kind = Literal[KINDS]  # type: ignore[valid-type]
IdentifierKind = Literal[IDENTIFIER_KINDS]  # type: ignore[valid-type]
STATES = (*OPEN, *CLOSED)
CASE_KINDS = tuple(sorted(KINDS_OF_CASES))
FACT_NAMES = tuple(sorted({fact for kind in KINDS_OF_CASES.values() for fact in kind.facts}))
Fact = Literal[FACT_NAMES]  # type: ignore[valid-type]


class Strict(Schema):
    model_config = ConfigDict(extra="forbid")


class Problem(Schema):
    """Everything that went wrong, in one shape."""

    code: str = Field(description="stable; docs/errors has a page for each", examples=["api.not-found"])
    cause: str
    help: str
    findings: list[str] = Field(default_factory=list, description="one line for each value that is wrong")


class IdentifierIn(Strict):
    """What somebody may be found by. It is looked for, and used once staff has said that it is theirs."""

    kind: IdentifierKind
    value: Line = Field(
        min_length=1,
        description="as it stands; an address of the network (ip) with its time: 192.0.2.7 2026-01-01T09:00Z/2026-01-01T12:00Z",
    )


class ContactIn(Strict):
    """Where the asker is reached: by one of e-mail, telephone and post at least. Stored sealed."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"anyOf": [{"required": [way]} for way in ("email", "phone", "postal_address")]},
    )

    email: Email = ""
    name: Line = ""
    phone: Said = ""
    postal_address: SaidAtLength = ""
    language: Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=20)] = "en"
    identifiers: list[IdentifierIn] = Field(default_factory=list, max_length=20)


class ChangeIn(Strict):
    """What the company's own portal changed about somebody, so that exports and erasures wait two days after it."""

    person: Line = Field(
        min_length=1, description="the person's key in the portal, as in its links into the privacy centre"
    )
    what: Literal["email", "phone", "postal_address", "password", "second_factor"]
    at: datetime | None = Field(
        default=None, description="when it was changed, with its zone; now where it is left out"
    )


class ChangeTaken(Schema):
    """The same for everybody, known or not."""

    waits_until: datetime = Field(description="until when an export or an erasure of this person's data waits")


class WishIn(Strict):
    """What is asked, in the asker's own terms. Stored sealed."""

    text: LongText = ""
    scope: list[Line] = Field(default_factory=list, max_length=100)
    purposes: list[Line] = Field(default_factory=list, max_length=100)
    ground: LongText = ""


class RequestIn(Strict):
    kind: Kind
    contact: ContactIn
    wish: WishIn = Field(default_factory=WishIn)
    channel: Literal["api", "portal_ticket"] = Field(
        default="api",
        description="how it came: `portal_ticket` for a ticket that a customer wrote in the company's own portal",
    )
    jurisdiction: Line = Field(default="", description="a law profile; empty: the company's default")
    received_at: datetime | None = Field(
        default=None, description="when it really came in, if that was before this call"
    )


class RequestOut(Schema):
    reference: str
    kind: str
    state: str
    channel: str
    jurisdiction: str
    received_at: datetime
    due_at: datetime
    due_source: str
    paused: bool
    extended: bool
    identity_needed: str
    identity_reached: str
    waits_until: datetime | None
    fee: str
    reason: str
    closed_at: datetime | None


class Paged(Strict):
    limit: int = Field(default=50, ge=1, le=200)
    after: Annotated[str, StringConstraints(pattern=r"^([1-9][0-9]{0,5})?$")] = Field(
        default="", description="`next` of the page before"
    )


class RequestFilter(Paged):
    """Which requests are listed; everything may be left out."""

    state: Literal[("", *STATES)] = Field(default="", description="empty: every open state")  # type: ignore[valid-type]
    kind: Literal[("", *KINDS)] = ""  # type: ignore[valid-type]
    overdue: bool = False


class RequestPage(Schema):
    items: list[RequestOut]
    next: str | None = Field(description="`after` of the next page; null: this is the last one")


class EventOut(Schema):
    at: datetime
    by: str = Field(description="kind of the actor; never a name")
    name: str
    from_state: str
    to_state: str
    detail: dict[str, Any]


class Timeline(Schema):
    items: list[EventOut]


class MessageIn(Strict):
    text: SaidAtLength


class MessageOut(Schema):
    at: datetime
    direction: str
    by: str
    text: str


class Messages(Schema):
    items: list[MessageOut]


class MessageTaken(Schema):
    reference: str
    taken: Literal[True] = True


class WithdrawIn(Strict):
    """No values: the call itself is the wish."""


class ChoiceIn(Strict):
    """An objection or a withdrawal of consent. No proof of identity is asked for a no to marketing."""

    kind: Literal["objection", "withdrawal"]
    contact: ContactIn
    purposes: list[Line] = Field(min_length=1, max_length=100)
    jurisdiction: Line = ""
    ground: LongText = ""


class ScreenValue(Strict):
    kind: IdentifierKind
    value: Line = Field(min_length=1)


class ScreenIn(Strict):
    """Values of an import before it runs. `purpose`: what they would be used for; empty: any use."""

    values: list[ScreenValue] = Field(min_length=1, max_length=10_000)
    purpose: Line = ""


class ScreenedValue(Schema):
    index: int
    allowed: bool
    reasons: list[str]


class ScreenOut(Schema):
    items: list[ScreenedValue]
    allowed: int
    refused: int


class DisclosureOut(Schema):
    id: UUID
    reference: str
    at: datetime
    purpose: str
    lines: int
    sha256: str


class DisclosureList(Schema):
    items: list[DisclosureOut]


class DisclosureFile(Schema):
    id: UUID
    sha256: str
    csv: str


class StatementOut(Schema):
    id: str
    quote: str
    verdict: str
    reason: str
    limits: str


class VerdictsOut(Schema):
    policy_version: str
    checked_at: datetime | None
    totals: dict[str, int]
    items: list[StatementOut]


class WebhookIn(Strict):
    url: Annotated[str, StringConstraints(max_length=500, pattern=r"^https://[^\s\x00-\x1f\x7f-\x9f]+$")]
    events: list[Line] = Field(min_length=1, max_length=20)


class WebhookOut(Schema):
    id: UUID
    url: str
    events: list[str]
    made_at: datetime


class WebhookMade(WebhookOut):
    secret: str = Field(description="signs every delivery; told once")


class WebhookList(Schema):
    items: list[WebhookOut]


def _named(values: object, most: int) -> WithJsonSchema:
    """A JSON object by free names, said in full: what pydantic writes of it leaves other names open."""
    names = {"pattern": r"^[^\x00-\x1f\x7f]*$", "maxLength": 200}
    shape = {"type": "object", "propertyNames": names, "additionalProperties": values}
    return WithJsonSchema({**shape, "maxProperties": most})


_LINE = {"type": "string", "maxLength": 200, "pattern": r"^[^\x00-\x1f\x7f]*$"}
_LONG = {"type": "string", "maxLength": 10_000, "pattern": TEXT}
Facts = Annotated[dict[Line, Line], Field(max_length=20), _named(_LINE, 20)]
Fields = Annotated[dict[Line, LongText], Field(max_length=200), _named(_LONG, 200)]


class DeliveryIn(Strict):
    """`facts` of the delivery and `lines` by field, as the way in asks for them; `notice`: the version these people were shown."""

    facts: Facts = Field(default_factory=dict)
    lines: list[Fields] = Field(min_length=1, max_length=1000)
    notice: Line = ""


class RejectedLine(Schema):
    """A line that was left out: its number, counted from 1, and why."""

    line: int
    code: str
    field: str


class DeliveryOut(Schema):
    """A delivery; `state` is waiting, done or failed (then `cause` says why)."""

    id: UUID
    way: str
    state: str
    cause: str
    rows: int
    worked: int
    accepted: int
    left_out: list[RejectedLine]


class CampaignIn(Strict):
    """A message to many people: `use` is its class, as the company's terms name it; the words are the same for everybody."""

    use: Line
    name: Line
    subject_line: Line
    text: str = Field(min_length=1, max_length=20_000)


class CampaignOut(Schema):
    """A campaign; `state` is asked (a worker will put it), sent, or refused (it is never put; `refused` is the error code that says
    why); `seen` people whom the class may write to; `counts` of them by state of their message, or by the reason for leaving them
    out."""

    id: UUID
    use: str
    name: str
    state: str
    made_at: datetime
    seen: int
    counts: dict[str, int]
    refused: str


class CaseIn(Strict):
    """A case of company life. `facts` by name, as the kind asks for them; `about` is store:schema.table:key, empty for nobody."""

    kind: Literal[CASE_KINDS]  # type: ignore[valid-type]
    facts: dict[Fact, LongText] = Field(default_factory=dict)
    about: Line = ""


class CaseOut(Schema):
    """`state` is requested, open, expired, refused or closed; `lying`: left without work for longer than the company
    allows, null where nobody has said how long that is (`numbers.abuse_unworked`)."""

    id: UUID
    reference: str
    kind: str
    state: str
    requested_at: datetime
    opened_at: datetime | None
    expires_at: datetime
    ended_at: datetime | None
    lying: bool | None


class CaseFilter(Paged):
    """Which cases are listed; everything may be left out."""

    kind: Literal[("", *CASE_KINDS)] = ""  # type: ignore[valid-type]


class CasePage(Schema):
    items: list[CaseOut]
    next: str | None = Field(description="`after` of the next page; null: this is the last one")


class ClockOut(Schema):
    """How long a law gives to tell `to` (authority or people) of a breach; `late`: it was told after that."""

    law: str
    to: str
    state: str
    due: datetime | None
    late: bool
    source: str


class BreachOut(Schema):
    """`people` of the newest count, null before the first; `unwritten` of them have had no letter."""

    case: UUID
    aware_at: datetime
    risk: str
    people: int | None
    counted_at: datetime | None
    unwritten: int
    clocks: list[ClockOut]


class BreachList(Schema):
    items: list[BreachOut]


class ReviewDue(Schema):
    """`days` as `owner` decided; `due` null where nobody did."""

    kind: str
    days: int
    owner: str
    last_signed: datetime | None
    due: datetime | None


class ReviewOut(Schema):
    id: UUID
    kind: str
    made_at: datetime
    signed_at: datetime | None
    findings: int


class ReviewList(Schema):
    due: list[ReviewDue]
    made: list[ReviewOut]


class DocumentOut(Schema):
    """`holds`: today lies in its time, and nobody withdrew it."""

    id: UUID
    kind: str
    name: str
    valid_from: date
    valid_until: date
    holds: bool


class VaultList(Schema):
    items: list[DocumentOut]


class LimitOut(Schema):
    """One table under one limit and its newest run. `waiting` rows were due and stayed: held, pointed at, or another's."""

    rule: str
    promise: str
    store: str
    table: str
    days: int
    end: str
    began_at: datetime | None
    finished_at: datetime | None
    swept: int
    waiting: int


class LimitList(Schema):
    """`undated`: tables that a limit reaches and that nothing dates; `holds`: legal holds that stand."""

    items: list[LimitOut]
    undated: list[str]
    holds: int


class PlaceOut(Schema):
    """`state` is inside, outside or unknown, by the places that the policy names."""

    what: str
    name: str
    place: str
    state: str


class PlaceList(Schema):
    items: list[PlaceOut]


class NoticeOut(Schema):
    """`ways`: page, banner, mail; `fault` says what keeps the telling from being right, empty for nothing."""

    version: str
    effective: date
    ways: list[str]
    fault: str


class NoticeList(Schema):
    items: list[NoticeOut]
