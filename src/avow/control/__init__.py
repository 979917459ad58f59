"""Avow's own records: registered policy versions, finished checks, planted canaries; people and their requests.

Lives in the control database, schema `control`. Refuses personal data in the clear: reports hold shapes and counts, a canary is a
synthetic person, and what a person wrote or is known by is sealed under a key of their own and found by keyed digests. Refuses to
change a registered policy version or a line of a timeline: triggers of the database say no.
"""

from avow.control.records import Control, RegisteredVersion, open_control

__all__ = ["Control", "RegisteredVersion", "open_control"]
