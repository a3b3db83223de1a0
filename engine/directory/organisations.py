"""The graph of organisations: typed, dated edges; recipient groups resolved for a day."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, select

from engine.kernel.errors import NotFound
from engine.storage.schema import holding, organisation, organisation_edge, person, post, post_role, recipient_group, recipient_group_member

REPRESENTING_ROLE = "clerk"  # who enters what an organisation without an account does


_BY_ID = select(organisation).where(organisation.c.id == bindparam("b_unit"))


def organisation_by_id(connection: Connection, organisation_id: str) -> Row[Any]:
    """Return the organisation's row. Raises NotFound."""
    row = connection.execute(_BY_ID, {"b_unit": organisation_id}).one_or_none()
    if row is None:
        raise NotFound(f"Expected the id of an organisation, but found {organisation_id!r}, which nobody has.")
    return row


_UNIT = select(organisation.c.id).where(organisation.c.id == bindparam("b_unit"))
_ALONE = _UNIT.with_for_update(key_share=True)  # rows that refer to the unit may be written meanwhile
_BESIDE = _UNIT.with_for_update(read=True)


def hold_unit(connection: Connection, organisation_id: str, *, beside: bool = False) -> None:
    """Hold what concerns a unit as a whole until the transaction ends: alone, or beside others who only look.

    For what looks at many rows to write one ("is everybody in?"): of two who look at once, each would miss the other
    (write skew; PostgreSQL 13.2). A SQLite transaction is alone anyway. Nothing of the unit's row is changed.
    """
    connection.execute(_BESIDE if beside else _ALONE, {"b_unit": organisation_id})


def organisation_by_code(connection: Connection, code: str) -> Row[Any]:
    """Return the organisation's row. Raises NotFound."""
    row = connection.execute(select(organisation).where(organisation.c.code == code)).one_or_none()
    if row is None:
        raise NotFound(f"Expected the code of an organisation, but found {code!r}, which is unknown. Import it first.")
    return row


def superiors(connection: Connection, organisation_id: str, day: date) -> set[str]:
    """Return the ids of all organisations above this one, by any line, as of `day`."""
    return _walk(connection, organisation_id, day, upward=True)


def direct_superiors(connection: Connection, organisation_id: str, day: date) -> tuple[str, ...]:
    """Return the ids of the organisations right above this one, by any line, as of `day`."""
    query = _on(select(organisation_edge.c.parent).where(organisation_edge.c.child == organisation_id), day)
    return tuple(sorted(set(connection.execute(query).scalars())))


def descendants(connection: Connection, organisation_id: str, day: date) -> set[str]:
    """Return the ids of all organisations below this one, by any line, as of `day`."""
    return _walk(connection, organisation_id, day, upward=False)


def _walk(connection: Connection, start: str, day: date, *, upward: bool) -> set[str]:
    here, there = organisation_edge.c.child, organisation_edge.c.parent
    if not upward:
        here, there = there, here
    found: set[str] = set()
    frontier = {start}
    while frontier:
        query = _on(select(there).where(here.in_(sorted(frontier))), day)
        frontier = {row[0] for row in connection.execute(query)} - found - {start}
        found |= frontier
    return found


def _on(query: Select[Any], day: date) -> Select[Any]:
    today = day.isoformat()
    columns = organisation_edge.c
    return query.where(columns.valid_from <= today, (columns.valid_to.is_(None)) | (columns.valid_to >= today))


def resolve_groups(connection: Connection, owner: str, codes: list[str]) -> list[Row[Any]]:
    """Return (organisation, code, reports) for every member of the owner's groups, each organisation once.

    `reports` tells whether a reporting duty reaches it (DOMAIN.md 2.2: not the press). Raises NotFound for a group
    that the owner does not have.
    """
    groups = select(recipient_group).where(recipient_group.c.owner == owner)
    known = {row.code: row.id for row in connection.execute(groups)}
    for code in codes:
        if code not in known:
            raise NotFound(f"Expected a recipient group of {owner} ({', '.join(sorted(known))}), but found {code!r}.")
    members = (
        select(recipient_group_member.c.organisation, recipient_group.c.code, recipient_group_member.c.reports)
        .join(recipient_group, recipient_group.c.id == recipient_group_member.c.recipient_group)
        .where(recipient_group.c.id.in_([known[code] for code in codes]))
        .order_by(recipient_group.c.code, recipient_group_member.c.organisation)
    )
    rows: list[Row[Any]] = list(connection.execute(members))
    chosen = {row.organisation: row for row in reversed(rows)}
    return [chosen[key] for key in sorted(chosen)]


def holders(connection: Connection, organisation_id: str, role: str, day: date) -> list[Row[Any]]:
    """Return (person, name, post, title) of everyone who holds `role` (any post when it is "") in the organisation on `day`, substitutes first.

    For an organisation without an account these are the clerks of the body that represents it.
    """
    found = _holders(connection, organisation_id, role, day)
    if found:
        return found
    query = select(organisation.c.represented_by).where(organisation.c.id == organisation_id)
    representing = connection.execute(query).scalar_one_or_none()
    return _holders(connection, representing, REPRESENTING_ROLE, day) if representing else []


def _holders(connection: Connection, organisation_id: str, role: str, day: date) -> list[Row[Any]]:
    today = day.isoformat()
    query = (
        select(person.c.id.label("person"), person.c.name, post.c.id.label("post"), post.c.title)
        .join(holding, holding.c.person == person.c.id)
        .join(post, post.c.id == holding.c.post)
        .where(post.c.organisation == organisation_id, holding.c.valid_from <= today)
        .where((holding.c.valid_to.is_(None)) | (holding.c.valid_to >= today))
        .order_by(holding.c.substitute_for.is_(None), person.c.name)  # the absent come last
    )
    if role:
        query = query.join(post_role, post_role.c.post == post.c.id).where(post_role.c.role == role)
    rows: list[Row[Any]] = list(connection.execute(query))
    return rows
