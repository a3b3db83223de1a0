"""Decide whether an actor may do an action in an organisation, and under which rule."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from sqlalchemy import Connection, Integer, Table, bindparam, insert, select

from engine.directory.organisations import superiors
from engine.directory.substitution import excluded, substitution_ended
from engine.history.transaction import Reading
from engine.kernel.actor import Actor, ActorType
from engine.kernel.clock import local_date
from engine.kernel.errors import Conflict, Denied, InvalidInput
from engine.storage.schema import holding, permission, person, post, post_role
from engine.storage.schema import organisation as organisation_table

LANE = "lane"
NO_ROLE = ""  # the lane of a task whose diagram names no role: whoever holds a post may do it
ANYBODY = "anybody"  # what its rule is called then
STANDING = "standing"  # under which the standing is among what a reading has seen
REPRESENTS = "represents"
SELF = "self"
SIGNING_FOR = "K/T"  # a deputy signs for the absent head (Huong dan 36-HD/VPTW)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """As what an actor acts: the post and unit as of the day, and the rule that allowed it.

    `on_behalf_of` is the absent person for whom a substitute acts (told by `delegation`), or the organisation for which
    a clerk of `entered_by` enters what it did on paper. `holding`: the row by which the person holds the post, or stands in for it.
    """

    policy: str
    actor: dict[str, Any]
    on_behalf_of: str | None = None
    delegation: dict[str, Any] | None = None
    entered_by: str | None = None
    holding: str | None = None


@cache
def shipped_rules() -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """Return what the product ships of who may do what (`permission`), and of what one person may not do twice (`separation`)."""
    return tomllib.loads(files("engine.access").joinpath("matrix.toml").read_text("utf-8"))


def load_matrix(connection: Connection) -> None:
    """Fill in what the shipped matrix says of actions that the permission table does not know: all of them, or those of a newer version.

    What an administrator has changed of a known action stays as it is.
    """
    shipped = shipped_rules()["permission"]
    unknown = {entry["relation"] for entry in shipped} - set(NEAREST)
    if unknown:
        raise InvalidInput(f"Expected relations of {', '.join(NEAREST)} in matrix.toml, but found {', '.join(sorted(unknown))}.")
    known = set(connection.execute(select(permission.c.action).distinct()).scalars())
    rows = [
        {"action": entry["action"], "role": role, "relation": entry["relation"]}
        for entry in shipped
        if entry["action"] not in known
        for role in entry["roles"]
    ]
    if rows:
        connection.execute(insert(permission), rows)


def authorise(
    reading: Reading,
    *,
    action: str,
    organisation: str | None,
    lane: str | None,
    form: str | None = None,
    oneself: bool = False,
) -> Standing:
    """Return the standing under which the actor may do `action` today; raises Denied.

    `lane` is the role of the task's lane ("": none, then any post will do; None: no task), `form` its form; `organisation`
    is that of the object acted on. The system itself acts by the rule "system" and is never asked for a post. `oneself`: it is
    about nobody but the actor, which needs no post where the matrix lets everybody.
    """
    connection, actor, day = reading.connection, reading.actor, local_date(reading.now)
    if actor.type is not ActorType.PERSON:
        return Standing(policy="system", actor={"type": actor.type.value, "id": actor.id, "name": actor.id, "post": None})
    if oneself and connection.execute(_ONESELF, {"b_action": action}).first():
        who = {"type": actor.type.value, "id": actor.id, "name": _name(connection, person, actor.id), "post": None}
        return Standing(policy=f"{action}:{ANYBODY}:{SELF}", actor=who)
    for place in reading.once((_posts, actor.id, action, lane), lambda: _posts(connection, actor.id, day, action=action, lane=lane)):
        if excluded(place["limits"], action, form) is None and _related(connection, place, organisation, day):
            role = ANYBODY if lane == NO_ROLE and place["granted"] == LANE else place["role"]
            return _standing(connection, actor, place, organisation, f"{action}:{role}:{place['relation']}")
    why = substitution_ended(connection, actor.id, organisation, action=action, form=form, day=day)
    if why is not None:
        raise Denied(why)
    name = _name(connection, person, actor.id)  # four sentences, not one of pieces: each is a text of its own in another language
    unit = _name(connection, organisation_table, organisation) if organisation else ""
    if lane == NO_ROLE and unit:
        raise Denied(f"Expected someone who holds a post in {unit} on {day} for {action!r}, but {name} does not. Ask the holder, or have a substitution recorded.")
    if lane == NO_ROLE:
        raise Denied(f"Expected someone who holds a post on {day} for {action!r}, but {name} does not. Ask the holder, or have a substitution recorded.")
    roles = lane or _roles(connection, action)
    if unit:
        raise Denied(f"Expected someone who holds the role {roles} in {unit} on {day} for {action!r}, but {name} does not. Ask the holder, or have a substitution recorded.")
    raise Denied(f"Expected someone who holds the role {roles} on {day} for {action!r}, but {name} does not. Ask the holder, or have a substitution recorded.")


_HELD = (
    select(holding.c.id)
    .where(holding.c.id == bindparam("b_holding"), holding.c.valid_from <= bindparam("b_day"))
    .where((holding.c.valid_to.is_(None)) | (holding.c.valid_to >= bindparam("b_day")))
    .with_for_update(read=True)
)


def hold(connection: Connection, standing: Standing, day: date) -> None:
    """Keep a standing as it is until the transaction ends, so that nobody acts whose post or substitution has ended before.

    Raises Conflict when it has ended since it was read: whoever reads again says why.
    """
    if standing.holding is None:
        return
    if connection.execute(_HELD, {"b_holding": standing.holding, "b_day": day.isoformat()}).first() is None:
        raise Conflict(f"Expected the holding {standing.holding} to be in force on {day}, but it has just ended.")


NEAREST = (SELF, "own", REPRESENTS, "remit", "any")  # relations, those that cost no question first
_REPRESENTED = select(organisation_table.c.represented_by).where(organisation_table.c.id == bindparam("b_theirs"))
_GRANTED = select(permission.c.role).where(permission.c.action == bindparam("b_action")).distinct()
_ONESELF = select(permission.c.role).where(
    permission.c.action == bindparam("b_action"), permission.c.role == ANYBODY, permission.c.relation == SELF
)
_POSTS = (
    select(
        permission.c.relation,
        permission.c.role.label("granted"),
        person.c.name,
        post.c.id.label("post"),
        post.c.title,
        post.c.organisation,
        post_role.c.role,
        holding.c.id.label("holding"),
        holding.c.substitute_for,
        holding.c.limits,
        holding.c.valid_from,
        holding.c.valid_to,
    )
    .join(holding, holding.c.person == person.c.id)
    .join(post, post.c.id == holding.c.post)
    .outerjoin(post_role, post_role.c.post == post.c.id)
    .join(
        permission,
        (permission.c.role == post_role.c.role)
        | ((permission.c.role == LANE) & ((post_role.c.role == bindparam("b_lane")) | (bindparam("b_anybody", type_=Integer) == 1))),
    )
    .where(permission.c.action == bindparam("b_action"))
    .where(person.c.id == bindparam("b_person"), holding.c.valid_from <= bindparam("b_day"))
    .where((holding.c.valid_to.is_(None)) | (holding.c.valid_to >= bindparam("b_day")))
)


def _posts(
    connection: Connection, person_id: str, day: date, *, action: str, lane: str | None
) -> list[dict[str, Any]]:
    """Return the person's posts of the day whose roles the matrix allows the action, with the relation it asks for.

    Posts of their own come before those of whom they substitute, and the nearest relation first.
    """
    values = {"b_person": person_id, "b_day": day.isoformat(), "b_action": action, "b_lane": lane or "", "b_anybody": int(lane == NO_ROLE)}
    found = [dict(row) for row in connection.execute(_POSTS, values).mappings()]
    return sorted(found, key=lambda place: (place["substitute_for"] is not None, NEAREST.index(place["relation"])))


def granted(connection: Connection, person_id: str, day: date, action: str) -> list[tuple[str, str]]:
    """Return (organisation, relation) for every post of the day by which a person may do an action there; a lane is not asked for."""
    places = _posts(connection, person_id, day, action=action, lane=None)
    return [(place["organisation"], place["relation"]) for place in places if excluded(place["limits"], action, None) is None]


def _related(connection: Connection, place: dict[str, Any], theirs: str | None, day: date) -> bool:
    """Tell whether the post's organisation stands to that of the object as the rule asks."""
    wanted, mine = place["relation"], place["organisation"]
    if wanted == "any":
        return True
    if theirs is None:
        return False
    match wanted:
        case "own":
            return bool(mine == theirs)
        case "remit":
            return bool(mine == theirs) or mine in superiors(connection, theirs, day)
        case "represents":
            return bool(connection.execute(_REPRESENTED, {"b_theirs": theirs}).scalar_one_or_none() == mine)
    raise AssertionError(f"unreachable: relation {wanted!r} was checked when it was loaded")


