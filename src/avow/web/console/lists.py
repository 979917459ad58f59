"""The closed lists of the model: every name that a page of the console says as a word, and every sentence that stands beside one.

The model's rooms know no Django, so nothing is marked there: `avow.web.extraction` takes the texts from here, and pages ask gettext
for the same texts. What is new in the model is a text without a translation, which a test finds. Refuses names that people choose
(tables, stores, programs): they stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from django.utils.translation import gettext

from avow.app.breach_work import TEMPLATE as TO_BREACHED
from avow.app.roles import PERMISSIONS, ROLES, SCOPES
from avow.app.vault import TEMPLATE as OF_VAULT
from avow.control.duty_reviews import FIGURES
from avow.control.duty_reviews import KINDS as REVIEWS
from avow.control.telling import ERASED
from avow.control.vault import KINDS as PAPERS
from avow.datamap.ways_in import BATCH_FACTS
from avow.duties.breaches import EXTENTS
from avow.duties.campaigns.gate import BY_MAIL, LISTED, NO_ADDRESS, OBJECTED, TWICE
from avow.duties.cases import KINDS as CASES
from avow.duties.cases.kinds import FACTS
from avow.duties.disclosures import GROUNDS
from avow.duties.notices.telling import BLOCKED, WAYS
from avow.duties.notices.telling import TEMPLATE as OF_VERSION
from avow.duties.rights.model import CHANNELS, CLOSED, KINDS, LADDER, OPEN
from avow.duties.rights.wording import load_mails
from avow.law import load_profiles
from avow.ledger import Kind
from avow.outbox import STATES as OUTBOX
from avow.policy.promise import RULE_KINDS
from avow.prove.principles import list_principles
from avow.prove.verdict import LEVELS

# What happens to a request: names of events in its timeline. A test reads them out of the model's source.
EVENTS: tuple[str, ...] = (
    "received",
    "answer asked again",
    "answer made",
    "answer not complete",
    "answer opened",
    "answer with what was found by hand",
    "answered",
    "approval needed",
    "approved",
    "approved by one",
    "asked again",
    "asked back",
    "assigned",
    "by hand",
    "code held back",
    "code sent",
    "code wrong",
    "contested",
    "corrections to be written down",
    "corrections written down",
    "document offered",
    "done",
    "erasure goes on",
    "extended",
    "facts compared",
    "facts offered",
    "fee accepted",
    "fee announced",
    "fee contested",
    "fee declined",
    "fee paid",
    "fee waived",
    "file attached",
    "file taken away",
    "files to look at",
    "for a person",
    "forwarded to the controller",
    "hold released",
    "hold set",
    "hold to be looked at",
    "identity",
    "identity asked",
    "identity for a person",
    "identity not shown",
    "jurisdiction to decide",
    "law decided",
    "mask decided",
    "match decided",
    "matches to decide",
    "merged into an open request",
    "message",
    "named decided",
    "nobody answered",
    "opened again",
    "other addresses told",
    "redactions to look at",
    "refused",
    "refused in part",
    "residual decided",
    "restriction lifted",
    "retried",
    "search begins",
    "searched again",
    "task done",
    "task found",
    "task impossible",
    "task nothing",
    "task reminded",
    "the shopper's run ended",
    "waits",
    "what may not be corrected is to be looked at",
    "what stays was decided",
    "withdrawn",
    "work begins",
)
DETAILS: tuple[str, ...] = (  # what is told beside an event
    "addresses",
    "amount",
    "basis",
    "because",
    "by",
    "channel",
    "column",
    "controller",
    "count",
    "direction",
    "due",
    "facts",
    "hold",
    "kind",
    "law",
    "masked",
    "missing",
    "outcome",
    "owner",
    "part",
    "reason",
    "review",
    "score",
    "source",
    "step",
    "steps",
    "store",
    "table",
    "verdict",
)
ACTIONS: tuple[str, ...] = ("delete", "anonymise", "clean", "keep", "changed")  # what happens to rows of a table
FOUND: tuple[str, ...] = ("loose", "left", "lasts", "named", "own", "held")  # how something stands where it was found
STORES: tuple[str, ...] = (  # steps in a store, how far they are, and what was counted there
    *("find", "mark", "change", "erase", "verify", "read", "export", "tell", "preview"),
    *("waiting", "done", "failed", "open task", "held"),
    *ACTIONS,
    *FOUND,
)
TASKS: tuple[str, ...] = ("open", "done", "found", "nothing", "impossible")
DECISIONS: tuple[str, ...] = (  # about what, and what was said
    *("release", "corrections", "fee", "residual", "match"),
    *("approve", "written", "same person", "another person", "stays", "waived", "mask", "show"),
    *("theirs", "ask", "another", "nowhere", "organisation", "customer"),
    *("held in part", "jurisdiction unknown"),
)
TAKEN_OUT: tuple[str, ...] = ("phone", "customer number", "cookie", "ip", "name", "value", "staff")
ACTORS: tuple[str, ...] = ("person", "guest", "staff", "worker", "shopper", "program")
FIRST_STEPS: tuple[str, ...] = ("code", "reauthentication", "fee", "person", "search")  # of a request that is sent now
CASE_STATES: tuple[str, ...] = ("requested", "open", "expired", "refused", "closed")
CASE_EVENTS: tuple[str, ...] = (
    *("asked", "opened", "approved", "refused", "closed", "expired", "taken", "noted", "disclosed"),
    *("extent", "extent withdrawn", "count asked for", "counted", "aware earlier", "words", "list of people read"),
    *("risk", "unlikely", "high", "told", "not told", "authority", "people"),
    *("letter asked for", "letter approved", "letter refused", "letter ended"),
)
STAFF_EVENTS: tuple[str, ...] = (
    *("invited", "invitation withdrawn", "joined", "roles", "departments", "ended", "token made", "token revoked"),
)
DELIVERIES: tuple[str, ...] = (  # how far one is, and why a line of it stays out
    *("waiting", "done", "failed"),
    *("missing", "not an address", "twice", "objected", "listed", "erased", "refused"),
)
DISCLOSURES: tuple[str, ...] = ("refused", "ready", "delivered", "rectification", "erasure", "restriction")
CAMPAIGNS: tuple[str, ...] = ("put", "left out", "every", "post")
REVIEWED: tuple[str, ...] = ("since", *FIGURES)
WHERE: tuple[str, ...] = ("store", "backup", "relay", "records", "recipient", "server", "archive", "replica")
LOOKED_AT: tuple[str, ...] = (
    *("answer", "case", "messages", "document", "evidence of a task", "record of uses", "a row to be decided"),
    *("right.request", "right.identity", "right.review"),
)


def spell(name: object) -> str:
    """`under_scores` and hyphens as spaces: a name of the model as words."""
    return str(name).replace("_", " ").replace("-", " ")


def say(name: object) -> str:
    """A name of the model in the reader's language; names that people chose stay, spelt as words."""
    text = spell(name)
    return gettext(text) if text else ""


