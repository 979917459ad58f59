"""The repository stands alone: it leans on nothing beside it, names no workplace, and holds no secret."""

import os
import re
import shutil
from pathlib import Path

import pytest
from source import ROOT, list_texts

HERE = Path(__file__)
OUTSIDE = re.compile(r"\.\./shared\b|/work/(main|wt|shared|notes|venv)\b|\bissues? (#|show |no\. ?)?\d+\b", re.I)
SECRETS = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----|\bAKIA[0-9A-Z]{16}\b|\bghp_\w{36}\b")
# a program that the tests start -> the Debian package that brings it
PROGRAMS = {
    "chromium-headless-shell": "chromium-headless-shell",
    "mariadbd": "mariadb-server",
    "php": "php-cli",
    "git": "git",
    "setpriv": "util-linux",
}


def test_nothing_in_the_repository_leans_on_what_stands_beside_it():
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
        for path, text in list_texts()
        if path != HERE
        for number, line in enumerate(text.splitlines(), 1)
        if OUTSIDE.search(line)
    ]
    assert found == []


def test_no_secret_is_kept_in_the_repository():
    assert [path.name for path, text in list_texts() if path != HERE and SECRETS.search(text)] == []


def test_the_environment_is_read_in_one_place():
    allowed = {"main.py"}
    found = [
        path.name
        for path, text in list_texts()
        if path.is_relative_to(ROOT / "src") and path.name not in allowed and re.search(r"os\.(environ|getenv)\b", text)
    ]
    assert found == []


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_that_the_tests_start_is_here(program):
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin"])
    assert shutil.which(program, path=path), f"install it: apt-get install {PROGRAMS[program]}"


def test_the_scripts_can_be_run():
    assert [name for name in ("bin/bootstrap", ".ci/run") if not os.access(ROOT / name, os.X_OK)] == []
