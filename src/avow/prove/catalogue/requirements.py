"""Entries for the rules that require something of the data itself or of the policy. Refuses to guess old rows."""

from __future__ import annotations

from collections.abc import Callable

from avow.policy.promise import Rule
from avow.prove.catalogue.entry import Entry
from avow.prove.probes.access import governed_stores
from avow.prove.probes.choice import asking_tables, probe_choice
from avow.prove.probes.documents import probe_place, probe_version
from avow.prove.probes.field import probe_field
from avow.prove.probes.inventory import probe_inventory
from avow.prove.probes.source import probe_source
from avow.prove.scene import Scene
from avow.prove.scope import tables_of


def _per_table(words: str) -> Callable[[Scene, Rule], tuple[str, ...]]:
    """Says `words` once per store that holds data of the rule."""

    def controls(scene: Scene, rule: Rule) -> tuple[str, ...]:
        return tuple(
            f"enforced in `{store.name}`: {words} ({len(tables)} tables)"
            for store in governed_stores(scene)
            if (tables := tables_of(rule, store.map, scene.terms))
        )

    return controls


def _place_controls(scene: Scene, rule: Rule) -> tuple[str, ...]:
    return (f"attested: places of {len(scene.stores)} stores and {len(scene.recipients)} recipients are declared",)


def _version_controls(scene: Scene, rule: Rule) -> tuple[str, ...]:
    return ("enforced: a trigger of the control database refuses every change of a registered version",)


def _choice_controls(scene: Scene, rule: Rule) -> tuple[str, ...]:
    return tuple(
        f"enforced in `{store.name}`: no row of {table.name} is completed before the outcome stands in {answers.name}"
        for store in governed_stores(scene)
        for table, answers in asking_tables(store)
    )


def _inventory_controls(scene: Scene, rule: Rule) -> tuple[str, ...]:
    return ("observed: every check compares the live tables, columns and JSON keys with the data map",)


SOURCE = Entry(
    kind="require.source",
    means="Every row of the named data says where it came from, out of a closed list.",
    compiled=(
        "PostgreSQL: CHECK on the mapped source column, NOT VALID for the rows that were there before",
        "PostgreSQL: a handling column with a default per login and a closed list",
    ),
    controls=_per_table("a row without a listed source is refused"),
    probes=probe_source,
    probe_names=("source-catalogue", "controls-unaltered", "source-trial"),
    sabotages=(
        "drop-source-check",
        "allow-other-sources",
        "allow-no-source",
        "refuse-listed-source",
        "map-a-source-nobody-named",
    ),
    cannot_show="Whether the stated source is the true one; and where rows from before Avow came from.",
)

FIELD = Entry(
    kind="require.field",
    means="Rows of the named data carry the named attribute.",
    compiled=("PostgreSQL: CHECK (condition is false or the column is not null), NOT VALID for older rows",),
    controls=_per_table("a row without the attribute is refused"),
    probes=probe_field,
    probe_names=("field-catalogue", "controls-unaltered", "field-trial"),
    sabotages=(
        "drop-field-check",
        "weaken-field-check",
    ),
    cannot_show="Whether what stands in the attribute is right.",
)

CHOICE = Entry(
    kind="require.choice",
    means="Nothing is completed before the outcome of a question about the named uses is recorded; a no acts at once.",
    compiled=(
        "PostgreSQL: a deferred constraint trigger that refuses the commit, whatever program writes",
        "PostgreSQL: a trigger on the answers that writes them down and marks whoever says no, and the addresses with them",
        "PostgreSQL: CHECK that an answer is one of the three words, NOT VALID for older rows",
    ),
    controls=_choice_controls,
    probes=probe_choice,
    probe_names=("choice-catalogue", "controls-unaltered", "choice-trial"),
    sabotages=(
        "complete-orders-unasked",
        "ask-only-by-the-form",
        "forget-the-answers",
        "hear-a-no-and-do-nothing",
    ),
    cannot_show="In what words it was asked, or whether anybody heard it; what was done while an owner had switched triggers off.",
)

INVENTORY = Entry(
    kind="require.inventory",
    means="What is collected about the named subjects is exactly what the sentence lists.",
    compiled=("PostgreSQL: closed lists of JSON keys as CHECK constraints", "no other control: the store is observed"),
    controls=_inventory_controls,
    probes=probe_inventory,
    probe_names=("inventory-catalogue", "inventory-contents"),
    sabotages=(
        "add-a-column",
        "add-a-table",
        "drop-a-column",
        "write-a-card-number-into-a-note",
        "add-a-json-key",
    ),
    cannot_show="Personal data in stores that nobody mapped, in files, and in values that no detector recognises.",
)

PLACE = Entry(
    kind="require.place",
    means="Stores, recipients and intakes in scope lie within the named places.",
    compiled=(
        "PostgreSQL: CHECK avow_place on tables whose rows state their place (the attribute `place`)",
        "nothing for the place of a store or a recipient: declared in avow.toml, datamap.yaml and recipients.yaml",
    ),
    controls=_place_controls,
    probes=probe_place,
    probe_names=("declared-places",),
    sabotages=(
        "store-abroad",
        "recipient-abroad",
    ),
    cannot_show="Where a machine truly stands: a place is declared, so the verdict is at most attested.",
)

VERSION = Entry(
    kind="require.version",
    means="Published policy versions never change, stay readable, and each later one says why it came.",
    compiled=("control database: triggers on control.policy_version",),
    controls=_version_controls,
    probes=probe_version,
    probe_names=("versions-equal", "version-change-refused"),
    sabotages=(
        "edit-a-published-version",
        "publish-without-a-reason",
        "drop-the-version-trigger",
    ),
    cannot_show="What a website showed on a day; a superuser of the control database can go round the trigger.",
)
