"""The duty store of PostgreSQL: finds, reads, erases, corrects, marks and searches people in a governed database."""

from avow.stores.postgres.duty.store import PostgresDuty, open_postgres_duty

__all__ = ["PostgresDuty", "open_postgres_duty"]
