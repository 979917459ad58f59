"""Lets the mystery shopper use rights or duties and is killed at a point: `python shop_and_die.py PROJECT VISIT,... POINT`."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

from avow.app import shop_project
from avow.app.cases_office import ShopCases
from avow.app.shopping_beside import Beside
from avow.app.shopping_office import ShopOffice
from avow.duties.rights import finishing
from avow.prove.shopper.shop import Shop

POINTS = {
    "while it waits": (Shop, "finish"),
    "while it is done": (finishing, "conclude"),
    "by hand": (ShopOffice, "do_by_hand"),
    "in an office": (ShopCases, "approve"),
    "while another helps": (Beside, "wait"),
}


def die(*_: Any, **__: Any) -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


def main(project: str, visit: str, point: str) -> None:
    setattr(*POINTS[point], die)
    shop_project(Path(project), {}, lambda line: None, tuple(visit.split(",")))
    raise SystemExit("the point was not reached")


if __name__ == "__main__":
    main(*sys.argv[1:])
