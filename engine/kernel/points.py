"""Named points of a transition, at which tests kill, stop or interleave processes. In the product nobody listens.

Each point is a boundary between two things that could be torn apart (EXECUTION.md 6): what was read and what is written, what is
written and what is committed, what is committed and what the caller knows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

POINTS: Mapping[str, str] = {
    "door.decided": "a command is decided, without any lock; nothing is written",
    "door.written": "a command is written, its history is not",
    "door.sealed": "a command and its history are written, not committed",
    "door.committed": "a command is committed, its sender does not know",
    "together.decided": "several commands are decided, without any lock",
    "together.written": "several commands are written, their history is not",
    "together.sealed": "several commands and their history are written, not committed",
    "together.committed": "several commands are committed, the worker does not know",
    "refusal.sealed": "a refusal, and the incident that it left, are written, not committed",
    "dispatch.chunk": "some recipients of a letter are told, others not yet; nothing of it is committed",
    "operation.part": "a part of a long operation is written, and what it left for the next part; nothing of it is committed",
    "worker.found": "a worker has found what is due, and has begun none of it",
    "effect.claimed": "a worker has claimed effects, and has sent none of them",
    "effect.sent": "an effect is sent, or was tried; nothing is written down",
    "effect.marked": "what came of effects is written down, the worker does not know",
}
_listeners: list[Callable[[str], None]] = []


def reach(point: str) -> None:
    """Tell whoever listens that the calling thread has come to `point`."""
    for listener in _listeners:
        listener(point)


def listen(listener: Callable[[str], None]) -> Callable[[], None]:
    """Let `listener` be called with the name of each point that any thread reaches; return what ends that."""
    _listeners.append(listener)
    return lambda: _listeners.remove(listener)
