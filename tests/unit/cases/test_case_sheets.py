"""The file for an authority: its rows, and a record for each person whose rows they are, without a name."""

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

from avow.app.case_sheets import write_sheet
from avow.app.case_stores import CaseRows
from avow.app.disclosing import Included
from avow.control.duty_cases import DutyCase

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
SCOPE = {"store": "main", "table": "public.organisations", "key": "7"}
CASE = DutyCase(
    UUID(int=1), "legal_disclosure", "open", "bob", "dana", {"authority": "Example Constabulary"}, SCOPE,
    NOW, NOW + timedelta(days=9), "", "", NOW, NOW, None, False,
)  # fmt: skip
ABOUT = Included(("main", "public.organisations", "7"), ("public.counters", "public.traffic"))
TABLES = {
    "public.traffic": [{"id": "1", "bytes": "5"}, {"id": "2", "bytes": "6", "ip": "192.0.2.1"}, {"id": "3"}],
    "public.counters": [{"bytes": "11"}],
}


def test_each_person_has_a_record_of_their_rows_and_whom_the_case_is_about_the_first():
    people = {
        ("public.end_users", "12"): {"public.traffic": (0, 2)},
        ("public.end_users", "9"): {"public.traffic": (2,)},
        ("public.contacts", "40"): {"public.traffic": (1,), "public.counters": (0,)},
    }
    sheet = write_sheet(CASE, CaseRows(TABLES, people), "D-1")
    assert sheet.people == (
        ABOUT,
        Included(("main", "public.contacts", "40"), ("public.counters", "public.traffic")),
        Included(("main", "public.end_users", "9"), ("public.traffic",)),
        Included(("main", "public.end_users", "12"), ("public.traffic",)),
    )
    file = json.loads(sheet.file)
    assert (file["case"], file["record"]) == (CASE.reference, "D-1/1")
    assert file["records"] == {
        "D-1/2": {"public.traffic": [2], "public.counters": [1]},
        "D-1/3": {"public.traffic": [3]},
        "D-1/4": {"public.traffic": [1, 3]},
    }
    assert file["rows"] == TABLES
    assert "end_users" not in sheet.file.decode()
    assert "contacts" not in sheet.file.decode()


def test_a_file_without_people_is_about_whom_the_case_names_alone():
    sheet = write_sheet(CASE, CaseRows(TABLES), "D-1")
    assert sheet.people == (ABOUT,)
    assert (sheet.rows, json.loads(sheet.file)["records"]) == (4, {})
    assert sheet.columns == ("public.counters.bytes", "public.traffic.bytes", "public.traffic.id", "public.traffic.ip")


def test_nothing_read_is_no_rows():
    assert write_sheet(CASE, CaseRows({}), "D-1").rows == 0
