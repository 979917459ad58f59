"""The boundary of a target: which constructs it enforces, which become a gate, which are refused by name.

Promises: the reference page `docs/reference/fragment.md` lists exactly these. Refuses constructs outside the closed list.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Construct:
    """One construct of a rule. `how` is compiled | gated | refused | elsewhere; `becomes` says what stands in the store."""

    name: str
    how: str
    becomes: str


POSTGRESQL: tuple[Construct, ...] = (
    Construct("permit", "compiled", "a role for each pair, column grants, a schema of views that a second role owns"),
    Construct("forbid", "compiled", "grants and rows that are left out"),
    Construct("permit, form aggregate", "compiled", "a barrier view with count(DISTINCT subject) >= at_least"),
    Construct("when: row", "compiled", "a row policy: column = 'constant'"),
    Construct("when: state_absent", "compiled", "a row policy: (avow_mask & D) = 0"),
    Construct("when: state_present", "compiled", "a row policy: (avow_mask & A) = A"),
    Construct("when: case_open", "compiled", "a row policy: the row's subject is among those of the open cases"),
    Construct("unless: row, state_absent, state_present", "compiled", "the opposite in the row policy"),
    Construct(
        "different rows for different columns, reading", "compiled", "one barrier view, each column only on its rows"
    ),
    Construct("different rows for different columns, writing", "gated", "nothing may be written through that view"),
    Construct("writable columns that share no row", "refused", "compile.not-rectangular"),
    Construct("a table of the map that is not there", "refused", "compile.table-missing"),
    Construct(
        "a row collected before a version added the use", "compiled", "a row policy: the table's clock, or a mark"
    ),
    Construct("the same on a table without clock", "gated", "only what people were told of or consented to"),
    Construct("groups that an earlier version did not permit", "gated", "not granted"),
    Construct("groups that hang on a state which their table cannot carry", "gated", "not granted"),
    Construct("when: own_rows", "compiled", "a row policy: attribute = the key that the map gives the login"),
    Construct("when: consent_for_recipient", "gated", "not granted"),
    Construct("when: place", "gated", "not granted"),
    Construct("when: before", "gated", "not granted"),
    Construct("when: after", "gated", "not granted"),
    Construct("a case on a table that leads to none, or that must not be open", "gated", "not granted"),
    Construct("a person's state on a table without owner path", "gated", "not granted"),
    Construct("a person's state on a view or foreign table", "gated", "not granted"),
    Construct(
        "require.source", "compiled", "a check on the source column, or avow_handling with a check and a trigger"
    ),
    Construct(
        "require.choice",
        "compiled",
        "a deferred trigger: no row is completed before the outcome is recorded; a no marks its person at once",
    ),
    Construct("require.field", "compiled", "a check: the column is not empty where the condition holds"),
    Construct("require.inventory", "compiled", "unmapped columns are never granted; JSON keys are a closed list"),
    Construct("require.place", "compiled", "a check on the attribute `place`, where the table has one"),
    Construct(
        "require.version, bound, duty, right, observe, attest", "elsewhere", "kept or looked at outside the store"
    ),
)
