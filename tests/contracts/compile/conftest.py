"""A small shop with an old login, as a company would have it, on each PostgreSQL found."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from shop import MAP, SCHEMA, Shop, make_version

__all__ = ["MAP", "make_version", "replace", "subprocess"]


@pytest.fixture
def shop(cluster: Any) -> Shop:
    dsn = cluster.create_database()
    with psycopg.connect(dsn, autocommit=True) as conn:
        exists = conn.execute("SELECT FROM pg_roles WHERE rolname = 'shopapp'").fetchone()
        assert exists is None, "an earlier test left its login behind"
        conn.execute(SCHEMA)
        name = conn.info.dbname
    return Shop(dsn, cluster.dsn_for(name, "shopapp"), cluster.version)
