"""Verifies an auditor's bundle offline: `python verifier.py FOLDER [--key FILE]`. Needs Python alone.

Promises that each of these is named: a file that was changed, added or left out, a verdict stronger than its probes, a quote that
the policy does not have, a head that the key did not sign, a sample that is not in the ledger. What it trusts is the public key:
take that from the company by another way than the bundle. Refuses to say that what the company wrote down is the truth: only that
it is what it wrote down, and that the verdicts follow from it.
Source: RFC 8032 (Ed25519), RFC 6962 and RFC 9162 (Merkle trees).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import struct
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

HEADER = struct.Struct(">BQ16sQI32s32s32s")  # format, number, log, at, count, before, root, digest of the body
GROUP = 8  # entries in a leaf of a block
SAMPLES = 24  # entries that are shown, fewer where there are fewer blocks
STRENGTH = ("broken", "unproven", "attested", "kept")  # weakest first
_P = 2**255 - 19
_Q = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, _P - 2, _P) % _P
_ROOT = pow(2, (_P - 1) // 4, _P)
Point = tuple[int, int, int, int]


# -- Ed25519 ------------------------------------------------------------------------------------------------------------


def _add(a: Point, b: Point) -> Point:
    one, two = (a[1] - a[0]) * (b[1] - b[0]) % _P, (a[1] + a[0]) * (b[1] + b[0]) % _P
    three, four = 2 * a[3] * b[3] * _D % _P, 2 * a[2] * b[2] % _P
    e, f, g, h = two - one, four - three, four + three, two + one
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _multiply(times: int, point: Point) -> Point:
    found: Point = (0, 1, 1, 0)
    while times:
        if times & 1:
            found = _add(found, point)
        point, times = _add(point, point), times >> 1
    return found


def _point(data: bytes) -> Point | None:
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    if y >= _P:
        return None
    square = (y * y - 1) * pow(_D * y * y + 1, _P - 2, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * _ROOT % _P
    if (x * x - square) % _P or (not x and sign):
        return None
    x = _P - x if (x & 1) != sign else x
    return x, y, 1, x * y % _P


_G = _point((4 * pow(5, _P - 2, _P) % _P).to_bytes(32, "little"))


def is_signed(key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the holder of `key` signed the message (RFC 8032, 5.1.7)."""
    if len(key) != 32 or len(signature) != 64 or _G is None:
        return False
    public, half, s = _point(key), _point(signature[:32]), int.from_bytes(signature[32:], "little")
    if public is None or half is None or s >= _Q:
        return False
    digest = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % _Q
    left, right = _multiply(s, _G), _add(half, _multiply(digest, public))
    return not ((left[0] * right[2] - right[0] * left[2]) % _P or (left[1] * right[2] - right[1] * left[2]) % _P)


# -- the ledger ---------------------------------------------------------------------------------------------------------


def is_included(leaf: bytes, index: int, size: int, path: list[bytes], root: bytes) -> bool:
    """Whether the path leads from the leaf hash to the root (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    at, last, found = index, size - 1, leaf
    for sibling in path:
        if not last:
            return False
        if at & 1 or at == last:
            found = hashlib.sha256(b"\x01" + sibling + found).digest()
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = hashlib.sha256(b"\x01" + found + sibling).digest()
        at, last = at >> 1, last >> 1
    return not last and found == root


def pick(root: bytes, number: int, size: int) -> int:
    """Which of `size` things sample `number` is about: the root decides, so that nobody can choose what is shown."""
    return int.from_bytes(hashlib.sha256(root + number.to_bytes(4, "big")).digest(), "big") % size


def check_heads(folder: Path, key: bytes) -> Iterator[str]:
    """Each line of ledger/heads.jsonl is signed, and none is shorter than one before it."""
    size = 0
    for number, line in enumerate(_lines(folder / "ledger" / "heads.jsonl"), 1):
        log, root, signature = (bytes.fromhex(line[name]) for name in ("log", "root", "signature"))
        signed = b"avow ledger head 1\n" + log + line["size"].to_bytes(8, "big") + line["at"].to_bytes(8, "big") + root
        if not is_signed(key, signed, signature):
            yield f"ledger/heads.jsonl, line {number}: the key did not sign this head"
        if line["size"] < size:
            yield f"ledger/heads.jsonl, line {number}: the ledger became shorter"
        size = max(size, line["size"])


def check_samples(folder: Path) -> Iterator[str]:
    """Each sample is the entry that the newest head's root picks, and stands under that root."""
    heads = list(_lines(folder / "ledger" / "heads.jsonl"))
    samples = list(_lines(folder / "ledger" / "samples.jsonl"))
    if not heads:
        yield from (["ledger/samples.jsonl: there are samples and no head"] if samples else [])
        return
    head = max(heads, key=lambda line: (line["size"], line["at"]))
    root = bytes.fromhex(head["root"])
    if len(samples) != min(SAMPLES, head["size"]):
        yield f"ledger/samples.jsonl: {min(SAMPLES, head['size'])} samples are due, and {len(samples)} are shown"
    for number, sample in enumerate(samples):
        if wrong := _wrong_sample(sample, number, head["size"], root):
            yield f"ledger/samples.jsonl, line {number + 1}: {wrong}"


