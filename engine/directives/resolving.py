"""Whom a draft would reach: recipient groups of an organisation, resolved as of now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select

from engine.access.places import places_here
from engine.directory.organisations import resolve_groups
from engine.history.transaction import Reading
from engine.kernel.errors import Denied
from engine.storage.schema import organisation, recipient_group, recipient_group_member


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolveRecipients:
    """Resolve groups (their codes) of an organisation in which the actor stands; unknown codes are left out."""

    organisation: str
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """An organisation that would receive the letter. `reports`: a duty to report reaches it."""

    name: str
    group: str
    reports: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """`groups`: code → (name, how many members), all of the owner; `reached`: each organisation once, by name."""

    groups: Mapping[str, tuple[str, int]]
    reached: tuple[Reached, ...]
    unknown: tuple[str, ...]


def answer_recipients_of(query: ResolveRecipients, reading: Reading) -> Resolved:
    """Return whom the groups reach. Raises Denied for an organisation in which the actor does not stand."""
    connection, owner = reading.connection, query.organisation
    places = places_here(reading)
    represented = select(organisation.c.represented_by).where(organisation.c.id == owner)
    units = {place.organisation for place in places}
    if owner not in units and connection.execute(represented).scalar_one_or_none() not in units:
        raise Denied("Expected one of your own organisations, whose recipients you may see, but you hold no post in this one.")
    members = (
        select(recipient_group.c.code, recipient_group.c.name, recipient_group_member.c.organisation)
        .outerjoin(recipient_group_member, recipient_group_member.c.recipient_group == recipient_group.c.id)
        .where(recipient_group.c.owner == owner)
        .order_by(recipient_group.c.code)
    )
    groups: dict[str, tuple[str, int]] = {}
    for row in connection.execute(members):
        name, count = groups.get(row.code, (row.name, 0))
        groups[row.code] = (name, count + (row.organisation is not None))
    known = [code for code in query.codes if code in groups]
    rows = {row.organisation: row for row in resolve_groups(connection, owner, known) if row.organisation != owner} if known else {}
    named = select(organisation.c.id, organisation.c.name).where(organisation.c.id.in_(list(rows))).order_by(organisation.c.name)
    reached = tuple(Reached(name=row.name, group=rows[row.id].code, reports=bool(rows[row.id].reports)) for row in connection.execute(named))
    return Resolved(groups=groups, reached=reached, unknown=tuple(code for code in query.codes if code not in groups))
