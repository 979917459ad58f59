"""Who of the company's own people may do what: roles, what each permits, and what each says to a data subject.

Data, not code: the console asks `permits`, a test proves the table complete. Refuses any other role by name. A role never
permits both to administer accounts and to see a person's data.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from avow.errors import AvowError, Diagnostic, Place


@dataclass(frozen=True)
class Role:
    """`permits` are names of PERMISSIONS; `says` what the role is for; `look` how the role is named to a data subject."""

    name: str
    says: str
    permits: frozenset[str]
    look: str = ""


PERMISSIONS: Mapping[str, str] = {
    "queue:see": "see the queue: references, kinds, states, due dates",
    "case:see": "see a case: its clock, timeline, stores and decisions, without personal values",
    "case:values": "see the personal values of a case; each look is recorded and shown to the person",
    "case:work": "decide matches, redactions and holds; write messages; retry; ask; extend",
    "case:refuse": "refuse a request or close it with a letter",
    "case:approve": "approve a release or an erasure as the second person",
    "request:enter": "enter a request that came by e-mail, phone or letter",
    "tasks:see": "see the tasks of stores that no machine reaches",
    "tasks:finish": "finish such a task, with evidence",
    "verdicts:see": "see the verdicts and their history",
    "verdicts:publish": "switch on what customers see of a sentence, hold a fall, approve a reading",
    "notices:see": "see how people are told of each version of the policy, and how many were; nobody's name",
    "ledger:search": "search the ledger: names, digests and counts",
    "outbox:see": "see what waits in the outbox, without addresses and texts",
    "outbox:decide": "approve a batch of messages, bind mail to this database",
    "disclosures:see": "see what went to whom on which ground, what was refused, and where data is; nobody's name",
    "disclosures:review": "judge afterwards what went in an emergency, and note the answers of firms",
    "choices:see": "see how many people said what about which use, and what became of campaigns; nobody's name",
    "intakes:see": "see the ways in and their deliveries, without a line of them",
    "intakes:hand-in": "hand a delivery in by a registered way",
    "retention:see": "see what goes when, which sweeps ran, what is held",
    "retention:hold": "hold a person's rows until a day, and end a hold",
    "statistics:see": "see the statistics",
    "looks:see": "see who looked at whose data",
    "duties:see": "see the cases of the company by kind and state, the list of the vault, the reviews",
    "duties:work": "open, work on and close cases of the company",
    "duties:approve": "let a case open that somebody else asked for",
    "reviews:sign": "sign a review of the company's own procedures",
    "staff:manage": "invite staff, set roles, end accounts",
    "clients:manage": "make and revoke tokens of the API",
}

_WORK = (
    "queue:see",
    "case:see",
    "case:values",
    "case:work",
    "request:enter",
    "tasks:see",
    "tasks:finish",
    "verdicts:see",
    "duties:see",
    "duties:work",
)

ROLES: Mapping[str, Role] = {
    role.name: role
    for role in (
        Role(
            "privacy_officer",
            "answers for all requests; sees everything but the accounts of staff",
            frozenset(
                {
                    *_WORK,
                    "case:refuse",
                    "case:approve",
                    "choices:see",
                    "notices:see",
                    "disclosures:see",
                    "disclosures:review",
                    "intakes:see",
                    "intakes:hand-in",
                    "retention:see",
                    "retention:hold",
                    "duties:approve",
                    "reviews:sign",
                    "outbox:see",
                    "outbox:decide",
                    "statistics:see",
                    "ledger:search",
                    "looks:see",
                    "verdicts:publish",
                }
            ),
            "privacy officer",
        ),
        Role("case_worker", "works on cases", frozenset(_WORK), "case worker"),
        Role(
            "approver",
            "is the second person: approves releases, erasures and mailings",
            frozenset(
                {
                    "queue:see",
                    "case:see",
                    "case:values",
                    "case:approve",
                    "choices:see",
                    "notices:see",
                    "disclosures:see",
                    "disclosures:review",
                    "duties:see",
                    "duties:approve",
                    "outbox:see",
                    "outbox:decide",
                    "verdicts:see",
                    "statistics:see",
                }
            ),
            "approver",
        ),
        Role(
            "auditor",
            "reads how cases were handled, never a person's values; changes nothing",
            frozenset(
                {
                    "queue:see",
                    "case:see",
                    "tasks:see",
                    "duties:see",
                    "verdicts:see",
                    "intakes:see",
                    "retention:see",
                    "ledger:search",
                    "choices:see",
                    "notices:see",
                    "disclosures:see",
                    "outbox:see",
                    "statistics:see",
                    "looks:see",
                }
            ),
            "auditor",
        ),
        Role(
            "support", "enters requests that came by e-mail, phone or letter", frozenset({"request:enter"}), "support"
        ),
        Role(
            "administrator", "accounts of staff and programs; no cases", frozenset({"staff:manage", "clients:manage"})
        ),
    )
}

SCOPES: Mapping[str, str] = {
    "requests:read": "list and read requests: kind, state, clock, timeline",
    "requests:write": "open requests, withdraw them, record objections and withdrawals of consent",
    "messages:read": "read the messages of a request",
    "messages:write": "write a message to a request",
    "changes:write": "tell that the portal changed somebody's address or sign-in: exports and erasures wait after it",
    "screen": "screen values before an import: who must not be written to, who was erased",
    "disclosures:receive": "list and fetch the files of one firm outside: the token's name is the firm's id",
    "verdicts:read": "read the verdicts of the policy's sentences",
    "intakes": "hand deliveries in by registered ways, and ask how far they are",
    "campaigns": "ask for campaigns, and ask what became of them; nobody's name",
    "duties:read": "where cases, breaches, reviews, limits, places and versions stand: kinds, states, counts and dates",
    "duties:write": "ask for cases of company life; nothing opens before a person approved it where the kind says so",
    "webhooks": "subscribe to webhooks, list and end subscriptions",
}


def permits(roles: Iterable[str], permission: str) -> bool:
    """True when one of the roles permits it. An unknown role permits nothing."""
    return any(role in ROLES and permission in ROLES[role].permits for role in roles)


def permissions_of(roles: Iterable[str]) -> frozenset[str]:
    """Everything that the roles together permit."""
    return frozenset().union(*(ROLES[role].permits for role in roles if role in ROLES))


def check_roles(roles: Iterable[str]) -> tuple[str, ...]:
    """The roles, sorted. Raises AvowError `staff.unknown-role`, or `staff.roles-apart` when accounts and people meet."""
    wanted = tuple(sorted(set(roles)))
    unknown = [role for role in wanted if role not in ROLES]
    if unknown or not wanted:
        raise AvowError(_unknown_role(unknown))
    if "administrator" in wanted and len(wanted) > 1:
        raise AvowError(_roles_apart())
    return wanted


def check_scopes(scopes: Iterable[str]) -> tuple[str, ...]:
    """The scopes, sorted. Raises AvowError `api.unknown-scope`."""
    wanted = tuple(sorted(set(scopes)))
    unknown = [scope for scope in wanted if scope not in SCOPES]
    if unknown or not wanted:
        raise AvowError(
            Diagnostic(
                Place("API token"),
                "api.unknown-scope",
                f"{', '.join(f'`{scope}`' for scope in unknown) or 'an empty list'} is no scope of the API",
                f"choose from {', '.join(f'`{scope}`' for scope in SCOPES)}",
                "no token was made",
            )
        )
    return wanted


def _unknown_role(unknown: Iterable[str]) -> Diagnostic:
    return Diagnostic(
        Place("staff"),
        "staff.unknown-role",
        f"{', '.join(f'`{role}`' for role in unknown) or 'an empty list'} is no role of staff",
        f"choose from {', '.join(f'`{role}`' for role in ROLES)}",
        "nobody was invited, and no role was changed",
    )


def _roles_apart() -> Diagnostic:
    return Diagnostic(
        Place("staff"),
        "staff.roles-apart",
        "an administrator of accounts can have no role that sees cases",
        "give the other role to another account: one person may hold two, each with its own second factor",
        "whoever could do both could give themselves the cases, and nobody would have agreed",
    )
