"""Wiring: the only place where ports meet. Opens what a command needs and hands it to the rooms.

Decides nothing about privacy itself; it carries settings, connections and the clock to the rooms that do.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from avow.app.auditing import write_bundle
    from avow.app.backups import backup_project, forget_listed, restore_project, try_restore
    from avow.app.campaigns import open_campaigns
    from avow.app.checking import Checked, budget_of, check_project, read_baseline
    from avow.app.databases import control_dsn, public_key_of
    from avow.app.day_one import list_processors, record_of_processing, take_over
    from avow.app.drafting import diff_migration_of, draft_maps, init_project, lint_project, place_quotes, words
    from avow.app.explaining import explain
    from avow.app.governing import apply_project, doctor_project, grants_of, plan_project, remove_project
    from avow.app.intakes import open_intakes, work_deliveries
    from avow.app.jobs import keep_working, run_jobs
    from avow.app.jurisdictions import read_law
    from avow.app.live_practice import report_live_practice
    from avow.app.notices import open_notices
    from avow.app.outgoing import make_outbox, open_outbox, send_waiting
    from avow.app.own_health import check_own_health
    from avow.app.project import Project, open_project, read_settings
    from avow.app.retention import figures_that_stay, lines_of, open_retention, sweep_all, what_goes_when
    from avow.app.retention_evidence import judge
    from avow.app.rights import open_desk
    from avow.app.shopping import Shopped, newest_findings, shop_project, stop_shopping
    from avow.app.telling import open_teller
    from avow.app.workers import open_working

# Loaded when asked for: what some of these need (the queue, PDF, calendars) takes seconds, and no command needs all of them.
_LATER = {
    "Checked": "avow.app.checking",
    "Project": "avow.app.project",
    "Shopped": "avow.app.shopping",
    "Wanted": "avow.app.disclosing",
    "apply_project": "avow.app.governing",
    "backup_project": "avow.app.backups",
    "budget_of": "avow.app.checking",
    "check_own_health": "avow.app.own_health",
    "check_project": "avow.app.checking",
    "control_dsn": "avow.app.databases",
    "diff_migration_of": "avow.app.drafting",
    "doctor_project": "avow.app.governing",
    "draft_maps": "avow.app.drafting",
    "explain": "avow.app.explaining",
    "figures_that_stay": "avow.app.retention",
    "forget_listed": "avow.app.backups",
    "grants_of": "avow.app.governing",
    "init_project": "avow.app.drafting",
    "judge": "avow.app.retention_evidence",
    "keep_working": "avow.app.jobs",
    "lines_of": "avow.app.retention",
    "lint_project": "avow.app.drafting",
    "list_places": "avow.app.governing",
    "list_processors": "avow.app.day_one",
    "make_outbox": "avow.app.outgoing",
    "newest_findings": "avow.app.shopping",
    "open_campaigns": "avow.app.campaigns",
    "open_desk": "avow.app.rights",
    "open_disclosing": "avow.app.disclosures",
    "open_intakes": "avow.app.intakes",
    "open_notices": "avow.app.notices",
    "open_outbox": "avow.app.outgoing",
    "open_project": "avow.app.project",
    "open_register": "avow.app.disclosures",
    "open_retention": "avow.app.retention",
    "open_teller": "avow.app.telling",
    "open_working": "avow.app.workers",
    "place_quotes": "avow.app.drafting",
    "plan_project": "avow.app.governing",
    "public_key_of": "avow.app.databases",
    "read_baseline": "avow.app.checking",
    "read_law": "avow.app.jurisdictions",
    "read_row": "avow.app.disclosing",
    "read_settings": "avow.app.project",
    "record_of_processing": "avow.app.day_one",
    "remove_project": "avow.app.governing",
    "report_live_practice": "avow.app.live_practice",
    "restore_project": "avow.app.backups",
    "run_jobs": "avow.app.jobs",
    "send_waiting": "avow.app.outgoing",
    "shop_project": "avow.app.shopping",
    "stop_shopping": "avow.app.shopping",
    "sweep_all": "avow.app.retention",
    "take_over": "avow.app.day_one",
    "try_restore": "avow.app.backups",
    "what_goes_when": "avow.app.retention",
    "words": "avow.app.drafting",
    "work_deliveries": "avow.app.intakes",
    "write_bundle": "avow.app.auditing",
}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(name)
    return getattr(import_module(_LATER[name]), name)


__all__ = [
    "Checked",
    "Project",
    "Shopped",
    "Wanted",
    "apply_project",
    "backup_project",
    "budget_of",
    "check_own_health",
    "check_project",
    "control_dsn",
    "diff_migration_of",
    "doctor_project",
    "draft_maps",
    "explain",
    "figures_that_stay",
    "forget_listed",
    "grants_of",
    "init_project",
    "judge",
    "keep_working",
    "lines_of",
    "lint_project",
    "list_places",
    "list_processors",
    "make_outbox",
    "newest_findings",
    "open_campaigns",
    "open_desk",
    "open_disclosing",
    "open_intakes",
    "open_notices",
    "open_outbox",
    "open_project",
    "open_register",
    "open_retention",
    "open_teller",
    "open_working",
    "place_quotes",
    "plan_project",
    "public_key_of",
    "read_baseline",
    "read_law",
    "read_row",
    "read_settings",
    "record_of_processing",
    "remove_project",
    "report_live_practice",
    "restore_project",
    "run_jobs",
    "send_waiting",
    "shop_project",
    "stop_shopping",
    "sweep_all",
    "take_over",
    "try_restore",
    "what_goes_when",
    "words",
    "work_deliveries",
    "write_bundle",
]
