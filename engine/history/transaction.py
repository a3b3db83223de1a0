"""What a handler writes through: the connection, the moment, the actor, and the facts for the history."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, Select

from engine.history.record import Fact
from engine.kernel.actor import Actor
from engine.kernel.clock import stamp
from engine.kernel.errors import NotFound
from engine.kernel.ids import new_id
from engine.storage.wake_ups import Due, key_of

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
    """The one write transaction of a command. Facts are sealed, and workers woken, at its end by the door."""

    connection: Connection
    now: datetime
    actor: Actor
    facts: list[Fact] = field(default_factory=list)
    woken: set[str] = field(default_factory=set)
    woken_effects: set[str] = field(default_factory=set)

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

    def wake(self, kind: Due, row: str) -> None:
        """Remember that there is work at a row, for a worker to look once the transaction is committed."""
        (self.woken_effects if kind is Due.EFFECT else self.woken).add(key_of(kind, row))
