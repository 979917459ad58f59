"""How sessions start: another pair is a way round, no pair is none, and what holds for everybody counts, too."""

from __future__ import annotations

from avow.datamap.model import Login, Pair, StoreMap
from avow.prove.live import Live, LiveMember, LiveRole, LiveTable
from avow.prove.scene import PairRights, TableRights
from avow.prove.scope import Field
from avow.prove.starts import start_faults, starts_without

OWN, OTHER = Pair("marketing.own", "internal.sales"), Pair("marketing.affiliate", "internal.sales")
RIGHTS = (
    PairRights(OWN, {}, (), "p1", "s1"),
    PairRights(OTHER, {"public.contacts": TableRights(frozenset({"email"}))}, (), "p2", "s2"),
)
STORE = StoreMap("main", "postgresql", "uk", (), (Login("sales", (OWN, OTHER), OWN, "enforce"),))
EMAIL, PHONE = Field("public.contacts", "email"), Field("public.contacts", "phone")


def live(settings: dict[str, dict[str, str]], skippers: frozenset[str] = frozenset()) -> Live:
    role = LiveRole("sales", True, False, False, False, False, True, [])
    members = tuple(LiveMember("sales", pair, False, True) for pair in ("p1", "p2"))
    table = LiveTable("public.contacts", "owner", "r", True, False, [], ["zz_avow_mask"])
    return Live(
        18, {"sales": role}, members, {table.name: table}, frozenset(), frozenset(),
        settings=settings, may_skip_triggers=skippers,
    )  # fmt: skip


def faults(settings: dict[str, dict[str, str]], skippers: frozenset[str] = frozenset()) -> list[tuple[str, Field]]:
    found = start_faults(live(settings, skippers), STORE, RIGHTS, [EMAIL, PHONE])
    return [(way.how, way.field) for way in found]


def test_the_declared_pair_is_no_fault() -> None:
    assert faults({"sales": {"role": "p1", "search_path": "anything"}}) == []
    assert starts_without(live({"sales": {"role": "p1"}}), STORE, RIGHTS) == ()


def test_another_pair_is_a_way_to_what_that_pair_reads_and_to_nothing_else() -> None:
    assert [one for _, one in faults({"sales": {"role": "p2"}})] == [EMAIL]


def test_a_setting_for_everybody_counts_only_where_the_login_has_none() -> None:
    assert [one for _, one in faults({"": {"role": "p2"}})] == [EMAIL]
    assert faults({"": {"role": "p2"}, "sales": {"role": "p1"}}) == []


def test_no_pair_is_no_way_round_and_is_told() -> None:
    for setting in ({}, {"role": "none"}, {"role": "sales"}):
        assert faults({"sales": setting}) == []
        assert starts_without(live({"sales": setting}), STORE, RIGHTS) == ("sales",)


def test_a_role_that_the_login_may_not_take_is_ignored_by_the_server_and_here() -> None:
    assert faults({"sales": {"role": "p3"}}) == []


def test_a_session_without_triggers_is_a_way_to_every_guarded_column() -> None:
    assert [one for _, one in faults({"": {"session_replication_role": "replica"}, "sales": {"role": "p1"}})] == [
        EMAIL,
        PHONE,
    ]
    assert len(faults({"sales": {"role": "p1"}}, frozenset({"PUBLIC"}))) == 2
    assert faults({"sales": {"role": "p1", "session_replication_role": "origin"}}) == []
