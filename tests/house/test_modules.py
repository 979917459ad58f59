"""Modules say what they promise, are named after a thing, import only downwards, and hold no half-finished work."""

import ast
import re
import subprocess
import sys
from pathlib import Path

from source import PACKAGE, ROOT, list_docstrings, list_modules

EMPTY_NAMES = {"utils", "util", "helpers", "helper", "manager", "managers", "common", "base", "misc"}
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX)\b|NotImplementedError|(?i:\bfor now\b|placeholder|not yet implemented)")
# In SQL and HTML `placeholder` is a word of the trade: the value's place in a statement, the hint in a field.
TRADE_WORDS = re.compile(r"sql\.Placeholder|\bplaceholders?\(|placeholder=|INSERT with placeholders")
SQL_WORDS = re.compile(r"\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM|CREATE|ALTER|GRANT|REVOKE|DROP|WITH \w+ AS|DO \$)\s")
SQL_LINES = 2  # one line of SQL, wrapped once by the line length


def test_a_line_imports_only_lines_below_it():
    program = Path(sys.executable).parent / "lint-imports"
    assert program.exists(), "import-linter is not installed: run `bin/bootstrap dev`"
    done = subprocess.run([program], cwd=ROOT, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_module_says_what_it_promises():
    bare = [m.name for m in list_modules() if m.text.strip() and not ast.get_docstring(m.tree)]
    assert bare == []


def test_every_module_longer_than_a_page_says_what_it_refuses():
    silent = [
        m.name
        for m in list_modules()
        if m.text.count("\n") > 60
        and not re.search(r"refuse|\b(never|only|not|nothing|nor|no)\b", ast.get_docstring(m.tree) or "", re.I)
    ]
    assert silent == []


def test_no_module_is_named_after_nothing():
    names = {m.name for m in list_modules() if EMPTY_NAMES & set(m.path.relative_to(PACKAGE).with_suffix("").parts)}
    assert names == set()


def test_the_source_holds_no_unfinished_work():
    found = [
        f"{module.name}:{number}: {line.strip()}"
        for module in list_modules()
        for number, line in enumerate(module.text.splitlines(), 1)
        if UNFINISHED.search(line) and not TRADE_WORDS.search(line)
    ]
    assert found == []


def test_sql_longer_than_a_line_stands_in_sql_files():
    found = []
    for module in list_modules():
        composed = {part for node in ast.walk(module.tree) if isinstance(node, ast.JoinedStr) for part in node.values}
        other = list_docstrings(module.tree) | composed
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in other:
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > SQL_LINES and SQL_WORDS.match(node.value):
                    found.append(f"{module.name}:{node.lineno}")
    assert found == []
