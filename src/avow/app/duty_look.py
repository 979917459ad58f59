"""What a reader of a duty's evidence may look at: values and open connections, never how they were opened. Refuses nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

from avow.app.project import Project
from avow.prove.scene import StoreScene


@dataclass(frozen=True)
class Look:
    """What a reader may look at. `connection` reads Avow's own database (autocommit); `now` is UTC."""

    connection: psycopg.Connection[Any]
    project: Project
    stores: Sequence[StoreScene]
    now: datetime
