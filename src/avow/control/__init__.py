"""Avow's own records: registered policy versions, finished checks, planted canaries.

Lives in the control database, schema `control`. Refuses personal data: reports hold shapes and counts only, and a
canary is a synthetic person. Refuses to change a registered policy version: a trigger of the database says no.
"""

from avow.control.records import Control, RegisteredVersion, open_control

__all__ = ["Control", "RegisteredVersion", "open_control"]
