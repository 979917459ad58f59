"""What the names of tables and columns, their types and comments, say about what stands in them.

Promises: a small table of patterns, each giving one category of the vocabulary with a weight (0..1); the most telling
pattern wins. Refuses to look at values, and to call a name proof: a column named `email` may hold anything, so no weight
is 1.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_ANY = r"(?:^|_)"
_END = r"(?:s|_?\d+)?$"


def _named(words: str) -> re.Pattern[str]:
    return re.compile(rf"{_ANY}(?:{words}){_END}")


# In order: the first that fits a column's name wins.
_COLUMNS: tuple[tuple[re.Pattern[str], str, float], ...] = (
    (_named("password|passwd|pass|pwd|password_hash"), "account.password", 0.9),
    (_named("totp|otp_secret|api_key|secret|token|private_key|access_key"), "account.credentials_other", 0.7),
    (_named("session_key|session_id|session_data|sid"), "account.session", 0.7),
    (_named("card_no|card_number|cc_number|pan|card"), "payment.card_number", 0.8),
    (_named("card_last4|last4|last_four"), "payment.card_last4", 0.9),
    (_named("card_expiry|exp_month|exp_year|expiry_date|cc_exp"), "payment.card_expiry", 0.7),
    (_named("cardholder|cardholder_name|name_on_card"), "payment.cardholder_name", 0.8),
    (_named("iban|bank_account|sort_code|account_no|bic"), "payment.other_account", 0.8),
    (
        _named("cnic|ssn|nino|national_id|passport|passport_no|nhs_number|aadhaar|tax_code|dni|pesel|bsn"),
        "identity.national_id",
        0.9,
    ),
    (_named("vat|vat_no|vat_number|tax_id|ein"), "organisation.tax_id", 0.8),
    (_named("job_title|jobtitle|contact_title|position"), "organisation.contact_job_title", 0.8),
    (_named("contact_role|contact_type"), "organisation.contact_role", 0.7),
    (
        _named("company|company_name|organisation|organization|firm|org_name|organisation_name"),
        "organisation.name",
        0.7,
    ),
    (_named("contact_name|contact_person"), "organisation.contact_name", 0.8),
    (
        _named(
            "first_?name|last_?name|full_?name|sur_?name|given_?name|family_?name|middle_?name|display_?name|realname|maiden_name"
        ),
        "identity.name",
        0.9,
    ),
    (
        _named("recipient_name|person|author|sender|enquirer|attention|caller_name|guest|signed_by|attn"),
        "identity.name",
        0.5,
    ),
    (_named("e_?mail|mail|email_address|submitter_email|email_from|email_to|reply_to"), "contact.email", 0.9),
    (_named("mobile|mobile_no|cell|cellphone"), "contact.mobile", 0.8),
    (_named("phone|phone_no|phone_number|tel|telephone|tel_no|caller|callee|caller_id|msisdn"), "contact.phone", 0.8),
    (_named("fax|fax_no|fax_number"), "contact.fax", 0.8),
    (_named("delivery_address|shipping_address|ship_to|deliver_to"), "contact.delivery_address", 0.8),
    (_named("billing_address|bill_to"), "payment.billing_address", 0.8),
    (_named("physical_address|site_address|install_address"), "contact.physical_address", 0.8),
    (
        _named(
            "address|addr|postal_address|street|street_address|postcode|post_code|zip|zipcode|address_line|line1|line2"
        ),
        "contact.postal_address",
        0.7,
    ),
    (_named("last_login|last_seen|logged_in_at|date_joined|last_access"), "usage.access_time", 0.7),
    (_named("user_?name|login|login_name|nick|nickname"), "account.username", 0.7),
    (_named("ip|ip_address|ip_addr|remote_addr|client_ip|last_ip"), "device.ip_address", 0.8),
    (_named("source_ip|dest_ip|src_ip|dst_ip|ip_addresses"), "network.ip_addresses", 0.8),
    (_named("user_agent|browser|useragent"), "device.browser_type", 0.8),
    (_named("referer|referrer"), "usage.referrer", 0.8),
    (_named("bytes_in|bytes_out|bytes|traffic|octets"), "network.usage", 0.5),
    (_named("cookie|cookie_id|visitor_id|tracking_id|client_id"), "tracking.cookie_id", 0.6),
    (_named("latitude|longitude|lat|lng|geo|geolocation"), "location.geo", 0.7),
    (_named("date_of_birth|birth_?date|dob|born|born_on|age"), "demographic.age", 0.8),
    (_named("gender|sex"), "demographic.gender", 0.8),
    (_named("avatar|photo|picture"), "account.profile", 0.5),
    (_named("credit_score|credit_rating|credit_limit|score_text"), "financial.credit_information", 0.7),
    (_named("opt_?in|opt_?out|newsletter|unsubscribed|marketing_ok|wants_mail"), "marketing.preferences", 0.7),
    (_named("invoice_no|invoice_number|invoice"), "payment.invoice", 0.6),
)

_FREE = _named(
    "notes?|comments?|description|body|message|remarks?|text|content|bio|about|details?|memo|answer|reason|subject|resolution|signature|feedback"
)
_CLOCK = _named(
    "created|created_at|created_on|date_created|submitted_at|added_at|placed_at|ordered_at|issued_on|timestamp|time|date"
)
_SOURCE = _named("source|came_by|came_from|origin|channel|acquired_via|intake|obtained_from|lead_source|collected_via")

# table word -> the kind of subject a row of it is; the category that its free text and its rows as a whole carry
_TABLES: tuple[tuple[str, str, str], ...] = (
    (r"people|persons?|guest|patient|passenger|tenant", "customer", ""),
    (r"end_?user", "end_user", ""),
    (r"staff|employee|personnel", "staff", ""),
    (r"contact", "contact_person", ""),
    (r"lead|prospect", "prospect", "marketing.lead_contact"),
    (r"customer|client|buyer", "customer", ""),
    (r"auth_user|user|account|member|profile", "user", ""),
    (r"ticket|followup|support", "correspondent", "communication.support_ticket"),
    (r"enquir|inquir|contact_form|feedback", "correspondent", "communication.enquiry"),
    (r"mail|email|letter|fax|message", "correspondent", "communication.email"),
    (r"call", "correspondent", "communication.phone_call"),
    (r"visitor|session|pageview|hit", "visitor", ""),
    (r"subscri|newsletter", "prospect", "marketing.list_membership"),
    (r"order|purchase|basket|cart", "customer", "payment.transaction"),
    (r"invoice|bill", "customer", "payment.invoice"),
    (r"payment|transaction|refund", "customer", "payment.transaction"),
    (r"post|thread|forum|comment", "forum_poster", "public.forum_post"),
    (r"organi[sz]ation|compan|firm|reseller|supplier", "customer", ""),
    (r"cardholder", "cardholder", ""),
    (r"credit", "customer", "financial.credit_information"),
    (r"preference|suppression|opt_?out", "customer", "marketing.preferences"),
    (r"traffic|flow|usage", "customer", "network.usage"),
)
_BOOKKEEPING = re.compile(
    r"(^|_)(django_migrations|django_content_type|django_site|auth_permission|auth_group(_permissions)?|schema_migrations|"
    r"alembic_version|flyway_schema_history|spatial_ref_sys|ar_internal_metadata|databasechangelog(lock)?)$"
)
_COPY = re.compile(
    r"^(?:(?:old|bak|backup|copy|archive|legacy|tmp|temp)_(?P<a>\w+)|(?P<b>\w+?)_(?:old|bak|backup|copy|archive|archived|legacy|tmp|temp|import|export|\d{4}|\d{6,8}))$"
)


def find_by_name(column: str, comment: str = "") -> Mapping[str, float]:
    """Category -> weight for a column's name; a comment counts for less. At most one category of each."""
    name = _snake(column)
    for pattern, category, weight in _COLUMNS:
        if pattern.search(name):
            return {category: weight}
    for word in re.findall(r"[\w-]+", comment.lower()):
        for pattern, category, weight in _COLUMNS:
            if weight >= 0.8 and pattern.search(word.replace("-", "")):
                return {category: weight * 0.5}
    return {}


