"""Recipient groups: to whom an organisation writes by one name, and which of them owe a report (DOMAIN.md 2.2)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from engine.directory.checks import filled, reason_of
from engine.directory.organisations import organisation_by_code, organisation_by_id
from engine.history.record import Change, Fact, Subject
from engine.history.transaction import Reading, Transaction
from engine.kernel.errors import Conflict, InvalidInput, NotFound
from engine.kernel.vietnamese import fold
from engine.storage.schema import recipient_group, recipient_group_member

Write = Callable[[Transaction], dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateGroup:
    """Make a recipient group of an organisation; it has no members yet."""

    owner: str
    name: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AddGroupMember:
    """Address an organisation (by its code) in a group, or change whether it owes a report."""

    group: str
    code: str
    reports: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveGroupMember:
    """Address an organisation (by its id) no more in a group; letters that were sent stay as they are."""

    group: str
    organisation: str
    reason: str


def decide_create_group(command: CreateGroup, reading: Reading) -> Write:
    """Refuse a name that the organisation's groups have already."""
    unit, name = organisation_by_id(reading.connection, command.owner), filled(command.name, "the name of the group")
    code, why = fold(name).replace(" ", "-")[:60], reason_of(command.reason)
    taken = select(recipient_group.c.id).where(recipient_group.c.owner == unit.id, recipient_group.c.code == code)
    if reading.connection.execute(taken).first():
        raise InvalidInput(f"Expected a new name for a group of {unit.name}, but {name!r} exists already. Choose another.")

    def apply(transaction: Transaction) -> dict[str, Any]:
        identity = transaction.new_id()
        transaction.connection.execute(insert(recipient_group).values(id=identity, owner=unit.id, code=code, name=name))
        changes = (Change(field="name", new=name), Change(field="code", new=code))
        transaction.record(_fact("group.created", identity, unit.id, changes, why))
        return {"group": identity}

    return apply


def decide_add_member(command: AddGroupMember, reading: Reading) -> Write:
    """Refuse an organisation that is a member just so already."""
    group, unit = group_by_id(reading.connection, command.group), organisation_by_code(reading.connection, command.code.strip())
    why, mine = reason_of(command.reason), _member(command.group, unit.id)
    before = reading.connection.execute(select(recipient_group_member.c.reports).where(*mine)).scalar_one_or_none()
    if before is not None and bool(before) == command.reports:
        raise InvalidInput(f"Expected something to change, but {unit.name} is a member of {group.name} just so. Choose another organisation.")

    def apply(transaction: Transaction) -> dict[str, Any]:
        if before is None:
            row = {"recipient_group": group.id, "organisation": unit.id, "reports": int(command.reports)}
            transaction.connection.execute(insert(recipient_group_member).values(**row))
        else:
            transaction.connection.execute(update(recipient_group_member).where(*mine).values(reports=int(command.reports)))
        old = None if before is None else bool(before)
        changes = (Change(field="member", new=unit.id), Change(field="reports", old=old, new=command.reports))
        transaction.record(_fact("group.member_added", group.id, unit.id, changes, why))
        return {"group": group.id}

    return apply


def decide_remove_member(command: RemoveGroupMember, reading: Reading) -> Write:
    """Refuse an organisation that is no member."""
    group, why, mine = group_by_id(reading.connection, command.group), reason_of(command.reason), _member(command.group, command.organisation)
    if not reading.connection.execute(select(recipient_group_member.c.reports).where(*mine)).first():
        raise NotFound(f"Expected a member of {group.name}, but found {command.organisation!r}, which is none.")

    def apply(transaction: Transaction) -> dict[str, Any]:
        if transaction.connection.execute(delete(recipient_group_member).where(*mine)).rowcount != 1:
            raise Conflict(f"Expected the members of {group.name} as they were read, but they have just changed.")
        transaction.record(_fact("group.member_removed", group.id, command.organisation, (Change(field="member", old=command.organisation),), why))
        return {"group": group.id}

    return apply


def group_by_id(connection: Connection, identity: str) -> Row[Any]:
    """Return a recipient group's row. Raises NotFound."""
    row = connection.execute(select(recipient_group).where(recipient_group.c.id == identity)).one_or_none()
    if row is None:
        raise NotFound(f"Expected the id of a recipient group, but found {identity!r}, which none has.")
    return row


def _member(group: str, unit: str) -> tuple[Any, ...]:
    return (recipient_group_member.c.recipient_group == group, recipient_group_member.c.organisation == unit)


def _fact(action: str, identity: str, unit: str, changes: tuple[Change, ...], why: str) -> Fact:
    about = (Subject(type="organisation", id=unit, qualifier="unit"),)
    return Fact(action=action, subject=Subject(type="recipient_group", id=identity), objects=about, changes=changes, reason={"code": "decided", "text": why})
