"""The ledger: an append-only record of who used what for what, whose every later change is found.

Doors: `create_ledger(dsn)`, `open_ledger(dsn, key, heads, digest_key) -> Ledger` (`record`, `record_access`,
`record_and_wait`, `subject_digest`, `digester`, `sign_head`, `flush`, `close`), `find_uses` (what is recorded about a person),
`create_key`, `create_digest_key`; the separate verifier is `avow.ledger.verify`. Knows nothing of privacy; refuses anything
but names, keyed digests and counts.
"""

from avow.ledger.chain import EntryProof, create_ledger
from avow.ledger.entry import NOBODY, UNKNOWN_COUNT, Digest, Digester, Entry, Kind
from avow.ledger.heads import Head
from avow.ledger.keys import create_digest_key, create_key, load_digester
from avow.ledger.reading import access_window, find_uses
from avow.ledger.recorder import Ledger, Receipt, open_ledger

__all__ = [
    "NOBODY",
    "UNKNOWN_COUNT",
    "Digest",
    "Digester",
    "Entry",
    "EntryProof",
    "Head",
    "Kind",
    "Ledger",
    "Receipt",
    "access_window",
    "create_digest_key",
    "create_key",
    "create_ledger",
    "find_uses",
    "load_digester",
    "open_ledger",
]
