"""Avow makes a company's privacy policy true, and proves it sentence by sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from avow.client import purpose as purpose

__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    """`avow.purpose`, without making every import of the package load the client and psycopg."""
    if name == "purpose":
        from avow.client import purpose

        return purpose
    raise AttributeError(f"module `avow` has no attribute `{name}`")
