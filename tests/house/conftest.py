"""Makes `source` importable for the tests beside it (tests are imported by path)."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
