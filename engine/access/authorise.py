"""Decide whether an actor may do an action in an organisation, and under which rule."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select

from engine.directory.organisations import superiors
from engine.kernel.actor import Actor, ActorType
from engine.kernel.errors import Denied
from engine.storage.schema import holding, permission, person, post, post_role

LANE = "lane"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """As what an actor acts: the post and unit as of the day, and the rule that allowed it."""

    policy: str
    actor: dict[str, Any]
    on_behalf_of: str | None = None


def load_matrix(connection: Connection) -> None:
    """Fill an empty permission table with the matrix that the product ships."""
    if connection.execute(select(permission.c.action).limit(1)).first():
        return
    shipped = tomllib.loads(files("engine.access").joinpath("matrix.toml").read_text("utf-8"))["permission"]
    rows = [
        {"action": entry["action"], "role": role, "relation": entry["relation"]}
        for entry in shipped
        for role in entry["roles"]
    ]
    connection.execute(insert(permission), rows)


def authorise(
    connection: Connection, actor: Actor, *, action: str, organisation: str | None, lane: str | None, day: date
) -> Standing:
    """Return the standing under which `actor` may do `action`; raises Denied.

    `lane` is the role of the task's lane; `organisation` is that of the object acted on. The system itself acts by
    the rule "system" and is never asked for a post.
    """
    if actor.type is not ActorType.PERSON:
        return Standing(policy="system", actor={"type": actor.type.value, "id": actor.id, "name": actor.id, "post": None})
    for place in _posts(connection, actor.id, day, action=action, lane=lane):
        if place["relation"] in _relation(connection, place["organisation"], organisation, day):
            return _standing(actor, place, f"{action}:{place['role']}:{place['relation']}")
    roles = lane or _roles(connection, action)
    raise Denied(
        f"Expected someone who holds the role {roles} in organisation {organisation} on {day} "
        f"for {action!r}, but {actor.id} does not. Ask the holder, or have a substitution recorded."
    )


_GRANTED = select(permission.c.role).where(permission.c.action == bindparam("b_action")).distinct()
_POSTS = (
    select(
        permission.c.relation,
        person.c.name,
        post.c.id.label("post"),
        post.c.title,
        post.c.organisation,
        post_role.c.role,
        holding.c.substitute_for,
    )
    .join(holding, holding.c.person == person.c.id)
    .join(post, post.c.id == holding.c.post)
    .join(post_role, post_role.c.post == post.c.id)
    .join(
        permission,
        (permission.c.role == post_role.c.role)
        | ((permission.c.role == LANE) & (post_role.c.role == bindparam("b_lane"))),
    )
    .where(permission.c.action == bindparam("b_action"))
    .where(person.c.id == bindparam("b_person"), holding.c.valid_from <= bindparam("b_day"))
    .where((holding.c.valid_to.is_(None)) | (holding.c.valid_to >= bindparam("b_day")))
)


def _posts(
    connection: Connection, person_id: str, day: date, *, action: str, lane: str | None
) -> list[dict[str, Any]]:
    """Return the person's posts of the day whose roles the matrix allows the action, with the relation it asks for."""
    values = {"b_person": person_id, "b_day": day.isoformat(), "b_action": action, "b_lane": lane or ""}
    return [dict(row) for row in connection.execute(_POSTS, values).mappings()]


def _relation(connection: Connection, mine: str, theirs: str | None, day: date) -> set[str]:
    if theirs is None:
        return {"any"}
    if mine == theirs:
        return {"any", "own", "remit"}
    return {"any", "remit"} if mine in superiors(connection, theirs, day) else {"any"}


def _standing(actor: Actor, place: dict[str, Any], policy: str) -> Standing:
    who = {
        "type": actor.type.value,
        "id": actor.id,
        "name": place["name"],
        "post": place["post"],
        "title": place["title"],
        "unit": place["organisation"],
    }
    return Standing(policy=policy, actor=who, on_behalf_of=place["substitute_for"])


def _roles(connection: Connection, action: str) -> str:
    found = connection.execute(_GRANTED, {"b_action": action}).scalars()
    return " or ".join(sorted(found)) or "(nobody is allowed)"
