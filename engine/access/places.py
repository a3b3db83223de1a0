"""Where somebody stands on a day: the posts that are held, in which organisations, for whom, and with which roles."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, bindparam, select

from engine.history.transaction import Reading
from engine.kernel.clock import local_date
from engine.storage.schema import holding, organisation, person, post, post_role

PLACES = "places"  # with the id of a person: under which their places of today are kept among what a reading has in common
absent = person.alias("absent")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A post that somebody holds. `substitute_for`: the name of the absent person for whom, with `until`, the last day (ISO)."""

    holding: str
    post: str
    title: str
    organisation: str
    code: str
    name: str
    level: str
    roles: frozenset[str]
    substitute_for: str | None
    until: str | None


_PLACES = (
    select(
        holding.c.id.label("holding"),
        post.c.id.label("post"),
        post.c.title,
        organisation.c.id.label("organisation"),
        organisation.c.code,
        organisation.c.name,
        organisation.c.level,
        post_role.c.role,
        absent.c.name.label("substitute_for"),
        holding.c.valid_to.label("until"),
    )
    .join(post, post.c.id == holding.c.post)
    .join(organisation, organisation.c.id == post.c.organisation)
    .outerjoin(post_role, post_role.c.post == post.c.id)
    .outerjoin(absent, absent.c.id == holding.c.substitute_for)
    .where(holding.c.person == bindparam("b_person"), holding.c.valid_from <= bindparam("b_day"))
    .where((holding.c.valid_to.is_(None)) | (holding.c.valid_to >= bindparam("b_day")))
    .order_by(holding.c.substitute_for.is_not(None), organisation.c.name, post.c.title)
)


def places_here(reading: Reading) -> tuple[Place, ...]:
    """Return the places today of whoever asks or acts; read only once."""
    who = reading.actor.id
    return reading.once((PLACES, who), lambda: places_of(reading.connection, who, local_date(reading.now)))


def places_of(connection: Connection, person_id: str, day: date) -> tuple[Place, ...]:
    """Return the places of a person on a day: own posts first, then those of whom the person substitutes."""
    rows = list(connection.execute(_PLACES, {"b_person": person_id, "b_day": day.isoformat()}).mappings())
    roles: dict[str, set[str]] = {}
    for row in rows:
        roles.setdefault(row["holding"], set()).update({row["role"]} if row["role"] else ())
    first = {row["holding"]: row for row in reversed(rows)}
    return tuple(
        Place(**{name: first[each][name] for name in first[each] if name != "role"}, roles=frozenset(held)) for each, held in roles.items()
    )
