"""Separation of duties (DOMAIN.md 2.12): pairs of forms that one person may not fill in within the same case, as data.

Each pair names when it does not hold, for example where one person holds every role; such an act is marked and listed.
The pairs are read once per process and database: a process that is to see changed pairs is started anew.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import URL, Connection, Row, insert, select

from engine.access.authorise import shipped_rules
from engine.directory.organisations import descendants, holders, organisation_by_id
from engine.history.transaction import Reading
from engine.kernel.actor import ActorType
from engine.kernel.clock import local_date
from engine.kernel.errors import InvalidInput, Refused
from engine.storage.schema import instance, organisation, person, separation, user_task

SINGLE_HOLDER, REPRESENTED, LEVEL = "single_holder", "represented", "level:"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pair:
    name: str
    earlier: str
    exempt: frozenset[str]


_pairs: dict[URL, dict[str, list[_Pair]]] = {}  # database → later form → its pairs


@dataclass(frozen=True, slots=True, kw_only=True)
class ListExceptions:
    """Ask for the exempted acts in an organisation and everything below it."""

    organisation: str


def answer_exceptions(query: ListExceptions, reading: Reading) -> list[dict[str, Any]]:
    """Return the exempted acts, newest first."""
    below = descendants(reading.connection, query.organisation, local_date(reading.now))
    return exceptions(reading.connection, below | {query.organisation})


def load_separation(connection: Connection) -> None:
    """Fill an empty table with the pairs that the product ships."""
    if connection.execute(select(separation.c.name).limit(1)).first():
        return
    shipped = shipped_rules()["separation"]
    rows = [
        {"earlier": earlier, "later": later, "name": entry["name"], "exempt": json.dumps(entry["exempt"])}
        for entry in shipped
        for earlier in entry["earlier"]
        for later in entry["later"]
    ]
    for row in rows:
        for name in json.loads(row["exempt"]):
            if name not in {SINGLE_HOLDER, REPRESENTED} and not name.startswith(LEVEL):
                raise InvalidInput(f"Expected an exemption {SINGLE_HOLDER}, {REPRESENTED} or {LEVEL}<level> in matrix.toml, but found {name!r}.")
    connection.execute(insert(separation), rows)


def exemption(reading: Reading, task: Row[Any], *, represented: bool) -> str | None:
    """Return why the actor may complete a task although they did the other half of a pair; None when they did not.

    `task` has id, instance, organisation, role, form and name. Raises Refused when nothing exempts the act. It asks the
    database only for a form that ends a pair.
    """
    ending = _read_pairs(reading.connection).get(task.form)
    if not ending or reading.actor.type is not ActorType.PERSON:
        return None
    done = _done_before(reading.connection, task, reading.actor.id, [pair.earlier for pair in ending])
    if done is None:
        return None
    pair = next(each for each in ending if each.earlier == done.form)
    others = _others(reading.connection, task, reading.actor.id, local_date(reading.now))
    unit = organisation_by_id(reading.connection, task.organisation)
    holding = {f"{LEVEL}{unit.level}", *([REPRESENTED] if represented else []), *([] if others else [SINGLE_HOLDER])}
    found = sorted(pair.exempt & holding)
    if found:
        return f"{pair.name}: {found[0]}"
    who = f"{', '.join(others)} may" if others else "Have a substitution recorded"
    raise Refused(
        f"Expected another person to complete {task.name!r} than {done.name}, who completed {done.task!r} of the same case "
        f"({pair.name}). {who}."
    )


def exceptions(connection: Connection, organisations: set[str] | None = None) -> list[dict[str, Any]]:
    """Return every act that was exempted from the separation of duties, newest first, of these organisations or of all."""
    query = (
        select(
            user_task.c.id.label("task"),
            user_task.c.name,
            user_task.c.exempted,
            user_task.c.completed_at,
            person.c.name.label("person"),
            organisation.c.name.label("organisation"),
            instance.c.directive,
        )
        .join(person, person.c.id == user_task.c.completed_by)
        .join(organisation, organisation.c.id == user_task.c.organisation)
        .join(instance, instance.c.id == user_task.c.instance)
        .where(user_task.c.exempted.is_not(None))
        .order_by(user_task.c.completed_at.desc(), user_task.c.id.desc())
    )
    if organisations is not None:
        query = query.where(user_task.c.organisation.in_(sorted(organisations)))
    return [dict(row) for row in connection.execute(query).mappings()]


def _read_pairs(connection: Connection) -> dict[str, list[_Pair]]:
    place = connection.engine.url
    if place not in _pairs:
        found: dict[str, list[_Pair]] = {}
        for row in connection.execute(select(separation).order_by(separation.c.earlier)):
            found.setdefault(row.later, []).append(_Pair(name=row.name, earlier=row.earlier, exempt=frozenset(json.loads(row.exempt))))
        _pairs[place] = found
    return _pairs[place]


def _done_before(connection: Connection, task: Row[Any], person_id: str, forms: list[str]) -> Any:
    query = (
        select(user_task.c.form, user_task.c.name.label("task"), person.c.name)
        .join(person, person.c.id == user_task.c.completed_by)
        .where(user_task.c.instance == task.instance, user_task.c.status == "completed", user_task.c.form.in_(forms))
        .where(user_task.c.completed_by == person_id)
        .order_by(user_task.c.completed_at.desc())
    )
    return connection.execute(query.limit(1)).one_or_none()


def _others(connection: Connection, task: Row[Any], person_id: str, day: date) -> list[str]:
    found = holders(connection, task.organisation, task.role, day)
    return sorted({row.name for row in found if row.person != person_id})
