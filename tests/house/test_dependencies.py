"""What Avow depends on: free licences without GPL, one lock from PyPI, and a wheel that holds the product alone."""

import re
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import PackageNotFoundError, distribution

from packaging.requirements import Requirement
from source import ROOT

# LGPL libraries are used unmodified and can be replaced, which is all their licence asks.
GPL = re.compile(
    r"(?<!L)(?<!Lesser )(?<!Lesser General Public License )\b(A?GPL|(Affero )?GNU General Public|GNU Affero)", re.I
)
HOSTS = {"https://pypi.org/simple", "https://files.pythonhosted.org"}


def list_requirements() -> set[str]:
    """The names of everything that is installed with Avow, and for its tests."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = project["dependency-groups"]
    waiting = [Requirement(text) for text in project["project"]["dependencies"] + groups["dev"] + groups["example"]]
    seen: set[str] = set()
    while waiting:
        needed = waiting.pop()
        if needed.name.lower() in seen:
            continue
        seen.add(needed.name.lower())
        for text in distribution(needed.name).requires or []:
            inner = Requirement(text)
            extras = needed.extras or {""}
            if inner.marker is None or any(inner.marker.evaluate({"extra": extra}) for extra in extras):
                waiting.append(inner)
    return seen


def test_no_dependency_is_under_the_gpl():
    found = {}
    for name in list_requirements():
        about = distribution(name).metadata
        said = [about.get("License-Expression") or "", *(about.get_all("Classifier") or [])]
        said += (about.get("License") or "").splitlines()[:1]
        if bad := [text for text in said if GPL.search(text)]:
            found[name] = bad
    assert found == {}


def test_the_search_for_gpl_finds_it():
    assert GPL.search("License :: OSI Approved :: GNU General Public License v3 (GPLv3)")
    assert GPL.search("AGPL-3.0-only")
    assert not GPL.search("LGPL-3.0-only")


def test_every_dependency_is_installed():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    missing = []
    for text in project["project"]["dependencies"]:
        try:
            distribution(Requirement(text).name)
        except PackageNotFoundError:
            missing.append(text)
    assert missing == []


def test_the_lock_names_pypi_and_nothing_else():
    lock = (ROOT / "uv.lock").read_text(encoding="utf-8")
    urls = set(re.findall(r'"((?:https?|file)://[^"]+)"', lock))
    assert {url for url in urls if not any(url.startswith(host) for host in HOSTS)} == set()
    assert len(urls) > 50


def test_the_lock_names_every_dependency():
    locked = {package["name"] for package in tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]}
    assert {name.replace("_", "-").replace(".", "-") for name in list_requirements()} - locked == set()


def test_the_wheel_holds_the_product_alone(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names} == {"avow", wheel.name.rsplit("-", 3)[0] + ".dist-info"}
    assert [name for name in names if re.search(r"sabotage|(^|/)(tests?|conftest|test_\w+)(\.py|/)", name)] == []
    assert "avow/vocabulary/terms.yaml" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    sources = {str(path.relative_to(ROOT / "src")) for path in (ROOT / "src" / "avow").rglob("*.sql")}
    assert sources <= set(names)
