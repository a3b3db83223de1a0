"""The directory as an administrator looks at it on a day: organisations level by level, one organisation, one recipient group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, func, or_, select

from engine.directory.bodies import LEVELS
from engine.directory.groups import group_by_id
from engine.directory.organisations import organisation_by_id
from engine.history.transaction import Reading
from engine.kernel.vietnamese import collation_key, fold
from engine.storage.schema import (
    holding,
    organisation,
    organisation_edge,
    person,
    post,
    post_role,
    recipient_group,
    recipient_group_member,
    succession,
)

PAGE = 50  # rows of a list
_parent, _child = organisation.alias("parent_body"), organisation.alias("child_body")
_holder, _absent = person.alias("holder"), person.alias("absent_person")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListOrganisations:
    """Ask for organisations as of a day (ISO): those right below `parent`, those at the top (None), or those that `text` finds."""

    day: str
    parent: str | None = None
    text: str = ""
    page: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowOrganisation:
    """Ask for one organisation as of a day (ISO), with a page of what stands below it (0: all of it)."""

    organisation: str
    day: str
    page: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowGroup:
    """Ask for a recipient group with a page of its members (0: all of them)."""

    group: str
    page: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One page of a list, `total` rows in all; `below`: how many bodies stand right below each, by id."""

    rows: Sequence[Row[Any]]
    total: int
    below: Mapping[str, int]
    parent: Row[Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """Everything about one organisation on a day. `children_total`: of which one page is here."""

    row: Row[Any]
    above: Sequence[Row[Any]]
    children: Sequence[Row[Any]]
    children_total: int
    posts: Sequence[Row[Any]]
    roles: Mapping[str, tuple[str, ...]]
    holders: Mapping[str, tuple[Row[Any], ...]]
    groups: Sequence[Row[Any]]
    member_of: Sequence[Row[Any]]
    represents: Sequence[Row[Any]]
    successions: Sequence[Row[Any]]
    representative: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A recipient group, its owner's name, and one page of its members."""

    row: Row[Any]
    owner: str
    members: Sequence[Row[Any]]
    total: int


def answer_organisations(query: ListOrganisations, reading: Reading) -> Listed:
    """Return one page, with the number of bodies below each of its rows."""
    connection = reading.connection
    parent = organisation_by_id(connection, query.parent) if query.parent else None
    known = [row for row in connection.execute(_level(query)) if _fits(row, query.text)]
    known.sort(key=lambda row: (LEVELS.index(row.level) if row.level in LEVELS else len(LEVELS), collation_key(row.name)))
    rows = known[(query.page - 1) * PAGE : query.page * PAGE]
    counted = select(organisation_edge.c.parent, func.count(organisation_edge.c.child.distinct())).where(*edges_on(query.day))
    counted = counted.where(organisation_edge.c.parent.in_([row.id for row in rows])).group_by(organisation_edge.c.parent)
    return Listed(rows=rows, total=len(known), below={row[0]: row[1] for row in connection.execute(counted)}, parent=parent)


def edges_on(day: str) -> tuple[Any, ...]:
    """Return the conditions that an edge is in force on a day."""
    columns = organisation_edge.c
    return (columns.valid_from <= day, or_(columns.valid_to.is_(None), columns.valid_to >= day))


def _level(query: ListOrganisations) -> Select[Any]:
    """The bodies in question: only those that exist on the day, unless one looks for a name, which finds ended ones too."""
    rows = select(organisation)
    if query.text.strip():
        return rows
    rows = rows.where(organisation.c.valid_from <= query.day, or_(organisation.c.valid_to.is_(None), organisation.c.valid_to >= query.day))
    below = select(organisation_edge.c.child).where(*edges_on(query.day))
    if query.parent:
        return rows.where(organisation.c.id.in_(below.where(organisation_edge.c.parent == query.parent)))
    return rows.where(organisation.c.id.not_in(below))


def _fits(row: Row[Any], text: str) -> bool:
    wanted = fold(text).split()
    return not wanted or all(word in fold(f"{row.name} {row.code} {row.symbol or ''}") for word in wanted)


def answer_organisation(query: ShowOrganisation, reading: Reading) -> Organisation:
    """Return the organisation with what stands around it. Raises NotFound."""
    connection, row = reading.connection, organisation_by_id(reading.connection, query.organisation)
    posts = connection.execute(select(post).where(post.c.organisation == row.id).order_by(post.c.title, post.c.id)).all()
    groups = select(recipient_group, func.count(recipient_group_member.c.organisation).label("members"))
    groups = groups.outerjoin(recipient_group_member, recipient_group_member.c.recipient_group == recipient_group.c.id)
    groups = groups.where(recipient_group.c.owner == row.id).group_by(*recipient_group.c).order_by(recipient_group.c.name)
    total, children = _children(connection, query)
    return Organisation(
        row=row,
        above=connection.execute(_above(row.id, query.day)).all(),
        children=children,
        children_total=total,
        posts=posts,
        roles=_roles(connection, row.id),
        holders=_holders(connection, row.id),
        groups=connection.execute(groups).all(),
        member_of=connection.execute(_member_of(row.id)).all(),
        represents=connection.execute(_represented(row)).all(),
        successions=connection.execute(_successions(row.id)).all(),
        representative=_name_of(connection, row.represented_by),
    )


def _above(unit: str, day: str) -> Select[Any]:
    """The edges from above that are in force or to come, and those that have ended, newest first."""
    del day  # an administrator sees them all, with their days
    query = select(organisation_edge, _parent.c.name).join(_parent, _parent.c.id == organisation_edge.c.parent)
    return query.where(organisation_edge.c.child == unit).order_by(organisation_edge.c.valid_to.is_not(None), _parent.c.name, organisation_edge.c.id)


def _children(connection: Connection, query: ShowOrganisation) -> tuple[int, Sequence[Row[Any]]]:
    mine = (organisation_edge.c.parent == query.organisation, *edges_on(query.day))
    total = connection.execute(select(func.count()).select_from(organisation_edge).where(*mine)).scalar_one()
    rows = select(organisation_edge, _child.c.name, _child.c.code, _child.c.level).join(_child, _child.c.id == organisation_edge.c.child).where(*mine)
    return total, connection.execute(_page(rows.order_by(_child.c.name, organisation_edge.c.id), query.page)).all()


def _page(query: Select[Any], page: int) -> Select[Any]:
    return query.limit(PAGE).offset((page - 1) * PAGE) if page else query


def _roles(connection: Connection, unit: str) -> dict[str, tuple[str, ...]]:
    query = select(post_role).join(post, post.c.id == post_role.c.post).where(post.c.organisation == unit).order_by(post_role.c.role)
    found: dict[str, tuple[str, ...]] = {}
    for row in connection.execute(query):
        found[row.post] = (*found.get(row.post, ()), row.role)
    return found


def _holders(connection: Connection, unit: str) -> dict[str, tuple[Row[Any], ...]]:
    query = select(holding, _holder.c.name, _absent.c.name.label("absent")).join(_holder, _holder.c.id == holding.c.person)
    query = query.outerjoin(_absent, _absent.c.id == holding.c.substitute_for).join(post, post.c.id == holding.c.post)
    query = query.where(post.c.organisation == unit).order_by(holding.c.valid_to.is_not(None), holding.c.valid_from.desc(), holding.c.id)
    found: dict[str, tuple[Row[Any], ...]] = {}
    for row in connection.execute(query):
        found[row.post] = (*found.get(row.post, ()), row)
    return found


def _member_of(unit: str) -> Select[Any]:
    query = select(recipient_group.c.id, recipient_group.c.name, _parent.c.name.label("owner"), recipient_group_member.c.reports)
    query = query.join(recipient_group_member, recipient_group_member.c.recipient_group == recipient_group.c.id)
    return query.join(_parent, _parent.c.id == recipient_group.c.owner).where(recipient_group_member.c.organisation == unit).order_by(_parent.c.name)


def _represented(row: Row[Any]) -> Select[Any]:
    return select(organisation.c.id, organisation.c.name).where(organisation.c.represented_by == row.id).order_by(organisation.c.name).limit(PAGE)


def _name_of(connection: Connection, identity: str | None) -> str | None:
    return connection.execute(select(organisation.c.name).where(organisation.c.id == identity)).scalar_one_or_none() if identity else None


def _successions(unit: str) -> Select[Any]:
    query = select(succession, _parent.c.name.label("old"), _child.c.name.label("new")).join(_parent, _parent.c.id == succession.c.predecessor)
    query = query.join(_child, _child.c.id == succession.c.successor)
    return query.where(or_(succession.c.predecessor == unit, succession.c.successor == unit)).order_by(succession.c.day)


def answer_group(query: ShowGroup, reading: Reading) -> Group:
    """Return a group with one page of its members. Raises NotFound."""
    connection, row = reading.connection, group_by_id(reading.connection, query.group)
    mine = recipient_group_member.c.recipient_group == row.id
    total = connection.execute(select(func.count()).select_from(recipient_group_member).where(mine)).scalar_one()
    members: Select[Any] = select(organisation.c.id, organisation.c.name, organisation.c.code, organisation.c.valid_to, recipient_group_member.c.reports)
    members = members.join(recipient_group_member, recipient_group_member.c.organisation == organisation.c.id).where(mine)
    rows = connection.execute(_page(members.order_by(organisation.c.name), query.page)).all()
    return Group(row=row, owner=organisation_by_id(connection, row.owner).name, members=rows, total=total)
