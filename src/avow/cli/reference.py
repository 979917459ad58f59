"""Writes `docs/reference/cli.md` and `docs/reference/settings.md` out of the parser and the settings themselves.

A test compares the pages with what this module makes, so that they cannot lie. Refuses to hold text of its own about a
command or a setting: what is to be said of it stands where it is defined.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from avow.cli.main import build_parser
from avow.settings import SETTINGS

_WRITTEN = "<!-- made by `python -m avow.cli.reference docs/reference`; do not edit -->"


def cli_page() -> str:
    lines = ["# The command line", "", _WRITTEN, ""]
    lines += ["Exit codes: 0 nothing is broken, 1 something is broken, 2 it could not be done.", ""]
    lines += ["Options before the command:", "", *_options(build_parser()), ""]
    for name, says, parser in _commands(build_parser()):
        lines += [f"## avow {name}", "", f"{says[:1].upper()}{says[1:]}.", "", *_options(parser), ""]
    return "\n".join(lines).rstrip() + "\n"


def settings_page() -> str:
    lines = ["# Settings", "", _WRITTEN, "", "| setting | where | default | what it does |", "|---|---|---|---|"]
    lines += [f"| `{s.key}` | {s.where} | {f'`{s.default}`' if s.default else ''} | {s.says} |" for s in SETTINGS]
    lines += [
        "",
        "Every `AVOW_…` may also stand in `avow.env` beside `avow.toml` (mode 0600), or in the file that `<KEY>_FILE` names.",
    ]
    return "\n".join(lines) + "\n"


def _commands(parser: argparse.ArgumentParser, above: str = "") -> Iterator[tuple[str, str, argparse.ArgumentParser]]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            says = {choice.dest: choice.help or "" for choice in action._choices_actions}
            for name, inner in action.choices.items():
                if not any(isinstance(a, argparse._SubParsersAction) for a in inner._actions):
                    yield f"{above}{name}", says.get(name, ""), inner
                yield from _commands(inner, f"{above}{name} ")


def _options(parser: argparse.ArgumentParser) -> list[str]:
    told = [
        a for a in parser._actions if a.help != argparse.SUPPRESS
    ]  # what the program gives to itself is nobody's option
    shown = [a for a in told if not isinstance(a, argparse._HelpAction | argparse._SubParsersAction)]
    return [f"- `{_spelling(action)}`: {action.help or ', '.join(map(str, action.choices or ()))}" for action in shown]


def _spelling(action: argparse.Action) -> str:
    if not action.option_strings:
        return str(action.metavar or action.dest).upper()
    takes = "" if action.nargs == 0 else f" {action.metavar or action.dest.upper()}"
    return ", ".join(action.option_strings) + takes


def main(folder: Path) -> None:
    """Writes both pages into `folder`."""
    folder.joinpath("cli.md").write_text(cli_page(), encoding="utf-8")
    folder.joinpath("settings.md").write_text(settings_page(), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
