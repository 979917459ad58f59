"""Every error code has a page, and every page a code that the source can raise."""

import ast
import re

from source import ROOT, list_modules

from avow.policy.promise import RULE_KINDS
from avow.settings import SETTINGS

PAGES = ROOT / "docs" / "errors"
CODE = re.compile(r"[a-z]+\.[a-z0-9]+(-[a-z0-9]+)*")
FILE_ENDINGS = {
    "css",
    "html",
    "json",
    "jsonl",
    "key",
    "lock",
    "log",
    "md",
    "pub",
    "py",
    "sql",
    "toml",
    "txt",
    "yaml",
    "env",
}


def list_pages() -> set[str]:
    return {page.stem for page in PAGES.glob("*.md") if page.stem != "README"}


def list_codes() -> set[str]:
    """Literals that look like codes: of a family that has a page, or with a hyphen, which no term or key has."""
    families = {page.split(".")[0] for page in list_pages()}
    other = {setting.key for setting in SETTINGS} | set(RULE_KINDS)
    other |= {setting.key.partition(".<")[0] for setting in SETTINGS}  # a table with a name for each entry
    return {
        node.value
        for module in list_modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and CODE.fullmatch(node.value)
        and node.value not in other
        and node.value.split(".")[1] not in FILE_ENDINGS
        and (node.value.split(".")[0] in families or "-" in node.value)
    }


def test_every_code_has_a_page():
    assert list_codes() - list_pages() == set()


def test_every_page_has_a_code():
    assert list_pages() - list_codes() == set()


def test_every_page_says_what_it_means_an_example_the_fix_and_what_follows():
    """Headings differ from room to room; a page with fewer than four parts after its title lacks one of them."""
    lacking = {}
    for page in sorted(PAGES.glob("*.md")):
        title, *parts = re.split(r"\n\s*\n", page.read_text(encoding="utf-8").strip())
        if page.stem != "README" and (title.replace("`", "") != f"# {page.stem}" or len(parts) < 4):
            lacking[page.name] = len(parts)
    assert lacking == {}
