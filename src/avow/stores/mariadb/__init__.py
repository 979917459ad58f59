"""MariaDB 10.6 and later as a governed store: one door, `open_mariadb`."""

from avow.stores.mariadb.store import MariaStore, open_mariadb

__all__ = ["MariaStore", "open_mariadb"]
