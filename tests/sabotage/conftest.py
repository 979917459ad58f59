"""Fixtures of the sabotage tests: the company with its controls in a fresh database of each PostgreSQL."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
