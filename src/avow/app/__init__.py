"""Wiring: the only place where ports meet. Opens what a command needs and hands it to the rooms.

Decides nothing about privacy itself; it carries settings, connections and the clock to the rooms that do.
"""

from avow.app.checking import Checked, budget_of, check_project, read_baseline
from avow.app.databases import control_dsn, public_key_of
from avow.app.drafting import diff_migration_of, draft_maps, init_project, lint_project, place_quotes, words
from avow.app.explaining import explain
from avow.app.governing import apply_project, doctor_project, grants_of, plan_project, remove_project
from avow.app.jobs import keep_working, run_jobs
from avow.app.project import Project, open_project, read_settings
from avow.app.rights import open_desk, open_working
from avow.app.shopping import Shopped, newest_findings, shop_project, stop_shopping

__all__ = [
    "Checked",
    "Project",
    "Shopped",
    "apply_project",
    "budget_of",
    "check_project",
    "control_dsn",
    "diff_migration_of",
    "doctor_project",
    "draft_maps",
    "explain",
    "grants_of",
    "init_project",
    "keep_working",
    "lint_project",
    "newest_findings",
    "open_desk",
    "open_project",
    "open_working",
    "place_quotes",
    "plan_project",
    "public_key_of",
    "read_baseline",
    "read_settings",
    "remove_project",
    "run_jobs",
    "shop_project",
    "stop_shopping",
    "words",
]
