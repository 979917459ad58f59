"""Which logins read without a record."""

from __future__ import annotations

from avow.client import UnloggedPath, find_unlogged_paths
from avow.datamap.model import Custodian, Login, StoreMap
from avow.stores.port import LoginInfo, StoreDescription

LOGGED = Login("cs_api", (), unmodified=False)
PLAIN = Login("cs_app", ())


def store_map(*logins, custodians=()):
    return StoreMap("main", "postgresql", "uk", (), logins, custodians)


def test_a_login_without_the_client_is_named():
    (path,) = find_unlogged_paths(store_map(LOGGED, PLAIN))
    assert (path.login, path.why) == ("cs_app", "is declared to connect without the client")


def test_custodians_and_unmapped_logins_are_named():
    custodian = Custodian("backup", "Bob", "nightly dump", "pgaudit", "2027-01-01")
    description = StoreDescription(
        "postgresql",
        "15",
        "x",
        (),
        logins=(
            LoginInfo("postgres", True, True, True, True),
            LoginInfo("charlie", True, False, False, False),
            LoginInfo("group", False, False, False, False),
            LoginInfo("cs_api", True, False, False, False),
        ),
    )
    found = find_unlogged_paths(store_map(LOGGED, custodians=(custodian,)), description)
    assert [p.login for p in found] == ["backup", "charlie", "postgres"]


def test_a_mapped_login_that_is_superuser_is_an_unlogged_path_all_the_same():
    description = StoreDescription("postgresql", "15", "x", (), logins=(LoginInfo("cs_api", True, True, False, False),))
    assert find_unlogged_paths(store_map(LOGGED), description) == (
        UnloggedPath("main", "cs_api", "is a superuser or goes round row security"),
    )
