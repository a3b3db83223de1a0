"""The tree of RFC 6962: the roots and proofs that others have published, and what no verifier may accept."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.history.merkle import (
    EMPTY,
    Frontier,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root,
    verify_consistency,
    verify_inclusion,
)

# Inputs and roots of the reference implementation of Certificate Transparency (the examples of RFC 6962 in its tests)
CONTENTS = [bytes.fromhex(each) for each in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")]
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
LEAVES = [leaf_hash(each) for each in CONTENTS]
FEW = [leaf_hash(str(number).encode()) for number in range(33)]
MOST = 300
MANY = [leaf_hash(str(number).encode()) for number in range(MOST)]


def root_by_the_book(leaves: list[bytes]) -> bytes:
    """The definition of RFC 6962 section 2.1, word for word, with nothing of ours."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + root_by_the_book(leaves[:k]) + root_by_the_book(leaves[k:])).digest()


@pytest.mark.parametrize("size", range(1, 9))
def test_the_published_roots(size: int) -> None:
    assert root(LEAVES[:size]).hex() == ROOTS[size - 1]


def test_a_tree_without_leaves_has_the_hash_of_nothing() -> None:
    assert root([]) == Frontier().root() == EMPTY == hashlib.sha256(b"").digest()


@pytest.mark.parametrize(
    ("index", "size", "proof"),
    [
        (0, 1, []),
        (0, 8, ["96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7", "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e", "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"]),
        (5, 8, ["bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b", "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"]),
        (2, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
    ],
)
def test_the_published_audit_paths(index: int, size: int, proof: list[str]) -> None:
    made = inclusion_proof(LEAVES[:size], index)
    assert [step.hex() for step in made] == proof
    assert verify_inclusion(leaf=LEAVES[index], index=index, size=size, proof=made, root=bytes.fromhex(ROOTS[size - 1]))


@pytest.mark.parametrize(
    ("old", "new", "proof"),
    [
        (1, 1, []),
        (1, 8, ["96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7", "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e", "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"]),
        (6, 8, ["0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a", "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"]),
        (2, 5, ["5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e", "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"]),
    ],
)
def test_the_published_consistency_proofs(old: int, new: int, proof: list[str]) -> None:
    made = consistency_proof(LEAVES, old, new)
    assert [step.hex() for step in made] == proof
    assert verify_consistency(old=old, new=new, proof=made, old_root=bytes.fromhex(ROOTS[old - 1]), new_root=bytes.fromhex(ROOTS[new - 1]))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, MOST))
def test_a_tree_that_grows_has_the_root_that_the_definition_gives(size: int) -> None:
    tree = Frontier()
    tree.extend(MANY[:size])
    assert (tree.size, tree.root()) == (size, root_by_the_book(MANY[:size]))
    assert len(tree.hashes) == size.bit_count()


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_every_proof_that_is_made_verifies(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, MOST))
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    whole = root(MANY[:size])
    assert verify_inclusion(leaf=MANY[index], index=index, size=size, proof=inclusion_proof(MANY[:size], index), root=whole)
    proof = consistency_proof(MANY, old, size)
    assert verify_consistency(old=old, new=size, proof=proof, old_root=root(MANY[:old]), new_root=whole)


def wrong_proofs(proof: list[bytes]) -> list[list[bytes]]:
    """One step too many, at either end; one too few; one changed; one of another length."""
    found = [[*proof, EMPTY], [EMPTY, *proof]]
    for place, step in enumerate(proof):
        found += [proof[:place] + proof[place + 1 :], [*proof[:place], bytes([step[0] ^ 1]) + step[1:], *proof[place + 1 :]]]
        found.append([*proof[:place], step[:-1], *proof[place + 1 :]])
    return found


@pytest.mark.parametrize("size", range(1, 18))
def test_no_other_proof_of_inclusion_verifies(size: int) -> None:
    whole = root(FEW[:size])
    for index in range(size):
        proof = inclusion_proof(FEW[:size], index)
        assert verify_inclusion(leaf=FEW[index], index=index, size=size, proof=proof, root=whole)
        for wrong in wrong_proofs(proof):
            assert not verify_inclusion(leaf=FEW[index], index=index, size=size, proof=wrong, root=whole)
        for other in {*range(-1, size + 1)} - {index}:
            assert not verify_inclusion(leaf=FEW[index], index=other, size=size, proof=proof, root=whole)
        assert not verify_inclusion(leaf=FEW[size], index=index, size=size, proof=proof, root=whole)
        assert not verify_inclusion(leaf=FEW[index], index=index, size=size, proof=proof, root=EMPTY)


@pytest.mark.parametrize("new", range(1, 18))
def test_no_other_proof_of_consistency_verifies(new: int) -> None:
    later = root(FEW[:new])
    for old in range(1, new + 1):
        earlier, proof = root(FEW[:old]), consistency_proof(FEW, old, new)
        for wrong in wrong_proofs(proof):
            assert not verify_consistency(old=old, new=new, proof=wrong, old_root=earlier, new_root=later)
        for other in {*range(-1, new + 2)} - {old}:
            assert not verify_consistency(old=other, new=new, proof=proof, old_root=earlier, new_root=later)
        assert not verify_consistency(old=old, new=new, proof=proof, old_root=EMPTY, new_root=later)
        assert not verify_consistency(old=old, new=new, proof=proof, old_root=earlier, new_root=EMPTY)


def test_of_an_empty_tree_only_that_it_is_empty_can_be_shown() -> None:
    assert verify_consistency(old=0, new=0, proof=[], old_root=EMPTY, new_root=EMPTY)
    assert not verify_consistency(old=0, new=0, proof=[], old_root=LEAVES[0], new_root=LEAVES[0])
    assert not verify_consistency(old=0, new=1, proof=[], old_root=EMPTY, new_root=LEAVES[0])
    assert not verify_inclusion(leaf=LEAVES[0], index=0, size=0, proof=[], root=EMPTY)


def test_a_leaf_is_no_node() -> None:
    """What stands before the bytes keeps a node from being passed off as a record, and a record as a node."""
    assert leaf_hash(LEAVES[0] + LEAVES[1]) != node_hash(LEAVES[0], LEAVES[1])


@pytest.mark.parametrize("index", [-1, 8])
def test_there_is_no_proof_of_a_leaf_that_the_tree_has_not(index: int) -> None:
    with pytest.raises(IndexError, match="Expected a leaf between 0 and 7"):
        inclusion_proof(LEAVES, index)


@pytest.mark.parametrize(("old", "new"), [(0, 3), (4, 3), (3, 9), (-1, 3)])
def test_there_is_no_proof_between_sizes_that_the_tree_has_not(old: int, new: int) -> None:
    with pytest.raises(IndexError, match=f"but found {old} and {new}"):
        consistency_proof(LEAVES, old, new)
