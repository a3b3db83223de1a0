"""What a handler writes through: the connection, the moment, the actor, and the facts for the history."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from engine.history.record import Fact
from engine.kernel.actor import Actor
from engine.kernel.clock import stamp
from engine.kernel.ids import new_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A consistent view for deciding: nothing can be changed through it.

    `seen` keeps rows that authorisation has read already, so that deciding does not read them again.
    """

    connection: Connection
    now: datetime
    actor: Actor
    seen: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """The one write transaction of a command. Facts are sealed at its end by the door."""

    connection: Connection
    now: datetime
    actor: Actor
    facts: list[Fact] = field(default_factory=list)

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
