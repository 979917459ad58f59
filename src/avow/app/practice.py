"""Puts together what is really done (live stores, recorded uses, recipients, applied controls) for the report of practice.

Looks with the survey credential and counts; reads no value of anybody. Refuses to leave a store out in silence: one that cannot be
looked at ends the report.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from psycopg import sql

from avow.app.project import Project
from avow.datamap.model import StoreMap, Table
from avow.datamap.practice import Doings, LiveStore, Practice, list_practice
from avow.errors import Diagnostic, Place, StoreError
from avow.ledger.search import list_pairs
from avow.policy import RecipientEntry, read_recipients
from avow.prove.inquiry import reading
from avow.prove.scene import Connection, StoreScene
from avow.prove.synthetic import AUTHORITY

BLOCKS = 2000  # of the ledger, newest first


def report_practice(
    project: Project, stores: Sequence[StoreScene], control: psycopg.Connection[Any]
) -> tuple[Practice, ...]:
    """Every practice with the promises that say it, for the version in force. Raises StoreError, LedgerError."""
    return list_practice(project.version, project.vocabulary, find_doings(project, stores, control))


def find_doings(project: Project, stores: Sequence[StoreScene], control: psycopg.Connection[Any]) -> Doings:
    """What is live now. Raises StoreError when a store cannot be looked at."""
    recipients = read_recipients(project.settings.project, project.vocabulary)
    uses = tuple(pair for pair in list_pairs(control, BLOCKS) if not _is_trial(pair, recipients))
    return Doings(tuple(_live(scene) for scene in stores), recipients, uses)


def _is_trial(pair: str, recipients: Sequence[RecipientEntry]) -> bool:
    """Synthetic rows that the mystery shopper handed to an authority of its own; who is in the register is nobody's trial."""
    trial = pair.partition("/")[2] == AUTHORITY.replace("-", "_")
    return trial and all(entry.id != AUTHORITY for entry in recipients)


def _live(scene: StoreScene) -> LiveStore:
    if scene.map.kind == "manual":
        return LiveStore(scene.map)
    if scene.down or scene.description is None:
        raise StoreError(_unseen(scene))
    if scene.map.kind != "postgresql":
        return LiveStore(scene.map, scene.description)
    with reading(scene) as connection:
        return LiveStore(scene.map, scene.description, _strange_sources(connection, scene.map), _controls(connection))


def _controls(connection: Connection) -> Mapping[str, tuple[str, ...]]:
    """What was applied and which promises asked for it; what serves all of them alike names none, and is left out."""
    if connection.execute("SELECT to_regclass('avow.object')").fetchone() == (None,):
        return {}
    rows = connection.execute("SELECT key, why FROM avow.object").fetchall()
    return {str(key): tuple(why) for key, why in rows if why}


def _strange_sources(connection: Connection, store_map: StoreMap) -> dict[str, int]:
    """Table -> rows whose source column holds a word that the map does not know."""
    found = {}
    for table in store_map.tables:
        if table.source and table.source.column and table.source.values and not table.ignore:
            row = connection.execute(_count_strange(table), [list(table.source.values)]).fetchone()
            if row and row[0]:
                found[table.name] = int(row[0])
    return found


def _count_strange(table: Table) -> sql.Composed:
    home, _, name = table.name.rpartition(".")
    assert table.source is not None
    return sql.SQL("SELECT count(*) FROM {} WHERE {}::text <> ALL (%s)").format(
        sql.Identifier(home, name), sql.Identifier(table.source.column)
    )


def _unseen(scene: StoreScene) -> Diagnostic:
    return Diagnostic(
        Place(f"store `{scene.name}`"),
        "store.unreachable",
        f"store `{scene.name}` cannot be described: {scene.down or 'no credential'}",
        "start it, or correct its connection string in the environment or in avow.env",
        "nobody can say whether everything that is done there has a sentence",
    )
