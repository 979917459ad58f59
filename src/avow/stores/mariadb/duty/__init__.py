"""The duty store of MariaDB: finds, reads, erases, corrects and searches people; marks are refused, nothing enforces them."""

from avow.stores.mariadb.duty.store import MariaDuty, open_mariadb_duty

__all__ = ["MariaDuty", "open_mariadb_duty"]
