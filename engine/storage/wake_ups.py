"""The port through which a writer wakes the workers. A wake-up says "look now" and nothing else: the due rows are the truth, so one
that is lost or doubled does no harm (EXECUTION.md 1). A key names the row at which to look: `operation:0192…`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from sqlalchemy import Connection


class Due(StrEnum):
    """The kinds of rows that a key names."""

    START = "start"  # a message or signal of the inbox that starts an instance
    MESSAGE = "message"  # a message of the inbox, for whoever waits for it
    OPERATION = "operation"
    INSTANCE = "instance"
    MIGRATION = "migration"
    PERIODS = "periods"  # of the whole installation; the row has no name
    DIGESTS = "digests"  # the morning mails; the row has no name either
    TEXTS = "texts"  # of the search; the row has no name either
    EFFECT = "effect"


def key_of(kind: Due, row: str) -> str:
    """Return the key of a row."""
    return f"{kind.value}:{row}"


def rows_of(keys: Sequence[str], kind: Due) -> list[str]:
    """Return the ids of the rows of one kind that the keys name."""
    prefix = f"{kind.value}:"
    return [key.removeprefix(prefix) for key in keys if key.startswith(prefix)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Waking:
    """How an adapter stands: wake-ups that no worker has taken, and those that one is at."""

    adapter: str
    waiting: int = 0
    taken: int = 0


class WakeUps(Protocol):
    """Wakes workers. `wake` and `wake_effect` work inside the transaction of `connection`, whose fate they share; they never fail it."""

    def wake(self, connection: Connection, keys: Sequence[str]) -> None:
        """Let a worker look at the rows that `keys` name, once the transaction is committed."""

    def wake_effect(self, connection: Connection, keys: Sequence[str]) -> None:
        """Let a worker look at effects, once the transaction is committed."""

    def start(self) -> bool:
        """Prepare what the adapter needs in the database; tell whether anything had to be."""

    def stop(self) -> None:
        """Give back what the adapter holds outside the database."""

    def status(self) -> Waking:
        """Tell how the adapter stands."""


class NobodyIsWoken:
    """The adapter where the worker looks anyway, as on SQLite: it does nothing."""

    def wake(self, connection: Connection, keys: Sequence[str]) -> None:
        """Wake nobody."""

    def wake_effect(self, connection: Connection, keys: Sequence[str]) -> None:
        """Wake nobody."""

    def start(self) -> bool:
        """Prepare nothing."""
        return False

    def stop(self) -> None:
        """Hold nothing."""

    def status(self) -> Waking:
        """Say that nobody is woken."""
        return Waking(adapter="none: workers look by themselves")
