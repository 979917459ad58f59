"""What the house rules look at: the files of this repository, parsed once. Refuses to look at what Git ignores."""

from __future__ import annotations

import ast
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "avow"


@dataclass(frozen=True)
class Module:
    path: Path
    text: str
    tree: ast.Module

    @property
    def name(self) -> str:
        return str(self.path.relative_to(ROOT))


@dataclass(frozen=True)
class Function:
    name: str
    place: str
    lines: int


@cache
def list_files() -> tuple[Path, ...]:
    """Every file that Git keeps or would keep."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return tuple(path for name in listed.split("\0") if name and (path := ROOT / name).is_file())


@cache
def list_texts() -> tuple[tuple[Path, str], ...]:
    found = []
    for path in list_files():
        try:
            found.append((path, path.read_text(encoding="utf-8")))
        except UnicodeDecodeError:
            continue  # pictures and fonts
    return tuple(found)


@cache
def list_modules() -> tuple[Module, ...]:
    """The product's own modules."""
    paths = [path for path in list_files() if path.suffix == ".py" and path.is_relative_to(PACKAGE)]
    assert paths, "no module was found: the house rules would pass on nothing"
    return tuple(Module(path, text, ast.parse(text)) for path in paths for text in [path.read_text("utf-8")])


@cache
def list_functions() -> tuple[Function, ...]:
    return tuple(
        Function(node.name, f"{module.name}:{node.lineno}", (node.end_lineno or node.lineno) - node.lineno + 1)
        for module in list_modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )


def list_docstrings(tree: ast.Module) -> set[ast.Constant]:
    kinds = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    return {
        node.body[0].value
        for node in ast.walk(tree)
        if isinstance(node, kinds)
        and node.body
        and isinstance(node.body[0], ast.Expr)
        and isinstance(node.body[0].value, ast.Constant)
    }
