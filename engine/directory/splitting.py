"""Part of an organisation goes on as a body of its own: with some of its posts, and some of the bodies below it.

Which of the two goes on with the open work the administrator decides: what becomes of it is done in the same command
(engine.directives.division). A body that ends by the split is recorded as such afterwards (engine.directives.succession).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from engine.directory.bodies import LEVELS
from engine.directory.checks import filled, hold_directory, iso_day, reason_of
from engine.directory.organisations import organisation_by_id
from engine.directory.posts import begin_holding, end_holding, insert_post
from engine.history.record import Change, Fact, Subject
from engine.history.transaction import Reading, Transaction
from engine.kernel.errors import Conflict, InvalidInput
from engine.storage.schema import holding, organisation, organisation_edge, post, post_role

STAY, GO = "stay", "go"
Write = Callable[[Transaction], dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitOrganisation:
    """Let part of an organisation go on as a new body from `begins` on: under the same superiors, with `posts` and `children` (ids).

    `work`: what becomes of the open work, stay or go; `otherwise`: keys of the pieces that do the other thing.
    """

    organisation: str
    code: str
    name: str
    level: str
    symbol: str
    begins: str
    posts: tuple[str, ...]
    children: tuple[str, ...]
    reason: str
    work: str = STAY
    otherwise: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    """What goes over: edges from above to be had too, edges to the chosen bodies, posts and their holdings."""

    above: Sequence[Row[Any]]
    below: Sequence[Row[Any]]
    posts: Sequence[Row[Any]]
    roles: dict[str, tuple[str, ...]]
    holdings: Sequence[Row[Any]]


def decide_split(command: SplitOrganisation, reading: Reading) -> Write:
    """Refuse a code that is taken, and posts or bodies that are not the organisation's."""
    connection = reading.connection
    old = organisation_by_id(connection, command.organisation)
    code, name = filled(command.code, "the code of the organisation"), filled(command.name, "the name of the organisation")
    why, begins = reason_of(command.reason), iso_day(command.begins)
    if command.level not in LEVELS:
        raise InvalidInput(f"Expected a level of {', '.join(LEVELS)}, but found {command.level!r}. Choose one of them.")
    if connection.execute(select(organisation.c.id).where(organisation.c.code == code)).first():
        raise InvalidInput(f"Expected a new organisation code, but {code!r} exists already. Choose another.")
    parts = _parts(connection, command, begins)

    def apply(transaction: Transaction) -> dict[str, Any]:
        hold_directory(transaction.connection)
        if _parts(transaction.connection, command, begins) != parts:
            raise Conflict(f"Expected {old.name} as it was read, but it has just changed.")
        identity = transaction.new_id()
        row = {"code": code, "name": name, "level": command.level, "symbol": command.symbol.strip() or None, "valid_from": command.begins}
        row["represented_by"] = old.represented_by
        transaction.connection.execute(insert(organisation).values(id=identity, **row))
        _carry_edges(transaction, parts, identity, begins)
        posts = _carry_posts(transaction, parts, identity, begins, why)
        counted = {"bodies": len(parts.below), "posts": len(parts.posts)}
        changes = tuple(Change(field=each, new=value) for each, value in {**row, **counted}.items() if value is not None)
        about = (Subject(type="organisation", id=identity, qualifier="new"),)
        reason = {"code": "split", "text": why}
        transaction.record(Fact(action="organisation.split", subject=Subject(type="organisation", id=old.id), objects=about, changes=changes, reason=reason))
        return {"organisation": identity, "posts": posts}

    return apply


def _parts(connection: Connection, command: SplitOrganisation, begins: date) -> _Parts:
    columns = organisation_edge.c
    still = (columns.valid_from <= begins.isoformat()) & (columns.valid_to.is_(None) | (columns.valid_to >= begins.isoformat()))
    edges = select(organisation_edge).where(still).order_by(columns.id)
    above = connection.execute(edges.where(columns.child == command.organisation)).all()
    below = connection.execute(edges.where(columns.parent == command.organisation, columns.child.in_(command.children))).all()
    posts = connection.execute(select(post).where(post.c.organisation == command.organisation, post.c.id.in_(command.posts)).order_by(post.c.id)).all()
    if {row.child for row in below} != set(command.children) or len(posts) != len(set(command.posts)):
        raise InvalidInput("Expected posts and bodies of the organisation itself, but found others. Open the page again and choose anew.")
    roles: dict[str, tuple[str, ...]] = {}
    for row in connection.execute(select(post_role).where(post_role.c.post.in_(command.posts)).order_by(post_role.c.role)):
        roles[row.post] = (*roles.get(row.post, ()), row.role)
    holdings = select(holding, post.c.organisation, post.c.title).join(post, post.c.id == holding.c.post)
    holdings = holdings.where(holding.c.post.in_(command.posts), holding.c.substitute_for.is_(None)).order_by(holding.c.id)
    in_force = holding.c.valid_to.is_(None) | (holding.c.valid_to >= begins.isoformat())
    return _Parts(above=above, below=below, posts=posts, roles=roles, holdings=connection.execute(holdings.where(in_force)).all())


def _carry_edges(transaction: Transaction, parts: _Parts, identity: str, begins: date) -> None:
    """Put the new body under the same superiors and over the chosen bodies."""
    before = (begins - timedelta(days=1)).isoformat()
    rows = [{"parent": row.parent, "child": identity, "line": row.line, "valid_to": row.valid_to} for row in parts.above]
    rows += [{"parent": identity, "child": row.child, "line": row.line, "valid_to": row.valid_to} for row in parts.below]
    for row in rows:
        transaction.connection.execute(insert(organisation_edge).values(id=transaction.new_id(), valid_from=begins.isoformat(), **row))
    for ended in parts.below:
        transaction.connection.execute(update(organisation_edge).where(organisation_edge.c.id == ended.id).values(valid_to=before))


def _carry_posts(transaction: Transaction, parts: _Parts, identity: str, begins: date, why: str) -> dict[str, str]:
    """Make the chosen posts anew in the new body, and let their holders go over; return the new posts by the old ones."""
    made_of = {}
    for seat in parts.posts:
        made = insert_post(transaction, organisation=identity, title=seat.title, roles=parts.roles.get(seat.id, ()))
        made_of[seat.id] = made
        place = transaction.connection.execute(select(post).where(post.c.id == made)).one()
        for row in parts.holdings:
            if row.post == seat.id:
                first = max(begins.isoformat(), row.valid_from)
                end_holding(transaction, row, begins - timedelta(days=1), why)
                begin_holding(transaction, seat=place, who=row.person, first=first, last=row.valid_to, why=why)
    return made_of
