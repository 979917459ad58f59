"""Whether anything in the vault has ended without being replaced or withdrawn, for a check. Counts and names of papers only.

Refuses to say what stands in one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from avow.prove.scene import Standing
from avow.prove.verdict import BROKE, HELD

if TYPE_CHECKING:
    from avow.app.duty_look import Look

_ENDED = (
    "SELECT kind, name FROM control.vault_document WHERE company = %s AND withdrawn_at IS NULL AND NOT synthetic"
    " AND valid_until < %s ORDER BY valid_until, name"
)


def read_vault(look: Look) -> Iterator[Standing]:
    ended = look.connection.execute(_ENDED, (look.project.settings.company, look.now.date())).fetchall()
    if not ended:
        yield Standing("vault", "in-force", HELD, "no document of the vault has ended and lies there still", "reminder")
        return
    names = ", ".join(f"{kind} “{name}”" for kind, name in ended[:3]) + (
        f" and {len(ended) - 3} more" if len(ended) > 3 else ""
    )
    seen = f"{len(ended)} documents of the vault have ended: {names}"
    yield Standing("vault", "in-force", BROKE, seen, "reminder", "put their successors in, or withdraw them")
