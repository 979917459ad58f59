"""The file that goes to an authority out of a case, and whose data it holds.

Promises: each person whose rows are in the file has a record there, as in every file that is handed over: the register knows them
by it, and a later notice of an erasure or a correction names it. Whom the case is about has the first, for all rows. Refuses to
name anybody: a record says which rows are about one person, and not who that is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from avow.app.case_stores import CaseRows
from avow.app.disclosing import CaseSheet, Included
from avow.control.duty_cases import DutyCase


def write_sheet(case: DutyCase, found: CaseRows, reference: str) -> CaseSheet:
    """`reference` is that of the disclosure; rows are counted from 1 in the file."""
    store, about = case.scope["store"], (case.scope["store"], case.scope["table"], case.scope["key"])
    others = sorted(found.people, key=lambda person: (person[0], len(person[1]), person[1]))
    people = (
        Included(about, tuple(sorted(found.tables))),
        *(Included((store, *person), tuple(sorted(found.people[person]))) for person in others),
    )
    records = {
        f"{reference}/{number}": {table: [place + 1 for place in places] for table, places in found.people[one].items()}
        for number, one in enumerate(others, 2)
    }
    content = {
        "case": case.reference,
        "authority": case.facts["authority"],
        "record": f"{reference}/1",
        "records": records,
        "rows": found.tables,
    }
    rows = sum(len(each) for each in found.tables.values())
    return CaseSheet(_fields_of(found.tables), rows, json.dumps(content, indent=1).encode(), people)


def _fields_of(tables: Mapping[str, Sequence[Mapping[str, str]]]) -> tuple[str, ...]:
    """ "table.column" of everything that was read."""
    return tuple(sorted({f"{table}.{column}" for table, rows in tables.items() for row in rows for column in row}))
