"""What counts as a refusal of a row, and by which ways a column is read: guards of Avow's own, tables and views."""

from __future__ import annotations

import psycopg
import pytest

from avow.compilers.postgres.quoting import load_sql
from avow.prove.inquiry import CannotTell
from avow.prove.shopper.visits_intakes import _enters, _readers, _refused_by

ROLE = "ways_in_reader"
SCHEMA = f"""
CREATE TABLE leads (id int, email text, source text, CONSTRAINT avow_source CHECK (source IN ('event')),
  CONSTRAINT fair CHECK (id > 0));
CREATE VIEW all_leads AS SELECT * FROM leads;
CREATE ROLE {ROLE};
GRANT INSERT ON leads, all_leads TO {ROLE};
"""
GUARD = "CREATE TRIGGER zz_avow_way BEFORE INSERT ON leads FOR EACH STATEMENT EXECUTE FUNCTION avow.refuse_other_way('nobody')"
OWN = """CREATE FUNCTION closed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'closed today' USING ERRCODE =
'{}'; END $$; CREATE TRIGGER aa_closed BEFORE INSERT ON leads FOR EACH STATEMENT EXECUTE FUNCTION closed()"""


@pytest.fixture
def owner(database):
    """Not a superuser, or the way would be open to it."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(load_sql("core").encode() + b"SELECT 1")
        connection.execute(load_sql("intakes").format(needs="WHEN NULL THEN NULL::text[]").encode())
        connection.execute(SCHEMA.encode())
        connection.execute("CREATE ROLE ways_in_owner; ALTER TABLE leads OWNER TO ways_in_owner")
        connection.execute(f"ALTER VIEW all_leads OWNER TO ways_in_owner; GRANT {ROLE} TO ways_in_owner".encode())
        connection.execute("GRANT ALL ON SCHEMA public TO ways_in_owner; SET SESSION AUTHORIZATION ways_in_owner")
        yield connection
        connection.execute("RESET SESSION AUTHORIZATION")
        connection.execute(f"DROP OWNED BY {ROLE}, ways_in_owner CASCADE; DROP ROLE {ROLE}, ways_in_owner".encode())


def run(owner, statement):
    """As the administrator."""
    owner.execute("RESET SESSION AUTHORIZATION")
    owner.execute(statement.encode())
    owner.execute("SET SESSION AUTHORIZATION ways_in_owner")


def test_a_session_that_is_no_way_in_is_refused_by_the_guard_at_the_table_and_at_its_views(owner):
    assert _enters(owner, ROLE, "public.leads") == ["public.leads", "public.all_leads"]
    run(owner, GUARD)
    assert _enters(owner, ROLE, "public.leads") == []
    run(owner, f"DROP TRIGGER zz_avow_way ON leads; REVOKE INSERT ON leads FROM {ROLE}")
    assert _enters(owner, ROLE, "public.leads") == ["public.all_leads"]
    run(owner, f"REVOKE INSERT ON all_leads FROM {ROLE}")
    assert _enters(owner, ROLE, "public.leads") == []


@pytest.mark.parametrize("state", ["23514", "42501", "P0001"])
def test_an_error_of_the_companys_own_is_no_refusal_of_avows(owner, state):
    run(owner, OWN.format(state))
    with pytest.raises(CannotTell, match=f"could not be tried \\({state}\\)"):
        _enters(owner, ROLE, "public.leads")


def test_a_check_of_the_companys_own_is_told_from_the_one_that_avow_made(owner):
    refused = {}
    for row in ("(1, 'a@b.example', 'hearsay')", "(0, 'a@b.example', 'event')"):
        with pytest.raises(psycopg.errors.CheckViolation) as caught:
            owner.execute(f"INSERT INTO leads VALUES {row}".encode())
        refused[row] = _refused_by(caught.value, "avow_source")
    assert list(refused.values()) == [True, False]


def test_a_column_is_read_through_views_too_and_what_is_renamed_there_is_not_called_unread(owner):
    read = (owner, ROLE, "pair_schema", "public.leads", "email")
    assert _readers(*read) == []
    run(owner, f"GRANT SELECT ON all_leads TO {ROLE}")
    assert _readers(*read) == ["public.all_leads"]
    run(owner, f"CREATE VIEW nested AS SELECT email FROM all_leads; GRANT SELECT ON nested TO {ROLE}")
    assert _readers(*read) == ["public.all_leads", "public.nested"]
    run(owner, f"REVOKE SELECT ON all_leads, nested FROM {ROLE}")
    run(owner, f"CREATE VIEW renamed AS SELECT email AS reached_at FROM leads; GRANT SELECT ON renamed TO {ROLE}")
    with pytest.raises(CannotTell, match=r"public\.renamed reads public\.leads\.email"):
        _readers(*read)
    run(owner, f"REVOKE SELECT ON renamed FROM {ROLE}; GRANT SELECT ON leads TO {ROLE}")
    assert _readers(*read) == ["public.leads"]
