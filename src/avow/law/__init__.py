"""Law as data: clocks, extensions, pauses, fees and grounds by jurisdiction, each with its source. Refuses to give advice."""

from avow.law.clocks import Due, Pause, confirm_due, due_of, local_day
from avow.law.company import CompanyLaw, choose_law
from avow.law.fees import NO_FEE, Fee, excessive_fee, fee_for
from avow.law.profiles import Clock, Ground, Profile, Route, Span, Telling, get_profile, load_profiles

__all__ = [
    "NO_FEE",
    "Clock",
    "CompanyLaw",
    "Due",
    "Fee",
    "Ground",
    "Pause",
    "Profile",
    "Route",
    "Span",
    "Telling",
    "choose_law",
    "confirm_due",
    "due_of",
    "excessive_fee",
    "fee_for",
    "get_profile",
    "load_profiles",
    "local_day",
]
