"""What sends effects: one transport a channel, made from the settings of the installation. A channel that is not configured has none,
and its effects wait untouched: nothing that was never tried is given up."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from threading import Timer
from typing import Protocol

from engine.effects.delivering import Outcome
from engine.effects.outbox import Effect

LIMIT = 120  # seconds for one attempt, whatever the other side does; shorter than a claim lasts (engine/effects/delivering.py, LEASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What came of an attempt. `said`: why not, in words that name neither a secret nor an address; `wait`: seconds that were asked for."""

    outcome: Outcome
    said: str = ""
    wait: int | None = None


class Transport(Protocol):
    """Sends the effects of one channel. Several threads use it at once."""

    def send(self, effect: Effect, now: datetime) -> Delivery:
        """Send an effect, outside of any transaction, within LIMIT seconds."""


Transports = Mapping[str, Transport]


@contextmanager
def at_most(seconds: float, connected: Callable[[], socket.socket | None]) -> Iterator[None]:
    """End what is inside after some seconds by shutting its socket: a time limit on each read does not stop one byte a second."""

    def shut() -> None:
        found = connected()
        if found is not None:
            try:
                socket.socket.shutdown(found, socket.SHUT_RDWR)  # not the TLS one's own, which would take its state away under the reader
            except OSError:
                return  # it is closed already

    timer = Timer(seconds, shut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def plain_reason(error: BaseException) -> str:
    """Return in a few words why a connection failed; never an address, which may hold a secret."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({error.verify_message})"
    if isinstance(error, ssl.SSLError):
        return f"no encrypted connection ({error.reason or 'it was cut'})"
    if isinstance(error, TimeoutError):
        return "it took too long"
    if isinstance(error, socket.gaierror):
        return "its name cannot be resolved"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return "the connection was cut"
