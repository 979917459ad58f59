"""The client on a database as `avow apply` really leaves it: Bob's support reads, Charlie's purpose is refused, Dana verifies."""

from __future__ import annotations

import sys
from pathlib import Path

import psycopg
import pytest

import avow
from avow.client import find_unlogged_paths
from avow.errors import ClientError
from avow.ledger import Kind, create_digest_key, create_key, create_ledger, open_ledger
from avow.ledger.block import read_entries
from avow.ledger.verify import verify_from_files

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "contracts" / "compile"))
from shop import SCHEMA, Shop

SUPPORT = {"recipient": "internal.support", "actor": "staff:bob"}


@pytest.fixture
def shop(cluster):
    dsn = cluster.create_database()
    with psycopg.connect(dsn, autocommit=True) as conn:
        conn.execute(SCHEMA)
        name = conn.info.dbname
    shop = Shop(dsn, cluster.dsn_for(name, "shopapp"), cluster.version)
    shop.at_stage("enforce").apply()
    return shop


@pytest.fixture
def keys(tmp_path):
    create_key(tmp_path / "ledger.key")
    create_digest_key(tmp_path / "digest.key")
    return tmp_path / "ledger.key", tmp_path / "heads.jsonl", tmp_path / "digest.key"


def test_a_purpose_on_an_applied_store_shows_its_columns_records_and_verifies(shop, cluster, keys):
    control = cluster.create_database()
    create_ledger(control)
    with open_ledger(control, *keys) as ledger, psycopg.connect(shop.login_dsn) as conn:
        with avow.purpose("support.provide", **SUPPORT, subject="contact:1", connection=conn, ledger=ledger) as use:
            row = use.execute("select * from contacts where id = 1").fetchone()
            assert "alice@example.com" in row
        with avow.purpose(
            "delivery.goods", recipient="internal.delivery", actor="staff:bob", connection=conn, ledger=ledger
        ) as use:
            assert {n for (n,) in use.execute("select name from contacts").fetchall()} == {"Alice", "Charlie"}
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                use.execute("select email from public.contacts")
            use.rollback()
        with (
            pytest.raises(ClientError) as caught,
            avow.purpose(
                "credit.check", recipient="internal.sales", actor="staff:charlie", connection=conn, ledger=ledger
            ),
        ):
            pass
        assert caught.value.codes == ("client.pair-not-allowed",)
        ledger.flush()
    seen = [(e.kind, e.pair, e.tables, e.rows) for e in read_all(control)]
    assert seen == [
        (Kind.READ, "support.provide/internal.support", "public.contacts", 1),
        (Kind.READ, "delivery.goods/internal.delivery", "public.contacts", 2),
        (Kind.REFUSED, "delivery.goods/internal.delivery", "public.contacts", 0),
    ]
    done = verify_from_files(control, [keys[0].with_suffix(".pub")], keys[1])
    assert done.holds
    assert done.summary().startswith("consistent and whole")


def read_all(dsn):
    with psycopg.connect(dsn) as conn:
        rows = conn.execute("select body from ledger.block order by number").fetchall()
    return [entry for (body,) in rows for entry in read_entries(body)]


def test_an_objectors_new_row_is_hidden_from_marketing_through_the_client(shop, cluster, keys):
    control = cluster.create_database()
    create_ledger(control)
    with shop.owner() as owner:
        owner.execute("select avow.set_state('public.contacts', '1', 'objected:marketing.own', true)")
    marketing = {"recipient": "internal.marketing", "actor": "staff:bob"}
    with open_ledger(control, *keys) as ledger, psycopg.connect(shop.login_dsn) as conn:
        with avow.purpose("support.provide", **SUPPORT, connection=conn, ledger=ledger) as use:
            use.execute("insert into orders (contact_id, address) values (1, 'new street'), (2, 'other street')")
        with avow.purpose("marketing.own", **marketing, connection=conn, ledger=ledger) as use:
            found = {a for (a,) in use.execute("select address from orders").fetchall()}
    assert "other street" in found
    assert not {"new street", "a street"} & found


def test_the_old_application_is_an_unlogged_path(shop):
    assert [path.login for path in find_unlogged_paths(shop.store_map)] == ["shopapp"]
