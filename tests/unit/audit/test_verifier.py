"""The verifier that lies in an auditor's bundle: its own signatures and trees, and a verdict stronger than its probes."""

import json
import subprocess
import sys
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from avow.ledger.tree import inclusion_proof, root_of
from avow.prove.audit import verifier
from avow.prove.principles import VERDICTS, list_principles


def test_it_accepts_what_the_key_signed_and_nothing_else():
    for number in range(4):
        key = Ed25519PrivateKey.from_private_bytes(sha256(bytes([number])).digest())
        message, public = b"words" * number, key.public_key().public_bytes_raw()
        signature = key.sign(message)
        assert verifier.is_signed(public, message, signature)
        assert not verifier.is_signed(public, message + b".", signature)
        assert not verifier.is_signed(public, message, signature[:63] + bytes([signature[63] ^ 1]))
        assert not verifier.is_signed(sha256(public).digest(), message, signature)


def test_it_follows_paths_as_the_ledger_makes_them():
    leaves = [sha256(bytes([n])).digest() for n in range(11)]

    def get(level, at):
        return root_of(leaves[at << level : (at + 1) << level])

    for index, leaf in enumerate(leaves):
        path = list(inclusion_proof(get, index, len(leaves)))
        assert verifier.is_included(leaf, index, len(leaves), path, root_of(leaves))
        assert not verifier.is_included(leaf, (index + 1) % 11, len(leaves), path, root_of(leaves))


def statement(verdict, rule="kept", result="held", **more):
    probes = [{"name": "tried", "result": result}]
    return {
        "id": "a",
        "verdict": verdict,
        "rules": [{"id": "a/1", "kind": "permit", "verdict": rule, "probes": probes}],
        **more,
    }


def wrong(tmp_path, *statements, **totals):
    report = {"statements": statements, "totals": {"statements": totals}}
    (tmp_path / "report.json").write_text(json.dumps(report))
    return list(verifier.check_verdicts(tmp_path))


def test_no_verdict_is_stronger_than_what_was_tried(tmp_path):
    assert wrong(tmp_path, statement("kept"), statement("broken", "broken", "broke"), kept=1, broken=1) == []
    assert len(wrong(tmp_path, statement("kept", "attested"), kept=1)) == 1
    assert len(wrong(tmp_path, statement("kept", result="could_not"), kept=1)) == 1
    assert len(wrong(tmp_path, statement("kept"), kept=2)) == 1
    assert len(wrong(tmp_path, {"id": "b", "verdict": "kept", "rules": []}, kept=1)) == 1


def test_it_runs_without_anything_of_avow(tmp_path):
    done = subprocess.run(
        [sys.executable, "-I", "-S", verifier.__file__, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr.strip()) == (2, "no public key can be read")


def test_each_statement_stands_under_a_principle_and_the_weak_ones_are_named():
    found = list_principles(
        [statement("kept", act="use"), statement("broken", act="duty_of_user"), {"verdict": "not_checkable"}]
    )
    assert len(found) == 10
    assert {p.name: p.total for p in found if p.total} == {"purpose specification": 2, "limited use": 1}
    assert found[0].weak == ("a",)
    assert found[0].figure == "1 of 2 statements hold (0 by a document), tried 2 times"
    assert set(found[0].counts) == set(VERDICTS)
