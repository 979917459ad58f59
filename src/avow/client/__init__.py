"""The client for applications that say what they read for.

Doors: `purpose(...)` (also as `avow.purpose`), `configure(connections, ledger)`, `take_for_good(conn, purpose, recipient)`
for pools per pair, `find_unlogged_paths(store_map, description)`. The same contract as plain SQL: `docs/reference/sql-contract.md`.
Refuses to let an application read for a purpose that its login may not take, or without a record.
"""

from avow.client.purpose import configure, purpose, take_for_good
from avow.client.unlogged import UnloggedPath, find_unlogged_paths
from avow.errors import ClientError

__all__ = ["ClientError", "UnloggedPath", "configure", "find_unlogged_paths", "purpose", "take_for_good"]
