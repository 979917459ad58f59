"""A certificate says what was done, names nobody, and cannot be changed unseen."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from avow.duties.rights.certificate.document import (
    CertificateFacts,
    ErasedStore,
    Kept,
    Left,
    certificate_file,
    make_certificate,
    make_secret,
    sign_certificate,
)
from avow.duties.rights.certificate.page import certificate_letter
from avow.duties.rights.certificate.verify import check_certificate, is_about, main, read_certificate
from avow.duties.rights.letters import letter_html, letter_pdf, letter_text
from avow.errors import RightsError

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(32))
SECRET = make_secret(b"\x07" * 32)
ALICE = (("email", "Alice@Contoso.example"), ("phone", "+44 20 7946 0001"), ("name", "Alice Archer"))


def make_facts(**given: object) -> CertificateFacts:
    known: dict[str, object] = {
        "id": UUID(int=1),
        "request": UUID(int=2),
        "reference": "AV-7F3K-92QD",
        "company": "CloudSentric",
        "made_at": datetime(2026, 5, 10, 9, tzinfo=UTC),
        "policy_version": "2026-01",
        "identifiers": ALICE,
        "stores": (
            ErasedStore("main", "machine", {"public.contacts delete": 1, "public.tickets anonymise": 3}, 120),
            ErasedStore("mailbox", "hand"),
        ),
        "erased_at": datetime(2026, 5, 10, 8, tzinfo=UTC),
        "gone_by": date(2026, 6, 14),
        "left": (
            Left("live", "main", "public.invoices", 2, kept=True),
            Left("fading", "main", "backups and logs", until=date(2026, 6, 14)),
        ),
        "kept": (Kept("main", "public.invoices", "tax law", date(2027, 1, 1)),),
        "told": ("Northline Couriers Ltd",),
    }
    return CertificateFacts(**(known | given))  # type: ignore[arg-type]


@pytest.fixture
def written(tmp_path):
    """(document, certificate file, public key file)."""
    document = make_certificate(make_facts(), SECRET)
    file, public = tmp_path / "certificate.json", tmp_path / "company.pub"
    file.write_bytes(certificate_file(document, sign_certificate(document, KEY)))
    public.write_text(KEY.public_key().public_bytes_raw().hex() + "\n")
    return document, file, public


def leaves(value, path=()):
    """Every place in a JSON value at which something can be changed."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from leaves(inner, (*path, key))


def changed(document, path):
    made = copy.deepcopy(document)
    if not path:
        return made | {"more": 1}
    at = made
    for key in path[:-1]:
        at = at[key]
    old = at[path[-1]]
    at[path[-1]] = old + "x" if isinstance(old, str) else old + 1 if isinstance(old, int) else "other"
    return made


def test_a_certificate_holds_for_the_key_that_signed_it(written, capsys):
    _, file, public = written
    assert main([str(file), "--key", str(public)]) == 0
    assert (
        "erased in live stores on 2026-05-10, gone from every copy by 2026-06-14; 4 rows in 2 stores"
        in capsys.readouterr().out
    )


def test_a_change_anywhere_is_found(written):
    document, _, _ = written
    signature = sign_certificate(document, KEY)
    places = list(leaves(document))
    assert len(places) > 60
    for path in places:
        assert check_certificate(changed(document, path), signature, KEY.public_key()) != [], path


def test_a_field_that_is_gone_is_found(written):
    document, _, _ = written
    for name in document:
        less = {key: value for key, value in document.items() if key != name}
        assert check_certificate(less, sign_certificate(document, KEY), KEY.public_key()) != []
        assert check_certificate(less, sign_certificate(less, KEY), KEY.public_key()) == [
            f"the field `{name}` is missing"
        ]


def test_another_key_is_found(written):
    document, file, public = written
    assert check_certificate(document, sign_certificate(document, OTHER), KEY.public_key()) != []
    public.write_bytes(
        OTHER.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    assert main([str(file), "--key", str(public)]) == 1


def test_a_key_that_stands_twice_is_refused(written, capsys):
    _, file, public = written
    file.write_text(
        file.read_text().replace('"company": "CloudSentric"', '"company": "Other", "company": "CloudSentric"')
    )
    assert main([str(file), "--key", str(public)]) == 2
    assert "a key stands twice" in capsys.readouterr().err


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"certificate": {}, "signature": "00"}', '{"certificate": 1.5}', "[" * 5000]
)
def test_what_is_no_certificate_is_not_checked(written, content):
    _, file, public = written
    file.write_text(content)
    assert main([str(file), "--key", str(public)]) == 2


