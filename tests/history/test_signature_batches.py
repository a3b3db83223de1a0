"""Signatures in batches: whichever process looks at one, a wrong one is told by its number, in order."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from engine.history import signature_batches
from engine.history.signature_batches import Batches, Signed
from engine.history.signing import message

WRONG = [3, 4, 11, 29]


def signatures(number: int) -> list[Signed]:
    key, other = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes_raw()
    return [(seq, f"{seq:064x}", (other if seq in WRONG else key).sign(message(f"{seq:064x}")), public) for seq in range(1, number + 1)]


@pytest.mark.parametrize("here", [100, 1])
def test_wrong_signatures_are_told_in_order_by_this_process_and_by_others(monkeypatch: pytest.MonkeyPatch, here: int) -> None:
    monkeypatch.setattr(signature_batches, "AT_ONCE", 4)
    monkeypatch.setattr(signature_batches, "HERE", here)
    told: list[int] = []
    batches = Batches(told.append)
    for signed in signatures(32):
        batches.add(signed)
    batches.end()
    assert told == WRONG


def test_a_check_that_is_given_up_leaves_no_process_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signature_batches, "AT_ONCE", 4)
    monkeypatch.setattr(signature_batches, "HERE", 0)
    batches = Batches(lambda _seq: None)
    for signed in signatures(8):
        batches.add(signed)
    batches.stop()
    assert batches._pool is None
