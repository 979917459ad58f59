"""Answers "may they?": a column of the map or a data category, for a purpose, by a department or recipient.

Refuses unknown terms and columns with the nearest known one: an answer about a misspelt purpose would be a wrong "no".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from avow.app.project import Project
from avow.datamap.holds import categories_of, find_column
from avow.datamap.model import Column, Table
from avow.decide.column import ColumnUse, Kind, decide_column
from avow.decide.engine import decide
from avow.decide.explain import explain as explain_decision
from avow.decide.explain import explain_column
from avow.decide.question import Question
from avow.errors import Collector, Place, VocabularyError
from avow.yamlplaces import did_you_mean


@dataclass(frozen=True)
class Answer:
    """`allowed`, and the reasons in words that a lawyer reads."""

    allowed: bool
    words: str


def explain(
    project: Project,
    who: str,
    what: str,
    purpose: str,
    do: str,
    state: frozenset[str],
    row: Mapping[str, str],
    collected: date | None = None,
) -> Answer:
    """`what` is "table.column" of the data map (the schema may be left out) or a data category; of a term its last part is
    enough where no other term ends in it ("finance")."""
    who, purpose = _whole(project, "recipient", who), _whole(project, "purpose", purpose)
    _check_terms(project, who, purpose)
    covers = project.vocabulary.covers
    question = Question("", purpose, who, do, state=state, row=row, collected=collected)
    found = find_column(project.datamap, what)
    if found is not None:
        decided = decide_column(project.version, _use_of(*found[1:]), question, covers)
        return Answer(decided.allowed, explain_column(decided, question, project.version, project.vocabulary))
    what = _whole(project, "category", what)
    _check_category(project, what)
    question = replace(question, category=what)
    decision = decide(project.version, question, covers)
    return Answer(decision.allowed, explain_decision(decision, question, project.version, project.vocabulary))


def _use_of(table: Table, column: Column) -> ColumnUse:
    """The column as the reference engine asks about it: everything it holds, and whose rows may carry it."""
    kinds = tuple(Kind(record.name, record.subjects, record.where) for record in table.records)
    return ColumnUse(f"{table.name}.{column.name}", categories_of(column), kinds, column.link)


def _whole(project: Project, kind: str, name: str) -> str:
    """The term that is meant; `name` itself where it is a term, or no term ends in it. Raises VocabularyError for several."""
    if project.vocabulary.find(kind, name) is not None:
        return name
    ending = sorted(t.id for t in project.vocabulary.terms(kind) if t.id.endswith(f".{name}"))
    if len(ending) > 1:
        found = Collector()
        meant = " or ".join(f"`{term}`" for term in ending)
        _unknown(found, f"`{name}` may be {meant}", "write the whole term")
        found.raise_as(VocabularyError)
    return ending[0] if ending else name


def _check_terms(project: Project, who: str, purpose: str) -> None:
    found = Collector()
    for kind, term in (("recipient", who), ("purpose", purpose)):
        if project.vocabulary.find(kind, term) is None:
            known = (t.id for t in project.vocabulary.terms(kind))
            _unknown(found, f"`{term}` is not a {kind} of the vocabulary", did_you_mean(term, known))
    found.raise_as(VocabularyError)


def _check_category(project: Project, what: str) -> None:
    found = Collector()
    if project.vocabulary.find("category", what) is None:
        columns = [f"{t.name}.{c.name}" for s in project.datamap.stores for t in s.tables for c in t.columns]
        known = [*(t.id for t in project.vocabulary.terms("category")), *columns]
        _unknown(found, f"`{what}` is neither a mapped column nor a data category", did_you_mean(what, known))
    found.raise_as(VocabularyError)


def _unknown(found: Collector, cause: str, help: str) -> None:
    found.add("explain.unknown", Place("the question"), cause, help, "no answer is given")
