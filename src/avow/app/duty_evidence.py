"""What a check reads of duties: the newest findings of the mystery shopper, and how the real work of each duty stands now.

One reader for each duty, in `READERS`; a reader counts and names things, and never says whose they are. Refuses to let one reader
that fails silence the others: its duty then says that it could not be looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import psycopg

from avow.app import choices_standing
from avow.app.disclosures_evidence import read_disclosures
from avow.app.duty_look import Look
from avow.app.notices_evidence import read_notices
from avow.app.places_evidence import read_places_standing
from avow.control.shopping import ShopperRecords
from avow.errors import AvowError
from avow.prove.inquiry import say_failure
from avow.prove.scene import DutyEvidence, Standing
from avow.prove.verdict import COULD_NOT

__all__ = ["READERS", "Look", "Reader", "read_duties"]
Reader = Callable[[Look], Iterable[Standing]]
READERS: dict[str, Reader] = {  # duty -> its reader
    "choices": choices_standing.read_choices,
    "campaigns": choices_standing.read_campaigns,
    "disclosures": read_disclosures,
    "places": read_places_standing,
    "notices": read_notices,
}


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
