"""A person with 100,000 rows is answered in memory that does not grow with the rows."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import make_asked, make_facts, row

MEASURED = """
import importlib.util, resource, sys
spec = importlib.util.spec_from_file_location("answer_facts", sys.argv[1])
facts = importlib.util.module_from_spec(spec)
sys.modules["answer_facts"] = facts  # its dataclasses look there
spec.loader.exec_module(facts)
from avow.duties.rights.answer import CHUNK, build_answer
from avow.stores.duty import Identifier

def flows(count):
    for n in range(count):
        other = Identifier("email", f"p{n}@other.example")
        yield facts.row("public.traffic", {"remote_email": other.value, "bytes": str(n)}, str(n), others=(other,))

def build(count):
    sizes = {}
    def write(name, chunk):
        assert len(chunk) <= CHUNK
        sizes[name] = sizes.get(name, 0) + len(chunk)
    answer = build_answer(facts.make_asked(), facts.make_facts(), flows(count), write, shown=500)
    assert answer.items == 2 * count
    assert answer.redactions[0].pieces == count
    assert {file.name: file.bytes for file in answer.files} == sizes
    return sizes["data.json"], resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

print(build(2_000)[1], *build(100_000))
"""


@pytest.mark.slow
def test_a_hundred_thousand_rows_take_no_more_memory_than_two_thousand():
    facts = Path(__file__).with_name("conftest.py")
    done = subprocess.run([sys.executable, "-c", MEASURED, facts], check=True, capture_output=True, text=True)
    few, written, many = map(int, done.stdout.split())
    assert written > 20_000_000  # bytes of data.json
    assert many - few < 16 * 1024  # KiB of resident memory at the peak


def test_rows_are_read_once_and_one_at_a_time(build):
    """The builder never asks for a row before the one before it has been written."""
    asked = 0

    def rows():
        nonlocal asked
        for n in range(50):
            asked += 1
            yield row("public.traffic", {"bytes": str(n)}, str(n))

    kept = build(rows(), make_asked(), make_facts())
    assert asked == kept.answer.items == 50
