"""Erases Alice and is killed at a point: `python erase_and_die.py KIND DSN SCHEMA POINT` with inside, at-commit or after."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
import firm

from avow.stores.mariadb.duty import erasing as maria_erasing
from avow.stores.mariadb.duty import open_mariadb_duty
from avow.stores.postgres.duty import erasing as postgres_erasing
from avow.stores.postgres.duty import open_postgres_duty


def die(*_: Any, **__: Any) -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


def main(kind: str, dsn: str, schema: str, point: str) -> None:
    postgres = kind == "postgresql"
    store = (open_postgres_duty if postgres else open_mariadb_duty)(dsn, firm.spec(schema, kind))
    if point == "inside":  # some rows are changed already, none is deleted
        postgres_erasing._delete = postgres_erasing._delete_straight = die
        maria_erasing._count = die
    elif point == "at-commit":
        postgres_erasing._done = maria_erasing._count = die
    store.erase("run", {"a": firm.alice(schema)})
    if point == "after":
        die()
    raise SystemExit("the point was not reached")


if __name__ == "__main__":
    main(*sys.argv[1:])
