"""Disclosures: who outside may be given what, on which ground, and a gate that lets nothing else through.

Doors: `check_disclosure` (the gate, pure), `fields_for` (what a recipient may have), `figures` (what is told to everybody).
"""

from avow.duties.disclosures.gate import Ruling, check_disclosure
from avow.duties.disclosures.model import CHANNELS, GROUNDS, Ask, Circumstances, Order, Ordinary
from avow.duties.disclosures.reading import fields_for, places_allowed

__all__ = [
    "CHANNELS",
    "GROUNDS",
    "Ask",
    "Circumstances",
    "Order",
    "Ordinary",
    "Ruling",
    "check_disclosure",
    "fields_for",
    "places_allowed",
]
