"""Commands that plan, change and undo what Avow does to a store.

Only `apply`, `doctor --repair` and `remove` change a store; each shows first what it will do and is safe to run again.
"""

from __future__ import annotations

import argparse
import re
from typing import Any

import avow.app
from avow.cli.printing import progress_of
from avow.compilers import Plan
from avow.errors import AvowError, Diagnostic, Place


def add_commands(commands: Any) -> None:
    plan = commands.add_parser("plan", help="every statement that apply would run, and the sentence that asks for it")
    plan.add_argument("--sql", action="store_true", help="print the statements themselves")
    plan.set_defaults(run=run_plan)
    apply = commands.add_parser("apply", help="carry the plan out, in three phases that can be resumed")
    apply.set_defaults(run=run_apply)
    remove = commands.add_parser("remove", help="restore the store exactly as it was")
    remove.set_defaults(run=run_remove)
    doctor = commands.add_parser("doctor", help="what was changed behind Avow's back, and whether Avow itself is well")
    doctor.add_argument("--repair", action="store_true", help="apply again what was taken away")
    doctor.set_defaults(run=run_doctor)
    grants = commands.add_parser("grants", help="the least-privilege SQL for Avow's own logins")
    grants.add_argument("--store", default="", help="the store's name in avow.toml (default: the first)")
    grants.add_argument("--prefix", default="avow_", help="what the names of the logins begin with (default: avow_)")
    grants.set_defaults(run=run_grants)


def run_plan(arguments: argparse.Namespace) -> int:
    project = avow.app.open_project(arguments.project, arguments.environ)
    for plan in avow.app.plan_project(project):
        print_plan(plan, arguments.sql)
    return 0


def print_plan(plan: Plan, with_sql: bool) -> None:
    """Statements by phase; what this target does not enforce, by name; warnings; whose reads nobody logs."""
    print(f"plan for store `{plan.store}` ({plan.target}), policy version {plan.policy_version}")
    if plan.empty:
        print("  nothing to do: the store is as the policy asks")
    for statement in plan.statements:
        size = f", {statement.rows:,} rows" if statement.rows else ""
        back = "" if statement.reversible else ", cannot be undone"
        print(f"  {statement.phase:8} {statement.says}  [lock: {statement.lock}{size}{back}]")
        print(f"           because of {', '.join(statement.why) or 'every promise'}")
        if with_sql:
            print("\n".join(f"           | {line}" for line in statement.sql.splitlines()))
    for gate in plan.gates:
        print(
            f"  not enforced by {gate.target}: {gate.rule} needs `{gate.construct}`  {gate.gate and f'({gate.gate})'}"
        )
    for warning in plan.warnings:
        print(f"  warning: {warning}")
    for path in plan.unlogged:
        print(f"  reads not logged: {path}")


def run_apply(arguments: argparse.Namespace) -> int:
    project = avow.app.open_project(arguments.project, arguments.environ)
    for store, done in avow.app.apply_project(project, progress_of(arguments)):
        print(f"store `{store}`: {done}")
    return 0


def run_remove(arguments: argparse.Namespace) -> int:
    project = avow.app.open_project(arguments.project, arguments.environ)
    for store, done in avow.app.remove_project(project, progress_of(arguments)):
        print(f"store `{store}`: {done}")
    return 0


def run_doctor(arguments: argparse.Namespace) -> int:
    """Exit code 1 while something differs from what apply left behind, or Avow itself is ill."""
    project = avow.app.open_project(arguments.project, arguments.environ)
    differences = avow.app.doctor_project(project)
    for line in differences:
        print(line)
    own = avow.app.check_own_health(project.settings, progress_of(arguments))
    for diagnostic in own:
        print(f"{diagnostic}\n")
    if differences and arguments.repair:
        return run_apply(arguments)
    print(f"{len(differences)} differences" if differences else "nothing differs from what apply left behind")
    return 1 if differences or any(d.severity == "error" for d in own) else 0


def run_grants(arguments: argparse.Namespace) -> int:
    project = avow.app.open_project(arguments.project, arguments.environ)
    if not re.fullmatch(r"[a-z_][a-z0-9_]*", arguments.prefix):
        raise AvowError(
            Diagnostic(
                Place("--prefix"),
                "grants.bad-prefix",
                "the names of roles begin with a small letter, and go on with small letters, digits and underscores",
                "give a prefix such as acme_",
                "nothing is printed",
            )
        )
    print(avow.app.grants_of(project, arguments.store, arguments.prefix))
    return 0
