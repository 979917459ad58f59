"""Sealed values open in their own place with their own key, and with nothing else."""

from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avow.errors import SealingError
from avow.sealing import Sealer, Slot, create_secret, load_secret, open_company_keys
from avow.sealing.sealer import OVERHEAD

KEY_ID = UUID(int=1)
SLOT = Slot("control.request", "contact_sealed", "7")


def make_key():
    return Sealer(b"m" * 32).new_key(KEY_ID)[1]


def test_what_was_sealed_opens_again_and_nothing_of_it_shows():
    key = make_key()
    sealed = key.seal_text(SLOT, "alice@example.com")
    assert key.open_text(SLOT, sealed) == "alice@example.com"
    assert b"alice" not in sealed
    assert len(sealed) == len("alice@example.com") + OVERHEAD
    assert key.seal_text(SLOT, "alice@example.com") != sealed


@pytest.mark.parametrize("other", [{"table": "control.task"}, {"column": "wish_sealed"}, {"row": "8"}])
def test_a_sealed_value_does_not_open_in_another_place(other):
    key = make_key()
    sealed = key.seal(SLOT, b"secret")
    with pytest.raises(SealingError) as caught:
        key.open(replace(SLOT, **other), sealed)
    assert caught.value.codes == ("sealing.changed",)
    assert "secret" not in str(caught.value)


@given(st.tuples(st.text(), st.text(), st.text()), st.tuples(st.text(), st.text(), st.text()))
def test_two_places_never_look_alike(one, two):
    assert (Slot(*one).bound() == Slot(*two).bound()) == (one == two)


@pytest.mark.parametrize("at", [0, 1, 20, -1])
def test_one_changed_bit_is_noticed(at):
    key = make_key()
    sealed = bytearray(key.seal(SLOT, b"a value of some length"))
    sealed[at] ^= 1
    with pytest.raises(SealingError, match=r"sealing\.changed"):
        key.open(SLOT, bytes(sealed))


@pytest.mark.parametrize("sealed", [b"", b"\x01", b"\x01" + b"x" * 11])
def test_bytes_that_are_too_short_are_refused_like_any_others(sealed):
    with pytest.raises(SealingError, match=r"sealing\.changed"):
        make_key().open(SLOT, sealed)


def test_a_wrapped_key_opens_only_under_its_id_and_its_master():
    wrapped, key = Sealer(b"m" * 32).new_key(KEY_ID)
    sealed = key.seal(SLOT, b"v")
    assert Sealer(b"m" * 32).unwrap(KEY_ID, wrapped).open(SLOT, sealed) == b"v"
    for master, key_id in ((b"n" * 32, KEY_ID), (b"m" * 32, UUID(int=2))):
        with pytest.raises(SealingError, match=r"sealing\.changed"):
            Sealer(master).unwrap(key_id, wrapped)


def test_a_dropped_key_says_so():
    with pytest.raises(SealingError) as caught:
        Sealer(b"m" * 32).unwrap(KEY_ID, None)
    assert caught.value.codes == ("sealing.dropped",)


def test_many_values_seal_and_open_in_order():
    key = make_key()
    values = [(Slot("t", "c", str(row)), str(row).encode()) for row in range(50)]
    sealed = key.seal_many(values)
    slots = [slot for slot, _ in values]
    assert key.open_many(zip(slots, sealed, strict=True)) == [value for _, value in values]
    assert key.seal_many([]) == []


def test_keys_are_made_once_and_only_for_their_owner(tmp_path: Path):
    path = tmp_path / "deep" / "seal.key"
    create_secret(path)
    first = load_secret(path)
    create_secret(path)
    assert load_secret(path) == first
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize(
    ("mode", "text", "code"),
    [
        (0o640, "00" * 32, "sealing.key-readable"),
        (0o600, "00" * 31, "sealing.key-missing"),
        (0o600, "not hexadecimal", "sealing.key-missing"),
    ],
)
def test_a_key_file_that_cannot_be_trusted_is_refused(tmp_path: Path, mode: int, text: str, code: str):
    path = tmp_path / "seal.key"
    path.write_text(text)
    path.chmod(mode)
    with pytest.raises(SealingError) as caught:
        load_secret(path)
    assert caught.value.codes == (code,)


def test_a_missing_key_is_an_error_where_none_may_be_made(tmp_path: Path):
    with pytest.raises(SealingError, match=r"sealing\.key-missing"):
        open_company_keys(tmp_path / "seal.key", create=False)


def test_the_company_has_a_key_of_its_own_for_each_use(tmp_path: Path):
    keys = open_company_keys(tmp_path / "seal.key")
    again = open_company_keys(tmp_path / "seal.key", create=False)
    assert keys.lookup.digest("email", "a@b.example") == again.lookup.digest("email", "a@b.example")
    assert keys.lookup.digest("email", "a@b.example") != keys.suppression.digest("email", "a@b.example")
    assert "key" not in repr(keys)
