"""PostgreSQL 15 and later as a governed store: one door, `open_postgres`."""

from avow.stores.postgres.store import PostgresStore, open_postgres

__all__ = ["PostgresStore", "open_postgres"]
