"""Explanations: the question, the answer, the sentences of the policy; columns and kinds of row."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from avow.decide.column import ColumnUse, Kind, decide_column
from avow.decide.engine import condition_words, decide, decide_at, holds, version_at
from avow.decide.explain import explain, explain_column
from avow.decide.question import Question
from avow.policy.promise import CONDITION_KINDS, Anchor, Condition, PolicyVersion, Promise, Quote, Rule, Sentence
from avow.vocabulary import load_vocabulary

TERMS = load_vocabulary()
TEXT = "Our finance team may\nread your invoices to bill you. We never use invoices for marketing."


def permit(promise: str, data: str, purpose: str, recipient: str, **more) -> Rule:
    return Rule(f"{promise}/1", promise, "permit", (data,), purposes=(purpose,), recipients=(recipient,), **more)


def promise(name: str, start: int, end: int, *rules: Rule) -> Promise:
    return Promise(
        name, Quote(TEXT[start:end]), Anchor(start, end, 1 if start < 20 else 2, 1), "use", "does", rules=rules
    )


def version(name: str = "2026-01", published: date = date(2026, 1, 1), *more: Rule) -> PolicyVersion:
    bill = permit("billing", "payment.invoice", "billing.invoice", "internal.finance")
    never = Rule("never/1", "never", "forbid", ("payment",), purposes=("marketing",))
    promises = (promise("billing", 0, 20, bill, *more), promise("never", 53, 61, never))
    sentences = (Sentence(0, 52, 1, TEXT[:52], ("billing",)), Sentence(53, len(TEXT), 2, TEXT[53:], ("never",)))
    return PolicyVersion("acme", name, published, "en", (), "", TEXT, "0" * 64, promises, sentences)


def told(question: Question, held: PolicyVersion | None = None) -> str:
    held = held or version()
    return explain(decide(held, question, TERMS.covers), question, held, TERMS)


def test_a_permitted_use_is_explained_with_the_sentence_that_permits_it():
    answer = told(Question("payment.invoice", "billing.invoice", "internal.finance", subject="customer"))
    assert answer == (
        "may finance read the invoice of a customer for invoicing? yes:\n"
        "  it is permitted by\n"
        "    “Our finance team may read your invoices to bill you.” (promise `billing`, policy 2026-01, line 1)"
    )


def test_a_forbidden_use_is_explained_with_the_sentence_that_forbids_it():
    answer = told(Question("payment.invoice", "marketing.own", "internal.finance"))
    assert "? no:\n  it is forbidden by\n    “We never use invoices for marketing.” (promise `never`" in answer


def test_a_use_that_nobody_promised_is_explained_with_what_is_permitted_instead():
    answer = told(Question("payment.invoice", "billing.invoice", "internal.sales"))
    assert "no: no promise of the policy permits it.\n  what it permits is use by finance for invoicing\n" in answer


def test_a_wide_question_finds_the_sentences_of_its_parts():
    by_mail = permit("billing", "contact.email", "marketing.own", "internal.sales")
    asked = Question("contact.email", "marketing", "internal.finance")
    answer = told(asked, version("2026-01", date(2026, 1, 1), by_mail))
    assert "no: no promise of the policy permits it.\n  what it permits is use by sales for marketing of own" in answer
    assert "“Our finance team may read your invoices to bill you.”" in answer
    narrow = Rule("never/2", "billing", "forbid", ("payment",), purposes=("marketing.third_party",))
    asked = Question("payment.invoice", "analytics", "internal.finance")
    assert "a part of it is forbidden" not in told(asked, version("2026-01", date(2026, 1, 1), narrow))
    held = PolicyVersion(
        "acme", "1", date(2026, 1, 1), "en", (), "", TEXT, "0", (promise("billing", 0, 20, narrow),), ()
    )
    asked = Question("payment.invoice", "marketing", "internal.finance")
    assert "no: no promise of the policy permits it.\n  a part of it is forbidden by\n    “Our finance" in told(
        asked, held
    )


def test_another_use_by_somebody_else_is_named_where_nothing_is_nearer():
    answer = told(Question("payment.invoice", "analytics.usage", "internal.sales"))
    assert "what it permits is use by finance for invoicing" in answer


def test_a_use_that_fails_by_its_condition_names_the_condition_and_no_fact_of_the_person():
    when = (Condition("row", ("delivery",), "contact_role"),)
    held = version(
        "2026-01", date(2026, 1, 1), permit("billing", "contact.email", "order.deliver", "internal.sales", when=when)
    )
    answer = told(
        Question("contact.email", "order.deliver", "internal.sales", row={"contact_role": "Alice's own role"}), held
    )
    assert "would permit this use only if: the row's contact_role is `delivery`" in answer
    assert "Alice" not in answer


def test_statistics_are_asked_for_as_statistics():
    assert told(Question("payment.invoice", "marketing.own", "internal.sales", form="aggregate")).startswith(
        "may sales read statistics of the invoice for marketing of own products? no:"
    )


COLUMN = ColumnUse(
    "contacts.email",
    frozenset({"contact.email"}),
    (
        Kind("drop", ("contact_person",), {"contact_role": "drop"}),
        Kind("bill", ("contact_person",), {"contact_role": "bill"}),
    ),
)


def delivering() -> PolicyVersion:
    when = (Condition("row", ("drop",), "contact_role"),)
    return version(
        "1", date(2026, 1, 1), permit("billing", "contact.email", "order.deliver", "internal.sales", when=when)
    )


def column(column: ColumnUse, question: Question, held: PolicyVersion | None = None):
    held = held or delivering()
    decided = decide_column(held, column, question, TERMS.covers)
    return decided, explain_column(decided, question, held, TERMS)


def test_a_column_is_explained_for_each_kind_of_row_that_answers_differently():
    decided, answer = column(COLUMN, Question("", "order.deliver", "internal.sales"))
    assert decided.kinds() == {"drop": True, "bill": False}
    assert not decided.allowed
    assert answer.startswith(
        "may sales read `contacts.email` for delivery? only on rows of `drop`.\non rows of `drop`, as the"
    )
    assert (
        f"on rows of `bill`, as the {TERMS.label('contact.email')} of a {TERMS.label('contact_person', 'subject')}: no:"
        in answer
    )


def test_a_column_of_a_given_row_is_decided_by_the_kinds_that_the_row_belongs_to():
    decided, answer = column(COLUMN, Question("", "order.deliver", "internal.sales", row={"contact_role": "drop"}))
    assert decided.allowed
    assert "? yes:\n" in answer


def test_a_column_may_be_used_only_if_all_its_categories_may():
    both = ColumnUse("contacts.note", frozenset({"contact.email", "contact.fax"}), COLUMN.kinds[:1])
    decided, answer = column(both, Question("", "order.deliver", "internal.sales"))
    assert not decided.allowed
    assert f"({TERMS.label('contact.fax')})" in answer


def test_a_column_may_be_used_only_if_it_may_be_for_every_kind_of_person():
    only = permit("billing", "contact.email", "order.install", "internal.sales", subjects=("customer",))
    held = version("1", date(2026, 1, 1), only)
    shared = ColumnUse("t.email", frozenset({"contact.email"}), (Kind("k", ("customer", "end_user")),))
    assert not column(shared, Question("", "order.install", "internal.sales"), held)[0].allowed
    alone = ColumnUse("t.email", frozenset({"contact.email"}), (Kind("k", ("customer",)),))
    assert column(alone, Question("", "order.install", "internal.sales"), held)[0].allowed


@pytest.mark.parametrize(
    ("use", "allowed", "words"),
    [
        (ColumnUse("t.id", frozenset(), (), link=True), True, "yes, with the row"),
        (ColumnUse("t.made", frozenset(), COLUMN.kinds), True, "nothing personal"),
        (ColumnUse("t.email", frozenset({"contact.email"}), ()), False, "of no kind"),
    ],
)
def test_a_column_without_a_decision_says_why(use, allowed, words):
    decided, answer = column(use, Question("", "order.deliver", "internal.sales"))
    assert decided.allowed is allowed
    assert words in answer


def test_the_version_in_force_is_chosen_by_the_time_of_the_question():
    old, new = version("2025-06", date(2025, 6, 1)), version("2026-01", date(2026, 1, 1))

    def at(day: int, month: int, year: int):
        asked = Question(
            "payment.invoice", "billing.invoice", "internal.finance", at=datetime(year, month, day, tzinfo=UTC)
        )
        found = version_at((new, old), asked)
        return (found.version if found else None), decide_at((new, old), asked, TERMS.covers).allowed

    assert at(31, 5, 2025) == (None, False)
    assert at(1, 6, 2025) == ("2025-06", True)
    assert at(31, 12, 2025) == ("2025-06", True)
    assert at(1, 1, 2026) == ("2026-01", True)
    assert version_at((new, old), Question("", "", "")).version == "2026-01"


@pytest.mark.parametrize("kind", CONDITION_KINDS)
def test_every_kind_of_condition_is_decided_and_has_words(kind):
    condition = Condition(kind, ("x",), "n")
    assert holds(condition, Question("", "", ""), TERMS.covers) in (True, False)
    assert condition_words(condition)


def test_a_condition_outside_the_closed_list_is_never_passed_over():
    with pytest.raises(ValueError, match="no condition of the closed list"):
        holds(Condition("weather", ("fair",)), Question("", "", ""), TERMS.covers)
