"""Keys in the control database: made, loaded, dropped, in the caller's transaction and many at once."""

from datetime import UTC, datetime
from uuid import UUID

import psycopg
import pytest

from avow.control import open_control
from avow.errors import SealingError
from avow.sealing import Sealer, Slot, create_keys, drop_keys, get_key, load_keys

NOW = datetime(2026, 11, 26, 6, 0, tzinfo=UTC)
SEALER = Sealer(b"m" * 32)
ALICE, BOB = UUID(int=1), UUID(int=2)
SLOT = Slot("control.request", "contact_sealed", "1")


@pytest.fixture
def control(database: str):
    with open_control(database, "acme"), psycopg.connect(database) as connection:
        yield connection


def test_dropping_alices_key_ends_her_values_and_leaves_bobs(control):
    keys = create_keys(control, SEALER, [ALICE, BOB], NOW)
    sealed = {who: key.seal(SLOT, b"words") for who, key in keys.items()}
    assert drop_keys(control, [ALICE], NOW) == 1
    assert drop_keys(control, [ALICE], NOW) == 0
    left = load_keys(control, SEALER, [ALICE, BOB])
    assert list(left) == [BOB]
    assert left[BOB].open(SLOT, sealed[BOB]) == b"words"
    with pytest.raises(SealingError) as caught:
        get_key(control, SEALER, ALICE)
    assert caught.value.codes == ("sealing.dropped",)
    assert control.execute("SELECT count(*) FROM control.seal_key WHERE id = %s", (ALICE,)).fetchone() == (1,)


def test_a_key_is_never_replaced(control):
    create_keys(control, SEALER, [ALICE], NOW)
    with pytest.raises(psycopg.errors.UniqueViolation):
        create_keys(control, SEALER, [ALICE], NOW)


def test_a_key_that_never_was_is_named_as_such(control):
    with pytest.raises(SealingError) as caught:
        get_key(control, SEALER, ALICE)
    assert caught.value.codes == ("sealing.unknown-key",)


def test_what_the_caller_rolls_back_is_not_there(control):
    create_keys(control, SEALER, [ALICE], NOW)
    control.rollback()
    assert load_keys(control, SEALER, [ALICE]) == {}
