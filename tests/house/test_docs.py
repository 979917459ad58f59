"""The reference pages are what the program says of itself, and links between pages lead somewhere."""

import re
from argparse import SUPPRESS, ArgumentParser
from importlib import import_module

import pytest
from source import ROOT, list_texts

from avow.cli.main import ROOMS, _rooms_of, build_parser
from avow.cli.reference import cli_page, settings_page
from avow.settings import SETTINGS

REFERENCE = ROOT / "docs" / "reference"
LINK = re.compile(r"\[[^\]]*\]\((?!https?://|mailto:|#)([^)#\s]+)")
RENEW = "run `python -m avow.cli.reference docs/reference`"


@pytest.mark.parametrize(("page", "made"), [("cli.md", cli_page), ("settings.md", settings_page)])
def test_a_reference_page_is_what_the_program_says(page, made):
    assert (REFERENCE / page).read_text(encoding="utf-8") == made(), RENEW


def test_the_command_line_page_is_silent_about_what_the_program_gives_to_itself():
    assert "--once" in cli_page()
    assert not [words for words in (SUPPRESS, "--pulse", "--child") if words in cli_page()]


def test_every_setting_and_every_command_says_what_it_is_for():
    assert [setting.key for setting in SETTINGS if not setting.says.strip()] == []
    subparsers = [action for action in build_parser()._actions if action.choices and action.dest == "==SUPPRESS=="]
    for action in subparsers:
        assert set(action.choices) == {choice.dest for choice in action._choices_actions if choice.help}


def test_each_module_of_commands_adds_those_that_the_command_line_looks_for_in_it():
    for room, names in ROOMS.items():
        commands = ArgumentParser().add_subparsers()
        import_module(f"avow.cli.{room}").add_commands(commands)
        assert tuple(commands.choices) == names, room


def test_a_command_may_have_options_that_stand_before_commands_too():
    given = ["--quiet", "notices", "tell", "--version", "2026-02", "--by", "bob"]
    assert list(_rooms_of(given)) == ["notices"]
    assert build_parser(_rooms_of(given)).parse_args(given).version == "2026-02"
    assert list(_rooms_of(["--version"])) == []
    assert _rooms_of(["no-such-command"]) is ROOMS


def test_links_between_pages_lead_somewhere():
    broken = [
        f"{path.relative_to(ROOT)}: {target}"
        for path, text in list_texts()
        if path.suffix == ".md" and not path.is_relative_to(ROOT / "tests")
        for target in LINK.findall(text)
        if not (path.parent / target).exists()
    ]
    assert broken == []
