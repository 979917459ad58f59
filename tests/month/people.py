"""People who come to the company during the month: each with a name, an address and a number that nobody else has.

Made from seeded random numbers, so that a month can be lived again. Refuses a real person's data: domains end in `.example`,
numbers come from the ranges that Ofcom keeps for drama, no town has the postcodes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

from cloudsentric.company import words

DRAMA = ("0113", "0114", "0115", "0116", "0117", "0118", "0121", "0131", "0141", "0151", "0161")
_SYLLABLES = (
    "bra",
    "cor",
    "den",
    "fal",
    "gar",
    "hol",
    "kes",
    "lun",
    "mar",
    "nor",
    "pel",
    "rus",
    "sel",
    "tor",
    "ver",
    "wyn",
)


@dataclass
class Person:
    """`kind` says as what the company knows them; `at` holds the keys of their rows, by table."""

    kind: str
    name: str
    email: str
    phone: str
    address: str
    at: dict[str, Any] = field(default_factory=dict)

    @property
    def alone(self) -> tuple[str, str, str]:
        """What is this person's and nobody else's, beside the e-mail address."""
        return (self.name, self.phone, self.address)


class Crowd:
    """Makes people, one after the other."""

    def __init__(self, random: Random) -> None:
        self.random, self._count = random, 0

    def person(self, kind: str, domain: str = "") -> Person:
        self._count += 1
        number = self._count
        surname = "".join(_SYLLABLES[number // 16**n % 16] for n in (2, 1, 0)).capitalize()
        first = self.random.choice(words.FIRST)
        name = f"{first} {surname}"
        email = f"{first.lower()}.{surname.lower()}@{domain or f'home{number}.example'}"
        area = DRAMA[number // 1000 % len(DRAMA)]
        address = f"{number} {surname} Terrace, {self.random.choice(words.TOWNS)} ZZ{number % 90 + 10} 4QX"
        return Person(kind, name, email, f"{area} 496 {number % 1000:04}", address)

    def firm(self) -> tuple[str, str]:
        """(name, domain) of an organisation that nobody knew before."""
        self._count += 1
        name = f"{self.random.choice(words.FIRM_HEAD)} {self.random.choice(words.FIRM_TAIL)} M{self._count}"
        return name, f"{name.lower().replace(' ', '-')}.example"
