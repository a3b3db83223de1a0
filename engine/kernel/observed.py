"""What became of each command, and how long it took, told to whoever watches: metrics and logs. The door knows none of them.

Told are the action, the outcome ("done", the code of a refusal, or "fault"), the seconds and the key: never what the command held
or what its refusal said, for sentences name people.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from types import TracebackType

from engine.kernel.clock import stopwatch
from engine.kernel.errors import EngineError

DONE = "done"
FAULT = "fault"  # the program failed, or the database did: no refusal
Watcher = Callable[[str, str, float, str], None]
_log = logging.getLogger(__name__)
_watchers: list[Watcher] = []


def watch(watcher: Watcher) -> Callable[[], None]:
    """Let `watcher` be called with action, outcome, seconds and key of each command; return what ends that."""
    _watchers.append(watcher)
    return lambda: _watchers.remove(watcher)


def tell(action: str, outcome: str, seconds: float, key: str) -> None:
    """Tell whoever watches. What fails there is no matter of the command, which is committed."""
    for watcher in _watchers:
        try:
            watcher(action, outcome, seconds, key)
        except Exception as error:  # noqa: BLE001  a full disk under the metrics, say
            _log.warning("a watcher of commands failed", extra={"error": type(error).__name__})


class Observed:
    """The span of one command: `with Observed(action, key):`. Some two microseconds."""

    __slots__ = ("_action", "_began", "_key")

    def __init__(self, action: str, key: str) -> None:
        self._action = action
        self._key = key

    def __enter__(self) -> None:
        self._began = stopwatch()

    def __exit__(self, _kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None) -> None:
        outcome = DONE if error is None else error.code if isinstance(error, EngineError) else FAULT
        tell(self._action, outcome, stopwatch() - self._began, self._key)
