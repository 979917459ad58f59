"""Screening of an import from outside: which values must not be used, because somebody objected or was erased.

Values are compared by their digests and forgotten; what is kept of a screening is who asked, when, and two counts. Refuses to say
of an erased person anything but that they must not come back.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from avow.app.desk import Desk
from avow.duties.rights.replaying import Screened, screen_import
from avow.stores.duty import Identifier


def screen(desk: Desk, values: Sequence[Identifier], purpose: str, client: UUID) -> list[tuple[str, ...]]:
    """For each value why it must not be used for `purpose` ("": for anything); empty: it may."""
    with desk.session() as session:
        found = [_reasons(one, purpose) for one in screen_import(session, [[(v.kind, v.value)] for v in values])]
        refused = sum(bool(reasons) for reasons in found)
        session.connection.execute(
            "INSERT INTO control.import_screening (company, client, at, values_asked, values_refused) VALUES (%s, %s, %s, %s, %s)",
            (session.company, client, session.now, len(found), refused),
        )
    return found


def _reasons(one: Screened, purpose: str) -> tuple[str, ...]:
    """`marketing` covers `marketing.own`: an objection to the wider purpose holds for the narrower."""
    stopped = [mark for mark in one.objected if not purpose or _covers(mark.partition(":")[2], purpose)]
    return (*(["erased"] if one.erased else []), *stopped)


def _covers(general: str, purpose: str) -> bool:
    return general in ("", "*", purpose) or purpose.startswith(f"{general}.")
