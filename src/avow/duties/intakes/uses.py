"""The share of uses that serve to supply what was ordered.

Promises: every recorded use counts once, under the purpose of its pair. Refuses to call it a share where nothing is recorded.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

# What is done to supply a product or a service that somebody ordered, and to be paid for it.
SERVICE = (
    "service.provide",
    "service.operate",
    "service.maintain",
    "order",
    "support",
    "billing",
    "enquiry",
    "account",
)


@dataclass(frozen=True)
class Share:
    """`service` of `total` recorded uses."""

    service: int = 0
    total: int = 0

    @property
    def is_most(self) -> bool:
        return self.total > 0 and self.service * 2 > self.total


def is_service(purpose: str) -> bool:
    """Whether a purpose is one of supplying."""
    return any(purpose == head or purpose.startswith(f"{head}.") for head in SERVICE)


def count_share(pairs: Iterable[str]) -> Share:
    """Of the pairs ("purpose/recipient") of recorded uses, one for each use."""
    purposes = [pair.partition("/")[0] for pair in pairs if pair]
    return Share(sum(map(is_service, purposes)), len(purposes))