def list_words() -> Mapping[str, Iterable[str]]:
    """Which list -> its words, as `spell` writes them."""
    grounds = {ground.code for profile in load_profiles().values() for ground in profile.grounds}
    lists: dict[str, Iterable[str]] = {
        "kinds of requests": KINDS,
        "states of requests": (*OPEN, *CLOSED),
        "ways in of requests": CHANNELS,
        "identity": LADDER,
        "laws": load_profiles(),
        "reasons of the law": sorted(grounds),
        "roles": ROLES,
        "kinds of cases": CASES,
        "states of messages": OUTBOX,
        "messages": (*sorted(load_mails("en")), OF_VERSION, OF_VAULT, TO_BREACHED, "account"),
        "papers": PAPERS,
        "reviews": REVIEWS,
        "ledger": [kind.name.lower() for kind in Kind],
        "rules": RULE_KINDS,
        "probes": LEVELS,
        "ways of telling": WAYS,
        "grounds of disclosures": GROUNDS,
        "facts of deliveries": BATCH_FACTS,
        "breaches": EXTENTS,
        "events": (*EVENTS, *CASE_EVENTS, *STAFF_EVENTS),
        "details": DETAILS,
        "work": (*STORES, *TASKS, *DECISIONS, *TAKEN_OUT, *ACTORS, *FIRST_STEPS, *LOOKED_AT),
        "company": (*CASE_STATES, *DELIVERIES, *DISCLOSURES, *CAMPAIGNS, *REVIEWED, *WHERE),
    }
    return {name: [spell(word) for word in words] for name, words in lists.items()}


def list_sentences() -> Mapping[str, Iterable[str]]:
    """Which list -> what stands beside its words."""
    profiles = load_profiles().values()
    return {
        "roles": [*(role.says for role in ROLES.values()), *PERMISSIONS.values(), *SCOPES.values()],
        "cases": [*(kind.says for kind in CASES.values()), *(kind.ends for kind in CASES.values()), *FACTS.values()],
        "left out": sorted({OBJECTED, LISTED, BY_MAIL, TWICE, NO_ADDRESS, ERASED, BLOCKED}),
        "laws": [profile.name for profile in profiles],
        "reasons": sorted({ground.says for profile in profiles for ground in profile.grounds}),
        "principles": [text for one in list_principles(()) for text in (one.name, one.says)],
    }


def list_texts() -> Iterator[tuple[str, str]]:
    """(text, which list it is from) of everything that has to be translated."""
    for found in (list_words(), list_sentences()):
        for name, texts in found.items():
            yield from ((text, name) for text in texts)
