"""The tree against the recursive definitions of RFC 6962, section 2.1, and against published test vectors."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avow.ledger.tree import (
    Frontier,
    consistency_holds,
    consistency_proof,
    inclusion_holds,
    inclusion_proof,
    leaf_hash,
    root_of,
)

# The leaves and roots that Certificate Transparency implementations publish as their common test vectors.
LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def naive_root(data: list[bytes]) -> bytes:
    """MTH of RFC 6962, 2.1, word for word."""
    if not data:
        return sha256(b"").digest()
    if len(data) == 1:
        return sha256(b"\x00" + data[0]).digest()
    k = largest_power_below(len(data))
    return sha256(b"\x01" + naive_root(data[:k]) + naive_root(data[k:])).digest()


def largest_power_below(n: int) -> int:
    k = 1
    while 2 * k < n:
        k *= 2
    return k


def naive_path(m: int, data: list[bytes]) -> list[bytes]:
    """PATH of RFC 6962, 2.1.1."""
    if len(data) == 1:
        return []
    k = largest_power_below(len(data))
    if m < k:
        return [*naive_path(m, data[:k]), naive_root(data[k:])]
    return [*naive_path(m - k, data[k:]), naive_root(data[:k])]


def naive_subproof(m: int, data: list[bytes], whole: bool) -> list[bytes]:
    """SUBPROOF of RFC 6962, 2.1.2."""
    if m == len(data):
        return [] if whole else [naive_root(data)]
    k = largest_power_below(len(data))
    if m <= k:
        return [*naive_subproof(m, data[:k], whole), naive_root(data[k:])]
    return [*naive_subproof(m - k, data[k:], False), naive_root(data[:k])]


def node_getter(data: list[bytes]):
    return lambda level, index: naive_root(data[index << level : (index + 1) << level])


leaves = st.lists(st.binary(max_size=8), min_size=1, max_size=70)


@pytest.mark.parametrize("size", range(1, 9))
def test_the_published_vectors_hold(size):
    data = LEAVES[:size]
    assert root_of([leaf_hash(d) for d in data]).hex() == ROOTS[size - 1]
    frontier = Frontier()
    for d in data:
        frontier.append(leaf_hash(d))
    assert frontier.root().hex() == ROOTS[size - 1]


def test_the_empty_tree_is_the_hash_of_nothing():
    assert root_of([]) == Frontier().root() == sha256(b"").digest()


@given(leaves)
def test_both_ways_of_building_give_the_root_of_the_definition(data):
    frontier = Frontier()
    for d in data:
        frontier.append(leaf_hash(d))
    assert root_of([leaf_hash(d) for d in data]) == frontier.root() == naive_root(data)


@given(leaves)
def test_the_subtrees_that_appending_completes_are_those_of_the_definition(data):
    frontier = Frontier()
    for d in data:
        for level, index, found in frontier.append(leaf_hash(d)):
            assert found == naive_root(data[index << level : (index + 1) << level])


@given(leaves, st.data())
def test_an_inclusion_proof_is_that_of_the_definition_and_holds(data, draw):
    index = draw.draw(st.integers(0, len(data) - 1))
    proof = inclusion_proof(node_getter(data), index, len(data))
    assert proof == naive_path(index, data)
    assert inclusion_holds(leaf_hash(data[index]), index, len(data), proof, naive_root(data))


@given(leaves, st.data())
def test_an_inclusion_proof_holds_for_nothing_else(data, draw):
    index = draw.draw(st.integers(0, len(data) - 1))
    proof, root = inclusion_proof(node_getter(data), index, len(data)), naive_root(data)
    assert not inclusion_holds(leaf_hash(data[index] + b"x"), index, len(data), proof, root)
    assert not inclusion_holds(leaf_hash(data[index]), index, len(data), [*proof, b"x" * 32], root)
    if proof:
        assert not inclusion_holds(leaf_hash(data[index]), index, len(data), proof[:-1], root)
        assert not inclusion_holds(leaf_hash(data[index]), len(data), len(data), proof, root)


@given(leaves, st.data())
def test_a_consistency_proof_is_that_of_the_definition_and_holds(data, draw):
    old = draw.draw(st.integers(1, len(data)))
    proof = consistency_proof(node_getter(data), old, len(data))
    assert proof == naive_subproof(old, data, True)
    assert consistency_holds(old, len(data), naive_root(data[:old]), naive_root(data), proof)


@given(leaves, st.data())
def test_a_consistency_proof_does_not_hold_for_a_changed_past(data, draw):
    old = draw.draw(st.integers(1, len(data)))
    changed = list(data)
    at = draw.draw(st.integers(0, old - 1))
    changed[at] += b"x"
    proof = consistency_proof(node_getter(data), old, len(data))
    assert not consistency_holds(old, len(data), naive_root(changed[:old]), naive_root(data), proof)
    proof = consistency_proof(node_getter(changed), old, len(data))
    assert not consistency_holds(old, len(data), naive_root(data[:old]), naive_root(changed), proof)


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_a_leaf_that_is_not_there_has_no_proof(index, size):
    with pytest.raises(ValueError, match="not in a tree"):
        inclusion_proof(node_getter(LEAVES), index, size)


def test_a_longer_tree_is_not_the_beginning_of_a_shorter_one():
    with pytest.raises(ValueError, match="beginning"):
        consistency_proof(node_getter(LEAVES), 5, 4)
