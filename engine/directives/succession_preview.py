"""What a merger will touch, told before it is done: counts, by kind, and what the successor has of the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, func, select

from engine.directives.succession import ENDED_DISPATCHES, owned_rows
from engine.directory.organisations import organisation_by_id
from engine.history.transaction import Reading
from engine.storage.schema import directive, dispatch, holding, instance, organisation_edge, person, post, recipient_group_member, user_task


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewSuccession:
    """Ask what would go from one organisation to another (None: to whichever it will be)."""

    predecessor: str
    successor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """`counts`: how many rows of each kind change hands; `doubles`: directives that both have, of which the old case ends."""

    old: Row[Any]
    new: Row[Any] | None
    counts: Mapping[str, int]
    doubles: int
    holders: Sequence[Row[Any]]


def answer_preview_succession(query: PreviewSuccession, reading: Reading) -> Touched:
    """Return what is open, in one statement for all counts."""
    connection = reading.connection
    old = organisation_by_id(connection, query.predecessor)
    new = organisation_by_id(connection, query.successor) if query.successor else None
    columns = {
        "cases": _count(instance, instance.c.organisation == old.id, instance.c.status != "ended"),
        "tasks": _count(user_task, user_task.c.organisation == old.id, user_task.c.status == "open"),
        "receipts": _count(dispatch, dispatch.c.organisation == old.id, dispatch.c.status.not_in(ENDED_DISPATCHES), dispatch.c.directive.in_(_issued())),
        "edges": _count(
            organisation_edge, (organisation_edge.c.parent == old.id) | (organisation_edge.c.child == old.id), organisation_edge.c.valid_to.is_(None)
        ),
        "groups": _count(recipient_group_member, recipient_group_member.c.organisation == old.id),
    }
    for owned in owned_rows():
        name = f"{owned.table.name}.{owned.column}"
        columns[name] = _count(owned.table, owned.table.c[owned.column] == old.id, owned.open)
    counted = connection.execute(select(*(each.label(name) for name, each in columns.items()))).mappings().one()
    return Touched(old=old, new=new, counts={name: counted[name] for name in columns}, doubles=_doubles(reading, query), holders=_holders(reading, old.id))


def _issued() -> Any:
    return select(directive.c.id).where(directive.c.status == "issued")


def _count(table: Any, *conditions: Any) -> Any:
    return select(func.count()).select_from(table).where(*conditions).scalar_subquery()


def _doubles(reading: Reading, query: PreviewSuccession) -> int:
    if query.successor is None:
        return 0
    theirs = select(dispatch.c.directive).where(dispatch.c.organisation == query.successor)
    mine = (instance.c.organisation == query.predecessor, instance.c.status != "ended", instance.c.directive.in_(theirs))
    return int(reading.connection.execute(select(func.count()).select_from(instance).where(*mine)).scalar_one())


def _holders(reading: Reading, unit: str) -> Sequence[Row[Any]]:
    """Return the posts whose holding ends with the body: (title, name)."""
    query: Select[Any] = select(post.c.title, person.c.name).join(holding, holding.c.post == post.c.id).join(person, person.c.id == holding.c.person)
    return reading.connection.execute(query.where(post.c.organisation == unit, holding.c.valid_to.is_(None)).order_by(post.c.title, person.c.name)).all()
