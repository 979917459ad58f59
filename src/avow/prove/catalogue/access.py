"""Entries for permit and forbid: who may use which data for what. Refuses to call a use permitted that nobody tried."""

from __future__ import annotations

from avow.policy.promise import Rule
from avow.prove.catalogue.entry import Entry
from avow.prove.inquiry import Inquiry, Outcome
from avow.prove.probes.access import governed_stores, probe_access
from avow.prove.probes.aggregates import probe_aggregates
from avow.prove.probes.rows import probe_rows_tried
from avow.prove.scene import Scene
from avow.prove.scope import fields_of, pairs_of

_COMPILED = (
    "PostgreSQL: one role per pair with column grants, a schema of views, memberships without inherit",
    "PostgreSQL: row policies with constants for row attributes and per-person marks",
    "PostgreSQL: aggregate views that suppress small groups",
    "MariaDB: nothing; rights are compared with what each login's pairs allow together",
)


def _controls(scene: Scene, rule: Rule) -> tuple[str, ...]:
    found: list[str] = []
    for store in governed_stores(scene):
        fields = fields_of(rule, store.map, scene.terms)
        if not fields:
            continue
        pairs = pairs_of(rule, store.map, scene.terms)
        if rule.kind == "permit":
            names = ", ".join(str(p) for p in pairs) or "no pair"
            found.append(f"enforced in `{store.name}`: {names} get column grants and views; every other role gets none")
        else:
            found.append(f"enforced in `{store.name}`: {len(fields)} columns are not granted to {len(pairs)} pairs")
        if rule.when or rule.unless:
            found.append(f"enforced in `{store.name}`: row policies on {len({f.table for f in fields})} tables")
    return tuple(found)


def _probes(inquiry: Inquiry, rule: Rule) -> tuple[Outcome, ...]:
    return (*probe_access(inquiry, rule), *probe_rows_tried(inquiry, rule), *probe_aggregates(inquiry, rule))


_NAMES = (
    "access-catalogue",
    "access-trial",
    "controls-unaltered",
    "rows-catalogue",
    "rows-trial",
    "rows-canary",
    "groups-trial",
)

PERMIT = Entry(
    kind="permit",
    means="The named data may be used by the named recipients for the named purposes, and by nobody else.",
    compiled=_COMPILED,
    controls=_controls,
    probes=_probes,
    probe_names=_NAMES,
    sabotages=(
        "grant-column-to-login",
        "grant-column-to-other-pair",
        "grant-table-to-everybody",
        "give-back-old-role",
        "give-another-pair",
        "take-away-permitted-column",
        "view-with-owners-rights",
        "view-upon-view",
        "materialized-copy",
        "routine-with-owners-rights",
        "routine-through-a-helper",
        "routine-through-a-view",
        "routine-nobody-sees-through",
        "become-a-custodian",
        "start-in-another-pair",
        "skip-the-triggers",
        "use-older-rows",
        "grant-in-a-store-that-is-only-read",
        "switch-row-security-off",
        "drop-policy",
        "add-a-second-policy",
        "forget-the-objection",
        "widen-the-rows",
        "hide-every-row",
        "bypass-row-security",
        "let-the-pair-write-marks",
        "rebuild-table",
        "make-a-login-superuser",
        "read-all-data",
        "hand-over-the-table",
        "right-to-empty-the-table",
        "show-small-groups",
        "show-rows-to-analysts",
        "custodian-expired",
        "undeclared-superuser",
        "stage-back-to-observe",
        "inherit-the-pair",
        "let-a-reader-change-the-source",
        "view-of-whole-rows",
        "view-of-whole-rows-beside-a-column",
        "whole-rows-of-a-view",
        "view-over-a-custodians-view",
        "write-through-a-view",
        "replication",
        "become-a-role-that-replicates",
        "replication-without-connecting",
        "take-a-role-that-reads-everything",
        "take-a-role-that-writes-everything",
        "grant-to-a-predefined-role",
        "may-give-itself-the-role",
        "write-files-of-the-server",
        "run-programs-on-the-server",
        "routine-that-reads-files",
        "parameter-that-runs-programs",
        "most-common-values",
        "view-of-most-common-values",
        "foreign-server-that-leads-back",
        "test-values-by-a-foreign-key",
        "read-the-table-above",
        "trigger-with-owners-rights",
        "rule-on-a-table",
        "own-what-others-run",
        "own-a-routine-in-a-row-policy",
        "routine-of-an-aggregate",
        "routine-that-hands-on-whole-rows",
        "routine-that-reads-statistics",
    ),
    cannot_show="What a person does with data that they may read; and, inside one login, which of its pairs it truly acts in.",
)

FORBID = Entry(
    kind="forbid",
    means="The named data is not used for the named purposes or by the named recipients; this beats every permit.",
    compiled=(*_COMPILED[:2], "a prohibition is an absent grant, never a second role"),
    controls=_controls,
    probes=_probes,
    probe_names=_NAMES[:6],
    sabotages=(
        "grant-forbidden-column",
        "grant-forbidden-write",
        "forbidden-view-in-the-pairs-schema",
        "forbidden-routine",
    ),
    cannot_show="Copies that left the mapped stores before the rule was in force, and uses on paper or from memory.",
)
