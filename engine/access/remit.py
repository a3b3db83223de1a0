"""How far somebody's sight reaches: the organisations of one's posts, and those below them, as the matrix allows an action there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, String, cast, or_, select, union

from engine.access.authorise import granted
from engine.history.transaction import Reading
from engine.kernel.clock import local_date
from engine.storage.schema import directive, dispatch, organisation, organisation_edge

REMIT, ANY = "remit", "any"
SEE_DIRECTIVE = "directive.see"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """`own`: organisations of one's posts that the action is allowed in; `heads`: those whose lower organisations it covers too."""

    own: tuple[str, ...]
    heads: tuple[str, ...]
    everywhere: bool
    day: date


def sight_of(reading: Reading, action: str = SEE_DIRECTIVE) -> Sight:
    """Return how far the actor sees with an action today: one statement."""
    day = local_date(reading.now)
    found = granted(reading.connection, reading.actor.id, day, action)
    return Sight(
        own=tuple(dict.fromkeys(unit for unit, _ in found)),
        heads=tuple(dict.fromkeys(unit for unit, relation in found if relation == REMIT)),
        everywhere=any(relation == ANY for _, relation in found),
        day=day,
    )


def covered(sight: Sight, unit: ColumnElement[str]) -> ColumnElement[bool]:
    """Return the condition that an organisation lies in the remit: walked down the edges of the day by the database itself."""
    today, edge = sight.day.isoformat(), organisation_edge.c
    below = select(cast(organisation.c.id, String).label("id")).where(organisation.c.id.in_(sight.heads)).cte(recursive=True)
    in_force = (edge.valid_from <= today) & (edge.valid_to.is_(None) | (edge.valid_to >= today))
    walked = below.union(select(edge.child).join(below, edge.parent == below.c.id).where(in_force))
    return unit.in_(union(select(walked.c.id), select(organisation.c.id).where(organisation.c.id.in_(sight.own))))


def party(sight: Sight) -> ColumnElement[bool]:
    """Return the condition that one of the actor's own organisations issued or received a directive."""
    received = select(dispatch.c.directive).where(dispatch.c.organisation.in_(sight.own))
    return or_(directive.c.issuer.in_(sight.own), directive.c.id.in_(received))


def seen(sight: Sight) -> ColumnElement[bool]:
    """Return the condition that the actor may open a directive: a party to it, or it was issued in the remit (as `of_directive` has it)."""
    return or_(party(sight), covered(sight, directive.c.issuer)) if sight.heads else party(sight)
