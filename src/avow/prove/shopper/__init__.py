"""The mystery shopper: a synthetic person uses every right end to end on the live system and says what came of it.

Refuses to start until every way in that it uses has declared what would leave the house because of it, and in stores that
did not consent to canaries. Never touches a row that it did not plant itself.
"""

from avow.prove.shopper.brief import Brief, Intake, read_brief
from avow.prove.shopper.planting import Guest, Planter
from avow.prove.shopper.shop import Shop, Visit, run_visits

__all__ = ["Brief", "Guest", "Intake", "Planter", "Shop", "Visit", "read_brief", "run_visits"]
