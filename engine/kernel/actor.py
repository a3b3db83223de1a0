"""Who acts. The actor is always an argument, never ambient (DESIGN.md 2.4)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class ActorType(StrEnum):
    """Kinds of actors (AUDIT.md 4, group "who")."""

    PERSON = "person"
    SYSTEM = "system"
    SERVICE = "service"
    TIMER = "timer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A person in a post, or the system itself."""

    type: ActorType
    id: str
    on_behalf_of: str | None = None
    auth: dict[str, str] = field(default_factory=dict)

    @classmethod
    def person(cls, person_id: str, *, method: str = "session") -> Actor:
        """Return the actor for a person who was identified by `method`."""
        return cls(type=ActorType.PERSON, id=person_id, auth={"method": method})


SYSTEM = Actor(type=ActorType.SYSTEM, id="system", auth={"method": "internal"})
TIMER = Actor(type=ActorType.TIMER, id="timer", auth={"method": "internal"})
