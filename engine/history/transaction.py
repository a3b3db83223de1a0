"""What a handler writes through: the connection, the moment, the actor, and the facts for the history."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, Select

from engine.history.owed import hold_to_account
from engine.history.record import Fact
from engine.history.state import plain, shared_out
from engine.kernel.actor import Actor
from engine.kernel.clock import stamp
from engine.kernel.errors import NotFound
from engine.kernel.ids import new_id
from engine.storage.wake_ups import Due, key_of
from engine.storage.written import NOTICED, Noticed

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A consistent view for deciding: nothing can be changed through it.

    `seen` keeps rows that authorisation has read already, so that deciding does not read them again; `common` what all commands
    share that are decided on the same view.
    """

    connection: Connection
    now: datetime
    actor: Actor
    seen: dict[str, Any] = field(default_factory=dict)
    common: dict[Hashable, Any] = field(default_factory=dict)

    def row(self, query: Select[Any], identity: str, *, missing: str) -> Row[Any]:
        """Return the row that `query` finds for `b_id`, read only once on this view. Raises NotFound, which says what is `missing`."""
        found: Row[Any] | None = self.seen.get(identity)
        if found is None:
            found = self.connection.execute(query, {"b_id": identity}).one_or_none()
        if found is None:
            raise NotFound(missing)
        self.seen[identity] = found
        return found

    def once(self, key: Hashable, ask: Callable[[], T]) -> T:
        """Return what `ask` returns, and ask only once on this view."""
        if key not in self.common:
            self.common[key] = ask()
        found: T = self.common[key]
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """The one write transaction of a command. Facts are sealed, and workers woken, at its end by the door.

    Told rows that are written through its connection are noticed, until the next transaction begins on the same connection.
    """

    connection: Connection
    now: datetime
    actor: Actor
    facts: list[Fact] = field(default_factory=list)
    woken: set[str] = field(default_factory=set)
    woken_effects: set[str] = field(default_factory=set)
    noticed: Noticed = field(default_factory=Noticed)
    _before: list[int] = field(default_factory=list)  # how many rows had been written when each fact was recorded

    def __post_init__(self) -> None:
        """Have the connection tell what is written through it."""
        self.connection.execution_options(**{NOTICED: self.noticed})

    @property
    def at(self) -> str:
        """The moment of the transaction as tables keep it."""
        return stamp(self.now)

    def new_id(self) -> str:
        """Return a fresh identifier."""
        return new_id(self.now)

    def record(self, fact: Fact) -> None:
        """Remember `fact` for the history."""
        self.facts.append(fact)
        self._before.append(len(self.noticed.rows))

    def told(self) -> list[Fact]:
        """Return the facts, each with the rows of which it tells. Raises RuntimeError for a change that has no record (owed.py)."""
        hold_to_account(self.facts, self.noticed)
        if not self.noticed.rows:
            return self.facts
        before = [0] * (len(self.facts) - len(self._before)) + self._before  # a refusal is there from the first
        shares = shared_out(self.facts, self.noticed.rows, before)
        return [replace(fact, state=tuple(plain(share))) for fact, share in zip(self.facts, shares, strict=True)]

    def wake(self, kind: Due, row: str) -> None:
        """Remember that there is work at a row, for a worker to look once the transaction is committed."""
        (self.woken_effects if kind is Due.EFFECT else self.woken).add(key_of(kind, row))
