"""Places: an address belongs where somebody wrote it down, and a command that nobody can read goes nowhere known."""

import pytest

from avow.duties.places import Fact, find_hosts, find_targets, judge_places, make_known
from avow.duties.places.targets import UNKNOWN
from avow.vocabulary import load_vocabulary

KNOWN = make_known({"uk": ["198.51.100.0/24"], "fr": ["198.51.100.128/25"]}, {"uk": ["backup.example"]}, "uk")


@pytest.mark.parametrize(
    ("target", "place"),
    [
        ("198.51.100.7", "uk"),
        ("198.51.100.200", "fr"),  # the narrower network counts
        ("203.0.113.1", ""),
        ("127.0.0.1", "uk"),
        ("/var/run/postgresql", "uk"),
        ("a.backup.example", "uk"),
        ("notbackup.example", ""),
        (UNKNOWN, ""),
    ],
)
def test_an_address_is_where_it_was_written_down_to_be(target, place):
    assert KNOWN.place_of(target) == place


@pytest.mark.parametrize(
    ("command", "targets"),
    [
        ("", ()),
        ("(disabled)", ()),
        ("cp %p /mnt/archive/%f", ("",)),
        ("test ! -f /mnt/%f && cp %p /mnt/%f", ("",)),
        ("scp %p copy@backup.example:/wal/%f", ("backup.example",)),
        ("rsync -a %p backup.example::wal/%f", ("backup.example",)),
        ("aws s3 cp %p s3://acme-wal/%f", ("acme-wal",)),
        ("curl -T %p https://user@store.example/wal/%f", ("store.example",)),
        ("pg_receivewal -h db2.example -D /wal", ("db2.example",)),
        ("pgbackrest --stanza=main archive-push %p", (UNKNOWN,)),
        ("/opt/ship.sh %p", (UNKNOWN,)),
        ("backup.example:/srv/dumps", ("backup.example",)),
    ],
)
def test_a_command_says_where_it_sends_or_nobody_knows(command, targets):
    assert find_targets(command) == targets


def test_what_has_no_place_is_neither_inside_nor_outside():
    facts = [Fact("store", name, place, False, "written down") for name, place in (("a", "uk"), ("b", "us"), ("c", ""))]
    covers = load_vocabulary().covers
    judged = judge_places(facts, ["uk"], covers)
    assert [[f.name for f in part] for part in (judged.inside, judged.outside, judged.unknown)] == [["a"], ["b"], ["c"]]
    assert judge_places(facts, [], covers).outside == ()
    assert judge_places(facts, ["world"], covers).outside == ()


@pytest.mark.parametrize(
    ("told", "hosts"),
    [
        ("", ("",)),
        ("/var/run/postgresql", ("",)),
        ("db.example", ("db.example",)),
        ("a.example,b.example", ("a.example", "b.example")),
        ("//far.example:1521/ORCL", ("far.example",)),
        ("far.example:1521/ORCL", ("far.example",)),
        ("2001:db8::7", ("2001:db8::7",)),
        ("[2001:db8::7]:5432", ("2001:db8::7",)),
        ("https://user@lake.example/x", ("lake.example",)),
    ],
)
def test_the_other_end_of_a_server_is_its_hosts(told, hosts):
    assert find_hosts(told) == hosts
