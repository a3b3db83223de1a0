"""Signatures are checked in batches: a few here, many in two processes beside the reading, so that both cores work."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from engine.history.signing import message

AT_ONCE = 1_000  # signatures of a batch: about a tenth of a second
HERE = 10  # batches after which processes are worth their start
PROCESSES = 2
UNDER_WAY = 6  # batches that wait or are worked on, at most: reading goes no farther ahead

Signed = tuple[int, str, bytes, bytes]  # number and hash of a record, its signature, the public key


class Batches:
    """Checks signatures and tells, in the order in which they were handed in, the numbers of records whose signature is wrong."""

    def __init__(self, wrong: Callable[[int], None]) -> None:
        self._wrong = wrong
        self._batch: list[Signed] = []
        self._done = 0
        self._pool: ProcessPoolExecutor | None = None
        self._under_way: deque[Future[list[int]]] = deque()

    def add(self, signed: Signed) -> None:
        """Take one signature."""
        self._batch.append(signed)
        if len(self._batch) >= AT_ONCE:
            self._send()

    def end(self) -> None:
        """Check what is left, and let the processes go."""
        self._send()
        while self._under_way:
            self._tell(self._under_way.popleft().result())
        self.stop()

    def stop(self) -> None:
        """Let the processes go, whatever they still have to do."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None

    def _send(self) -> None:
        batch, self._batch = self._batch, []
        self._done += 1
        if self._done <= HERE:
            self._tell(wrong_of(batch))
            return
        if self._pool is None:  # a new interpreter, not a copy of this one: it must not share connections to the database
            self._pool = ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn"))
        self._under_way.append(self._pool.submit(wrong_of, batch))
        while len(self._under_way) > UNDER_WAY:
            self._tell(self._under_way.popleft().result())

    def _tell(self, numbers: Sequence[int]) -> None:
        for seq in numbers:
            self._wrong(seq)


def wrong_of(batch: Sequence[Signed]) -> list[int]:
    """Return the numbers of the records whose signature does not verify."""
    keys: dict[bytes, Ed25519PublicKey] = {}
    wrong = []
    for seq, record_hash, signature, public in batch:
        key = keys.get(public)
        if key is None:
            key = keys[public] = Ed25519PublicKey.from_public_bytes(public)
        try:
            key.verify(signature, message(record_hash))
        except InvalidSignature:
            wrong.append(seq)
    return wrong
