"""Writes docs/reference/rules.md from the catalogue: `python -m avow.prove.catalogue > docs/reference/rules.md`."""

from __future__ import annotations

import sys

from avow.prove.catalogue.page import rules_page

if __name__ == "__main__":
    sys.stdout.write(rules_page())
