"""PostgreSQL from nothing: find binaries, create a data directory, run it only while somebody uses it.

Promises: `ensure_server(home)` gives a running server that is stopped when the last process using it is gone,
however that process ended. Refuses to listen on a network, to run as root, and to touch a data directory that it
did not make. Design and limits: docs/explanation/embedded.md.
"""

from avow.embedded.binaries import Binaries, list_binaries
from avow.embedded.server import RunningServer, ensure_server, remove_server

__all__ = ["Binaries", "RunningServer", "ensure_server", "list_binaries", "remove_server"]
