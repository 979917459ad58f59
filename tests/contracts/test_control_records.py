"""Avow's own records on a real PostgreSQL: what was registered stays as it was."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import psycopg
import pytest

from avow.control import open_control
from avow.control.records import CanaryRow
from avow.errors import PolicyError, StoreError

WORDS = "We keep your data in the UK."


def register(dsn: str, digest: str = "d1") -> None:
    with open_control(dsn, "acme") as control:
        control.record_version("2026-01", digest, date(2026, 1, 5), "", WORDS)


def test_a_version_is_registered_once_and_stays_readable(database: str) -> None:
    register(database)
    register(database)
    with open_control(database, "acme") as control:
        assert [v.version for v in control.versions()] == ["2026-01"]
        assert control.find_text("2026-01") == WORDS
        assert control.find_text("2031-01") is None


def test_a_version_with_other_words_is_refused_and_the_first_words_stay(database: str) -> None:
    register(database)
    with pytest.raises(PolicyError) as caught:
        register(database, digest="d2")
    assert caught.value.codes == ("policy.version-changed",)
    with open_control(database, "acme") as control:
        assert control.versions()[0].digest == "d1"


def test_the_database_itself_refuses_to_change_empty_or_delete_a_version(database: str) -> None:
    register(database)
    with open_control(database, "acme") as control:
        assert control.try_to_change_version("2026-01") == "23001"
    with psycopg.connect(database, autocommit=True) as connection:
        for statement in ("DELETE FROM control.policy_version", "TRUNCATE control.policy_version"):
            with pytest.raises(psycopg.errors.RestrictViolation):
                connection.execute(statement)


def test_a_removed_trigger_is_seen_by_the_trial(database: str) -> None:
    register(database)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("DROP TRIGGER policy_version_is_immutable ON control.policy_version")
    with psycopg.connect(database, autocommit=True) as connection:
        from avow.control.records import Control

        control = Control(connection, "acme")
        assert control.try_to_change_version("2026-01") == ""
        assert control.find_text("2026-01") == WORDS  # the trial was rolled back


def test_two_companies_in_one_database_do_not_see_each_other(database: str) -> None:
    register(database)
    with open_control(database, "globex") as control:
        assert control.versions() == ()
        assert control.find_text("2026-01") is None


def test_canaries_are_known_until_they_are_removed_newest_first(database: str) -> None:
    parent, child = (CanaryRow(uuid4(), "main", table, "id", "7") for table in ("public.contacts", "public.orders"))
    expires = datetime.now(UTC) + timedelta(hours=1)
    with open_control(database, "acme") as control:
        control.record_canary(parent, expires)
        control.record_canary(child, expires)
        assert [row.table_name for row in control.canaries("main")] == ["public.orders", "public.contacts"]
        control.record_canary_removed(child.id)
        assert control.canaries("main") == [parent]
        assert control.canaries("other") == []


def test_a_control_database_that_is_down_is_named_without_its_connection_string() -> None:
    with pytest.raises(StoreError) as caught, open_control("host=127.0.0.1 port=1 password=hunter2", "acme"):
        pass
    assert caught.value.codes == ("control.unreachable",)
    assert "hunter2" not in str(caught.value)
