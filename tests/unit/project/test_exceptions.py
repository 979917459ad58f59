"""The file of exceptions: what is no day or no promise is told with its place, and never waits for a check to stumble over it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from avow.app.excepting import read_exceptions
from avow.errors import PolicyError
from avow.policy.promise import Anchor, PolicyVersion, Promise, Quote
from avow.prove.scene import ExceptionNote

PROMISES = tuple(
    Promise(id, Quote(id), Anchor(0, 1, 1, 1), "use", "does") for id in ("finance-invoicing", "fair-handling")
)
VERSION = PolicyVersion("Lantern", "2026-01", date(2026, 1, 1), "en", (), "", "text", "digest", PROMISES, ())


def write(folder: Path, text: str) -> Path:
    (folder / "exceptions.yaml").write_text(text, encoding="utf-8")
    return folder


def test_an_exception_is_read_with_its_reason_and_its_last_day(tmp_path: Path) -> None:
    assert read_exceptions(tmp_path, [VERSION]) == ()
    write(tmp_path, "exceptions:\n  fair-handling: {reason: the old desk goes in May, expires: 2026-05-31}\n")
    note = ExceptionNote("fair-handling", "the old desk goes in May", "2026-05-31")
    assert read_exceptions(tmp_path, [VERSION]) == (note,)
    assert read_exceptions(write(tmp_path, "exceptions:\n"), [VERSION]) == ()


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("fair-handling: {reason: x, expires: someday}", ["exceptions.yaml:2:39 policy.bad-date"]),
        ("fair-handling: {reason: x, expires: 2026-02-30}", ["exceptions.yaml:2:39 policy.bad-date"]),
        ("fair-handlin: {reason: x, expires: 2026-05-31}", ["exceptions.yaml:2:3 policy.no-such-statement"]),
        ("fair-handling: {reason: x}", ["exceptions.yaml:2:18 yaml.missing-key"]),
        ("fair-handling: {reason: '', expires: 2026-05-31}", ["exceptions.yaml:2:27 yaml.wrong-shape"]),
        (
            "fair-handlin: {reason: x, until: someday}",
            [
                "exceptions.yaml:2:3 policy.no-such-statement",
                "exceptions.yaml:2:17 yaml.missing-key",
                "exceptions.yaml:2:29 yaml.unknown-key",
            ],
        ),
    ],
    ids=["no day", "not in the calendar", "no promise", "no day at all", "no reason", "all at once"],
)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, text: str, places: list[str]) -> None:
    with pytest.raises(PolicyError) as raised:
        read_exceptions(write(tmp_path, f"exceptions:\n  {text}\n"), [VERSION])
    assert [f"{d.place} {d.code}" for d in sorted(raised.value.diagnostics)] == places


def test_the_nearest_promise_is_named_and_an_older_version_may_have_it(tmp_path: Path) -> None:
    write(tmp_path, "exceptions:\n  fair-handlin: {reason: x, expires: 2026-05-31}\n")
    with pytest.raises(PolicyError, match="did you mean `fair-handling`"):
        read_exceptions(tmp_path, [VERSION])
    earlier = PolicyVersion(
        "Lantern",
        "2025-01",
        date(2025, 1, 1),
        "en",
        (),
        "",
        "text",
        "d",
        (Promise("fair-handlin", Quote("x"), Anchor(0, 1, 1, 1), "use", "does"),),
        (),
    )
    assert len(read_exceptions(tmp_path, [earlier, VERSION])) == 1


def test_a_file_that_is_no_text_is_an_error_too(tmp_path: Path) -> None:
    (tmp_path / "exceptions.yaml").write_bytes(b"exceptions:\n  fair-handling: \xff\n")
    with pytest.raises(PolicyError, match="not UTF-8"):
        read_exceptions(tmp_path, [VERSION])
