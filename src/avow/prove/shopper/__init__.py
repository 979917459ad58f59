"""The mystery shopper: a synthetic person uses every right end to end on the live system and says what came of it.

Refuses to start until every way in that it uses has declared what would leave the house because of it, and in stores that
did not consent to canaries. Never touches a row that it did not plant itself.
"""

from avow.prove.shopper.brief import Brief, Intake, read_brief
from avow.prove.shopper.eyes import Eyes
from avow.prove.shopper.planting import Guest, Planter
from avow.prove.shopper.running import Visit, clean_up, run_visits
from avow.prove.shopper.shop import Shop
from avow.prove.shopper.visits import VISITS

__all__ = [
    "VISITS",
    "Brief",
    "Eyes",
    "Guest",
    "Intake",
    "Planter",
    "Shop",
    "Visit",
    "clean_up",
    "read_brief",
    "run_visits",
]