def says_the_row(category: str) -> bool:
    """Whether every column of such a row says something of it: an amount is part of an invoice, a score of a report."""
    return category.partition(".")[0] in ("payment", "financial", "network") or category == "marketing.preferences"


def looks_like_free_text(column: str) -> bool:
    return bool(_FREE.search(_snake(column)))


def looks_like_clock(column: str) -> bool:
    return bool(_CLOCK.search(_snake(column)))


def looks_like_source(column: str) -> bool:
    return bool(_SOURCE.search(_snake(column)))


def subject_kind(table: str) -> tuple[str, str]:
    """(subject kind, category of the whole row or "") by the table's name; ("", "") where it says nothing."""
    name = _bare(table)
    found = [((m.end(), len(m[0])), subject, row) for words, subject, row in _TABLES if (m := re.search(words, name))]
    # the last word of a name is its noun: `support_contacts` are contacts
    return max(found, key=lambda hit: hit[0])[1:] if found else ("", "")


def is_bookkeeping(table: str) -> bool:
    """Tables that frameworks keep for themselves, by their well-known names."""
    return bool(_BOOKKEEPING.search(_bare(table)))


def copied_name(table: str) -> str:
    """The bare name that a copy's name is made of (`contacts_2019` -> `contacts`), or an empty text."""
    match = _COPY.match(_bare(table))
    return (match["a"] or match["b"]) if match else ""


def stem(name: str) -> str:
    """Lower case, singular: for comparing `contacts` with `contact_id`."""
    bare = _bare(name)
    for ending, instead in (("ies", "y"), ("sses", "ss"), ("xes", "x"), ("s", "")):
        if bare.endswith(ending) and not bare.endswith("ss"):
            return bare[: -len(ending)] + instead
    return bare


def _bare(table: str) -> str:
    return _snake(table.rpartition(".")[2])


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
