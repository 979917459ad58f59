"""Proposes a promise for a sentence from the words in it: whom it names, what for, and whether it permits or forbids.

Promises: a proposal only where at least one rule follows from words that stand in the sentence; everything else is left
unread. Refuses to call a proposal read: a person compares it with the sentence first. Terms are those of the vocabulary.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

Words = tuple[tuple[str, str], ...]

_DATA: Words = (
    (r"e-?mail address", "contact.email"),
    (r"(tele)?phone number", "contact.phone"),
    (r"fax number", "contact.fax"),
    (r"postal address|mailing address", "contact.postal_address"),
    (r"\bnames?\b", "identity.name"),
    (r"\btickets?\b|support request", "communication.support_ticket"),
    (r"enquir(y|ies)|inquir(y|ies)", "communication.enquiry"),
    (r"\binvoices?\b", "payment.invoice"),
    (r"credit card|card number|payment card", "payment.card_number"),
    (r"\bpayments?\b|transactions?", "payment.transaction"),
    (r"\bpasswords?\b", "account.password"),
    (r"\bip addresses?\b", "device.ip_address"),
    (r"\bcookies?\b", "tracking.cookie_id"),
    (r"credit (information|rating|report)|financial information", "financial.credit_information"),
)
_RECIPIENTS: Words = (
    (r"support (staff|team|department)|help ?desk (staff|team)", "internal.support"),
    (r"financ(e|ial) (staff|team|department)|accounts department|accounting", "internal.finance"),
    (r"sales (staff|team|department)", "internal.sales"),
    (r"administrators?\b", "internal.admin"),
    (r"\bemployees\b|\bour (staff|people|team)\b", "internal.employees"),
    (r"affiliates?\b|group compan", "group.affiliate"),
    (r"service providers?|processors?|contractors?", "processor.service_provider"),
    (r"third[- ]part(y|ies)|advertisers|anybody else|anyone else|other companies|others", "thirdparty.any"),
)
_PURPOSES: Words = (
    (r"answer you|support|help you|resolve", "support.provide"),
    (r"direct marketing|marketing|newsletter|offers", "marketing"),
    (r"invoice you|can invoice|billing|bill you", "billing.invoice"),
    (r"process (your |the )?orders?|fulfil", "order.process"),
    (r"deliver", "order.deliver"),
    (r"statistics|analy[sz]e|analytics|understand how", "analytics.usage"),
    (r"log you in|sign in|authenticat", "account.authenticate"),
    (r"fraud", "security.fraud_prevention"),
    (r"improve", "service.improve"),
)
_PLACES: Words = (
    (r"united kingdom|\buk\b", "uk"),
    (r"european economic area|\beea\b", "eea"),
    (r"european union|\beu\b", "eu"),
    (r"germany", "de"),
    (r"france", "fr"),
    (r"united states|\busa?\b", "us"),
)
_RIGHTS: Words = (
    (r"object\b|opt out|unsubscribe", "objection"),
    (r"(delete|erase|remove|erasure of) (your|the|all|any|my)", "erasure"),
    (r"correct|rectif|amend|update (your|the) (data|details|information)", "rectification"),
    (r"copy of (your|the|any)", "copy"),
    (r"access to (your|the)|see what we hold|ask what we hold", "access"),
    (r"complain", "complaint"),
)
_NOT = re.compile(r"\b(do(es)? not|don't|never|will not|won't|shall not|may not|cannot|no one|nobody)\b")
_SHARE = re.compile(r"\b(sell|rent|share|disclose|pass|give|hand|transfer|trade)\b")
_STAYS = re.compile(r"\b(stays?|stored?|kept|held|remains?|hosted|processed|located)\b")
_YOU_MAY = re.compile(r"\byou (may|can|have the right|are entitled|could)\b|\bright to\b|\bask us to\b")


@dataclass(frozen=True)
class Proposal:
    """`terms` are (key of a promise, its words); `rules` are YAML flow mappings, ready to be written."""

    name: str
    act: str
    modality: str
    terms: tuple[tuple[str, tuple[str, ...]], ...]
    rules: tuple[str, ...]


def propose_promise(sentence: str) -> Proposal | None:
    """The first pattern that the sentence fits, or None: then it stays unread."""
    text = " ".join(sentence.lower().replace("\u2019", "'").split())
    for pattern in (_change_of_policy, _right, _prohibition, _place, _permission):
        if proposal := pattern(text):
            return proposal
    return None


def _found(words: Words, text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(term for pattern, term in words if re.search(pattern, text)))


def _list(words: tuple[str, ...]) -> str:
    return f"[{', '.join(words)}]"


def _change_of_policy(text: str) -> Proposal | None:
    if not re.search(
        r"(change|update|revise|amend)\w* (to )?(this|our) (privacy )?(policy|page|notice|statement)", text
    ):
        return None
    return Proposal("policy-changes", "notify", "may", (), ("require.version: {}",))


def _right(text: str) -> Proposal | None:
    rights = _found(_RIGHTS, text) if _YOU_MAY.search(text) else ()
    if not rights:
        return None
    rules = tuple(f"right: {{right: {right}}}" for right in rights)
    return Proposal(f"right-{rights[0]}", "right", "user_may", (("data", ("any.personal",)),), rules)


def _prohibition(text: str) -> Proposal | None:
    """`We never ... for marketing`, `we do not sell ... to third parties`."""
    if not _NOT.search(text):
        return None
    data = _found(_DATA, text) or ("any.personal",)
    purposes = tuple(p for p in _found(_PURPOSES, text) if p == "marketing" or p.startswith("analytics"))
    if _SHARE.search(text):
        recipients = _found(_RECIPIENTS, text) or ("thirdparty.any",)
        rule = f"forbid: {{data: {_list(data)}, recipients: {_list(recipients)}}}"
        terms = (("data", data), ("recipients", recipients))
        return Proposal("no-sharing", "share", "will_not", terms, (rule,))
    if purposes:
        rule = f"forbid: {{data: {_list(data)}, purposes: {_list(purposes)}}}"
        return Proposal("no-use", "use", "will_not", (("data", data), ("purposes", purposes)), (rule,))
    return None


def _place(text: str) -> Proposal | None:
    places = _found(_PLACES, text)
    if not places or not _STAYS.search(text) or _NOT.search(text):
        return None
    data = _found(_DATA, text) or ("any.personal",)
    rule = f"require.place: {{places: {_list(places)}, data: {_list(data)}}}"
    return Proposal(f"stays-in-{places[0]}", "locate", "does", (("data", data),), (rule,))


def _permission(text: str) -> Proposal | None:
    """`Our support staff read your ticket ... so that they can answer you`: data, recipient and purpose must all be named."""
    data, recipients, purposes = (_found(words, text) for words in (_DATA, _RECIPIENTS, _PURPOSES))
    if not (data and recipients and purposes) or _NOT.search(text):
        return None
    inside = all(recipient.startswith("internal.") for recipient in recipients)
    rule = f"permit: {{data: {_list(data)}, purposes: {_list(purposes)}, recipients: {_list(recipients)}, do: [read]}}"
    terms = (("data", data), ("purposes", purposes), ("recipients", recipients))
    name = f"use-{recipients[0].rpartition('.')[2]}".replace("_", "-")
    return Proposal(name, "access_control" if inside else "share", "does", terms, (rule,))
