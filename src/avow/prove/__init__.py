"""Promise -> controls -> probes -> verdict, the rule catalogue, and the reports.

Doors:
- `check(scene) -> Report`: every promise of a version, every rule, every probe; never raises for a store or a rule.
- `exit_code(report) -> int`: 0 nothing broken, 1 broken, 2 nothing could be checked.
- `report_json/report_junit/report_html/report_table(report, version) -> str`: the four ways to read it.
- `new_findings(report, baseline) -> tuple[str, ...]`: what an earlier JSON report did not have (the ratchet for CI).
- `avow.prove.catalogue.entries()`: one entry per rule kind.
- `Scene`, `StoreScene`, `PairRights`, `Budget`: what `app` fills in (`avow.prove.scene`).

Refuses: to round a verdict up; to write a value of a real person's row anywhere; to change a governed store (trials are
rolled back, registered canaries are removed again).
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from avow.prove.checking import check
    from avow.prove.report import exit_code, new_findings, report_html, report_json, report_junit, report_table
    from avow.prove.scene import Budget, Scene, StoreScene

# Loaded when asked for: whoever needs a scene's words alone, as every command does, needs no probe and no report.
_LATER = {
    "Budget": "avow.prove.scene",
    "Scene": "avow.prove.scene",
    "StoreScene": "avow.prove.scene",
    "check": "avow.prove.checking",
    "exit_code": "avow.prove.report",
    "new_findings": "avow.prove.report",
    "report_html": "avow.prove.report",
    "report_json": "avow.prove.report",
    "report_junit": "avow.prove.report",
    "report_table": "avow.prove.report",
}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(name)
    return getattr(import_module(_LATER[name]), name)


__all__ = [
    "Budget",
    "Scene",
    "StoreScene",
    "check",
    "exit_code",
    "new_findings",
    "report_html",
    "report_json",
    "report_junit",
    "report_table",
]
