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
    """A person in a post, or the system itself. `purpose`: what for, in their words, where somebody looks and says so."""

    type: ActorType
    id: str
    on_behalf_of: str | None = None
    auth: dict[str, str] = field(default_factory=dict)
    purpose: str = ""

    @classmethod
    def person(cls, person_id: str, *, method: str = "session", purpose: str = "") -> Actor:
        """Return the actor for a person who was identified by `method`."""
        return cls(type=ActorType.PERSON, id=person_id, auth={"method": method}, purpose=purpose)


SYSTEM = Actor(type=ActorType.SYSTEM, id="system", auth={"method": "internal"})
TIMER = Actor(type=ActorType.TIMER, id="timer", auth={"method": "internal"})