def _standing(connection: Connection, actor: Actor, place: dict[str, Any], theirs: str | None, policy: str) -> Standing:
    who = {
        "type": actor.type.value,
        "id": actor.id,
        "name": place["name"],
        "post": place["post"],
        "title": place["title"],
        "unit": place["organisation"],
    }
    if place["relation"] == REPRESENTS:
        return Standing(policy=policy, actor=who, on_behalf_of=theirs, entered_by=place["organisation"], holding=place["holding"])
    absent = place["substitute_for"]
    delegation = _delegation(connection, place) if absent else None
    return Standing(policy=policy, actor=who, on_behalf_of=absent, delegation=delegation, holding=place["holding"])


def _name(connection: Connection, table: Table, identity: str) -> str:
    found = connection.execute(select(table.c.name).where(table.c.id == identity)).scalar_one_or_none()
    return str(found or identity)


def _delegation(connection: Connection, place: dict[str, Any]) -> dict[str, Any]:
    absent = connection.execute(select(person.c.name).where(person.c.id == place["substitute_for"])).scalar_one()
    return {
        "id": place["holding"],
        "mark": SIGNING_FOR,
        "for": {"id": place["substitute_for"], "name": absent},
        "valid_from": place["valid_from"],
        "valid_to": place["valid_to"],
    }


def _roles(connection: Connection, action: str) -> str:
    found = connection.execute(_GRANTED, {"b_action": action}).scalars()
    return " or ".join(sorted(found)) or "(nobody is allowed)"