def _wrong_sample(sample: dict[str, Any], number: int, size: int, root: bytes) -> str:
    header, leaf = bytes.fromhex(sample["header"]), bytes.fromhex(sample["leaf"])
    if len(header) != HEADER.size:
        return "this is no header of a block"
    _, block, _, _, count, _, entries, _ = HEADER.unpack(header)
    if not 0 <= sample["index"] < GROUP:
        return "no leaf holds an entry of that number"
    at = sample["number"] * GROUP + sample["index"]
    if block != pick(root, number, size) or at != pick(root + b"entry", number, count):
        return "it is not the entry that the root picks"
    path, block_path = ([bytes.fromhex(one) for one in sample[name]] for name in ("path", "block_path"))
    if not is_included(hashlib.sha256(leaf).digest(), sample["number"], -(-count // GROUP), path, entries):
        return "the entry is not in its block"
    top = hashlib.sha256(b"\x00" + header).digest()
    return "" if is_included(top, block, size, block_path, root) else "the block is not under the signed root"


# -- files and verdicts -------------------------------------------------------------------------------------------------


def check_files(folder: Path, key: bytes) -> Iterator[str]:
    """The manifest is signed, and names every file with its digest."""
    text = (folder / "manifest.json").read_bytes()
    if not is_signed(key, text, bytes.fromhex((folder / "manifest.sig").read_text().strip())):
        yield "manifest.json: the key did not sign it"
    listed: dict[str, str] = json.loads(text)["files"]
    there = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    yield from (
        f"{name}: the manifest does not name it" for name in sorted(there - {*listed, "manifest.json", "manifest.sig"})
    )
    for name, digest in sorted(listed.items()):
        if name not in there:
            yield f"{name}: it is missing"
        elif hashlib.sha256((folder / name).read_bytes()).hexdigest() != digest:
            yield f"{name}: it was changed"


def check_verdicts(folder: Path) -> Iterator[str]:
    """No verdict is stronger than its weakest rule, no rule than its probes; the totals are their counts."""
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    counts: dict[str, int] = {}
    for statement in report["statements"]:
        counts[statement["verdict"]] = counts.get(statement["verdict"], 0) + 1
        if statement["verdict"] in STRENGTH[2:]:
            yield from _wrong_verdict(statement)
    totals = {name: count for name, count in report["totals"]["statements"].items() if count}
    if totals != counts:
        yield "report.json: the totals are not the counts of the statements"


def _wrong_verdict(statement: dict[str, Any]) -> Iterator[str]:
    name, rank = statement["id"], STRENGTH.index(statement["verdict"])
    if not statement["rules"]:
        yield f"report.json, `{name}`: {statement['verdict']} without a rule"
    for rule in statement["rules"]:
        if rule["verdict"] not in STRENGTH or STRENGTH.index(rule["verdict"]) < rank:
            yield f"report.json, `{name}`: {statement['verdict']}, and its rule `{rule['id']}` is {rule['verdict']}"
        results = [probe["result"] for probe in rule["probes"]]
        if not results or any(result != "held" for result in results):
            yield f"report.json, `{name}`: the probes of `{rule['id']}` do not say so"


def check_quotes(folder: Path) -> Iterator[str]:
    """Every statement quotes the words of the policy version that the report is about."""
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    text = _folded((folder / "policy" / f"{report['policy_version']}.md").read_text(encoding="utf-8"))
    for statement in report["statements"]:
        if _folded(statement["quote"]) not in text:
            yield f"report.json, `{statement['id']}`: the policy does not say this"


def _folded(text: str) -> str:
    return " ".join(text.translate(str.maketrans("\u2018\u2019\u201c\u201d\u2013\u2014", "''\"\"--")).split())


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    if path.exists():
        yield from (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip())


def verify(folder: Path, key: bytes) -> list[str]:
    """Everything that is wrong, in words; empty where nothing is."""
    found: list[str] = []
    checks: tuple[Callable[[], Iterator[str]], ...] = (
        partial(check_files, folder, key),
        partial(check_heads, folder, key),
        partial(check_samples, folder),
        partial(check_verdicts, folder),
        partial(check_quotes, folder),
    )
    for check in checks:
        try:
            found += check()
        except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
            found.append(f"the bundle cannot be read ({type(error).__name__}: {error})")
    return found


def main() -> int:
    """Exit code 0: nothing is wrong; 1: something is; 2: no key."""
    parser = argparse.ArgumentParser(description="Verifies an auditor's bundle offline.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--key", type=Path, help="the company's public key, got by another way than the bundle")
    arguments = parser.parse_args()
    try:
        key = bytes.fromhex((arguments.key or arguments.folder / "ledger" / "ledger.pub").read_text().strip())
    except (OSError, ValueError):
        print("no public key can be read", file=sys.stderr)
        return 2
    found = verify(arguments.folder, key)
    for words in found:
        print(f"WRONG  {words}")
    if not arguments.key:
        print("the key came with the bundle: it shows that nothing was changed since, not who wrote it")
    print("nothing is wrong" if not found else f"{len(found)} things are wrong")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
