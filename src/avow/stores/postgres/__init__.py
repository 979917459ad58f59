"""PostgreSQL 15 and later as a governed store: one door, `open_postgres`."""

from avow.stores.postgres.store import PostgresStore, find_hidden, open_postgres

__all__ = ["PostgresStore", "find_hidden", "open_postgres"]
