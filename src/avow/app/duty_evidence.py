"""What a check reads of duties: the newest findings of the mystery shopper, and how the real work of each duty stands now.

One reader for each duty, in `READERS`; a reader counts and names things, and never says whose they are. Refuses to let one reader
that fails silence the others: its duty then says that it could not be looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

from avow.app.cases_evidence import read_cases
from avow.app.project import Project
from avow.app.reviews_evidence import read_reviews
from avow.app.vault_evidence import read_vault
from avow.control.shopping import ShopperRecords
from avow.errors import AvowError
from avow.prove.inquiry import say_failure
from avow.prove.scene import DutyEvidence, Standing, StoreScene
from avow.prove.verdict import COULD_NOT


@dataclass(frozen=True)
class Look:
    """What a reader may look at. `connection` reads Avow's own database (autocommit); `now` is UTC."""

    connection: psycopg.Connection[Any]
    project: Project
    stores: Sequence[StoreScene]
    now: datetime


Reader = Callable[[Look], Iterable[Standing]]
READERS: dict[str, Reader] = {
    "cases": read_cases,
    "reviews": read_reviews,
    "vault": read_vault,
}  # duty -> its reader


def read_duties(records: ShopperRecords, look: Look) -> DutyEvidence:
    """What a check reads of duties, under the policy version in force."""
    standing = tuple(fact for duty, reader in READERS.items() for fact in _read(duty, reader, look))
    return DutyEvidence(records.findings(look.project.version.version), standing)


def _read(duty: str, reader: Reader, look: Look) -> Iterator[Standing]:
    try:
        yield from tuple(reader(look))
    except psycopg.Error as error:
        yield Standing(duty, "records", COULD_NOT, say_failure(error))
    except AvowError as error:
        cause = error.diagnostics[0].cause if error.diagnostics else "Avow refused"
        yield Standing(duty, "records", COULD_NOT, cause)
