"""How far this machine's clock is from a server of the time (SNTP, RFC 4330): one question, one answer, told in each checkpoint.

It sets no clock: that is the work of the system. Whoever reads a checkpoint sees whether it was done.
"""

from __future__ import annotations

import socket
import struct
from datetime import UTC, datetime

from engine.kernel import environment
from engine.kernel.clock import Clock

PORT = 123
PATIENCE = 1.0  # seconds
QUESTION = b"\x23" + 47 * b"\0"  # version 4, from a client
EPOCH = datetime(1900, 1, 1, tzinfo=UTC)  # from which NTP counts seconds
RECEIVED, SENT = 32, 40  # where the server's two moments stand in its answer
ANSWER = 48  # bytes
SERVER = 4  # the mode of an answer


def offset_ms(clock: Clock, *, port: int = PORT) -> int | None:
    """Return by how many milliseconds the server's time is ahead of `clock`; None when there is no server, or it does not answer."""
    host = environment.value("CHIDAO_TIME_SERVER")
    return _asked(host, port, clock) if host else None


def _asked(host: str, port: int, clock: Clock) -> int | None:
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            asking.settimeout(PATIENCE)
            asking.connect((host, port))
            before = _seconds(clock.now())
            asking.send(QUESTION)
            answer = asking.recv(ANSWER)
            after = _seconds(clock.now())
    except OSError:
        return None
    if len(answer) < ANSWER or answer[0] & 7 != SERVER or answer[0] >> 6 == 3 or not answer[1]:
        return None  # no answer of a server, or of one that does not know the time itself
    return round(500 * ((_moment(answer, RECEIVED) - before) + (_moment(answer, SENT) - after)))


def _seconds(moment: datetime) -> float:
    return (moment - EPOCH).total_seconds()


def _moment(answer: bytes, place: int) -> float:
    whole, part = struct.unpack("!II", answer[place : place + 8])
    return float(whole + part / 2**32)