def test_a_file_or_key_that_is_not_there_is_said(written, tmp_path):
    _, file, public = written
    assert main([str(tmp_path / "none"), "--key", str(public)]) == 2
    assert main([str(file), "--key", str(tmp_path / "none")]) == 2


@pytest.mark.parametrize("identifier", ["email:alice@contoso.EXAMPLE", "phone:+44 (20) 7946-0001"])
def test_the_person_can_show_that_it_is_about_them(written, identifier, capsys):
    _, file, public = written
    spoken = SECRET.lower().replace("-", " ")
    assert main([str(file), "--key", str(public), "--identifier", identifier, "--secret", spoken]) == 0
    assert "it is about this identifier" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("identifier", "secret"),
    [
        ("email:bob@contoso.example", SECRET),
        ("email:alice@contoso.example", make_secret(b"\x08" * 32)),
        ("name:x", SECRET),
    ],
)
def test_nobody_else_can(written, identifier, secret):
    _, file, public = written
    assert main([str(file), "--key", str(public), "--identifier", identifier, "--secret", secret]) == 1


def test_an_identifier_without_its_secret_is_refused(written):
    _, file, public = written
    assert main([str(file), "--key", str(public), "--identifier", "email:alice@contoso.example"]) == 2


def test_the_document_names_nobody(written):
    document, _, _ = written
    text = json.dumps(document).casefold()
    for value in ("alice", "archer", "contoso", "7946"):
        assert value not in text
    assert [one["kind"] for one in document["about"]] == ["email", "name", "phone"]


def test_a_ground_that_names_the_person_is_refused():
    with pytest.raises(RightsError) as refused:
        make_certificate(make_facts(kept=(Kept("main", "public.invoices", "claim of Alice Archer"),)), SECRET)
    assert refused.value.codes == ("rights.names-in-certificate",)
    assert "Archer" not in str(refused.value)


def test_what_is_live_without_ground_leaves_the_days_open():
    document = make_certificate(make_facts(left=(Left("live", "main", "public.notes.body", 1),)), SECRET)
    assert (document["erased_on"], document["gone_by"]) == (None, None)


def test_a_signed_day_beside_something_live_is_found():
    document = make_certificate(make_facts(left=(Left("live", "main", "public.notes.body", 1),)), SECRET)
    document["erased_on"] = "2026-05-10"
    wrong = check_certificate(document, sign_certificate(document, KEY), KEY.public_key())
    assert wrong == ["it states a day of erasure although something is still live"]


def test_a_store_that_was_not_covered_leaves_the_last_day_open():
    document = make_certificate(make_facts(stores=(ErasedStore("tape", "not"),)), SECRET)
    assert (document["erased_on"], document["gone_by"]) == ("2026-05-10", None)


def test_a_certificate_survives_a_database_that_orders_keys_anew(written):
    document, file, _ = written
    again = dict(sorted(json.loads(json.dumps(document)).items(), reverse=True))
    assert check_certificate(again, sign_certificate(document, KEY), KEY.public_key()) == []
    read, signature = read_certificate(file.read_bytes())
    assert is_about(read, SECRET, "email", "alice@contoso.example")
    assert len(signature) == 64


def test_people_can_read_it(written):
    document, _, _ = written
    letter = certificate_letter(document, sign_certificate(document, KEY), "ab" * 32)
    text = letter_text(letter)
    for told in (
        "Erased in live stores on: 2026-05-10",
        "main | public.contacts | deleted | 1",
        "main | public.invoices | tax law | 2027-01-01",
    ):
        assert told in text
    assert "<td>public.contacts</td>" in letter_html(letter)
    assert letter_pdf(letter).startswith(b"%PDF")


def test_the_program_needs_nothing_of_avow(written):
    """Run as a file, with a Python that cannot import the package."""
    _, file, public = written
    source = sys.modules["avow.duties.rights.certificate.verify"].__file__
    code = (
        "import runpy, sys; sys.modules['avow'] = None; "
        f"sys.argv = ['verify', {str(file)!r}, '--key', {str(public)!r}]; "
        f"runpy.run_path({source!r}, run_name='__main__')"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, "holds"), done.stderr
