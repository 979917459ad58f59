"""Places: where stores, replicas, archives, backups, the mail relay and firms outside are, and whether that is where they may be.

Doors: `Known` (which address belongs to which place), `find_targets` (where a command sends things), `find_hosts` (where a
server's other end is), `judge_places`.
"""

from avow.duties.places.addresses import Known, make_known
from avow.duties.places.model import Fact, Judged, judge_places
from avow.duties.places.targets import find_hosts, find_targets

__all__ = ["Fact", "Judged", "Known", "find_hosts", "find_targets", "judge_places", "make_known"]
