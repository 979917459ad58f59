"""The mystery shopper: a synthetic person uses every right end to end on the live system and says what came of it.

Refuses to start until every way in that it uses has declared what would leave the house because of it, and in stores that
did not consent to canaries. Plants only values that no real person can have.
"""

from avow.prove.shopper.brief import Brief, Intake, read_brief
from avow.prove.shopper.eyes import Eyes
from avow.prove.shopper.planting import Guest, Planter
from avow.prove.shopper.running import Group, Visit, list_unseen, run_visits, share_out
from avow.prove.shopper.shop import Shop
from avow.prove.shopper.visits import VISITS

__all__ = [
    "VISITS",
    "Brief",
    "Eyes",
    "Group",
    "Guest",
    "Intake",
    "Planter",
    "Shop",
    "Visit",
    "list_unseen",
    "read_brief",
    "run_visits",
    "share_out",
]
