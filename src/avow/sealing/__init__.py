"""Seals values under keys of their own, each wrapped by a key outside the database; dropping one erases every copy.

Refuses to log or to name what it seals.
"""

from avow.sealing.identifiers import NORMALISATION, Digester, normalise, spellings
from avow.sealing.keyfiles import create_secret, load_secret
from avow.sealing.sealer import DataKey, Sealer, Slot
from avow.sealing.store import CompanyKeys, create_keys, drop_keys, get_key, load_keys, open_company_keys

__all__ = [
    "NORMALISATION",
    "CompanyKeys",
    "DataKey",
    "Digester",
    "Sealer",
    "Slot",
    "create_keys",
    "create_secret",
    "drop_keys",
    "get_key",
    "load_keys",
    "load_secret",
    "normalise",
    "open_company_keys",
    "spellings",
]
