"""Holds: what may be neither disposed of nor erased, whatever its retention class says, until the hold is lifted (AUDIT.md 8)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from engine.directory.checks import iso_day, reason_of
from engine.history.record import Change, Fact, Subject
from engine.history.transaction import Reading, Transaction
from engine.kernel.actor import ActorType
from engine.kernel.calendar import start_of_day
from engine.kernel.clock import from_stamp, local_date, stamp
from engine.kernel.errors import Conflict, InvalidInput, NotFound, Refused
from engine.storage.schema import directive, history_record, history_stream, person, retention_hold

Apply = Callable[[Transaction], dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SetHold:
    """Hold something back, for a reason: a directive with all its cascade (the id of any directive of it), what a person has done (their login),
    or a period (both days, YYYY-MM-DD). Exactly one of the three."""

    reason: str
    directive: str | None = None
    login: str | None = None
    from_day: str | None = None
    to_day: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LiftHold:
    """End a hold, for a reason."""

    hold: str
    reason: str


def decide_set_hold(command: SetHold, reading: Reading) -> Apply:
    """Return what sets the hold. Raises InvalidInput when it is about nothing or about several things, NotFound, Refused for the system."""
    why, who = reason_of(command.reason), person_acting(reading)
    about = _about(command, reading)

    def apply(transaction: Transaction) -> dict[str, Any]:
        identity = transaction.new_id()
        transaction.connection.execute(insert(retention_hold).values(id=identity, reason=why, set_by=who, set_at=transaction.at, **about))
        changes = tuple(Change(field=name, new=value) for name, value in about.items())
        transaction.record(_fact("hold.set", identity, about["directive"], changes=changes, code="hold", reason=why))
        return {"hold": identity}

    return apply


def decide_lift_hold(command: LiftHold, reading: Reading) -> Apply:
    """Return what lifts the hold. Raises NotFound, Refused when it is lifted already."""
    why, who, row = reason_of(command.reason), person_acting(reading), hold_by_id(reading.connection, command.hold)
    if row.lifted_at is not None:
        raise Refused(f"Expected a hold in force, but this one was lifted at {row.lifted_at}. Nothing is left to do.")

    def apply(transaction: Transaction) -> dict[str, Any]:
        same = update(retention_hold).where(retention_hold.c.id == row.id, retention_hold.c.lifted_at.is_(None))
        if transaction.connection.execute(same.values(lifted_by=who, lifted_at=transaction.at, lift_reason=why)).rowcount != 1:
            raise Conflict(f"Expected the hold {row.id} to be in force, but it has just been lifted.")
        changes = (Change(field="lifted_at", new=transaction.at),)
        transaction.record(_fact("hold.lifted", row.id, row.directive, changes=changes, code="hold", reason=why))
        return {"hold": row.id}

    return apply


def person_acting(reading: Reading) -> str:
    """Return who acts. Raises Refused for the system: somebody has to answer for it."""
    if reading.actor.type is not ActorType.PERSON:
        raise Refused("Expected a person who answers for this, but found the system alone. Say who acts: on the command line with --as LOGIN.")
    return reading.actor.id


def hold_by_id(connection: Connection, identity: str) -> Row[Any]:
    """Return a hold's row. Raises NotFound."""
    row = connection.execute(select(retention_hold).where(retention_hold.c.id == identity)).one_or_none()
    if row is None:
        raise NotFound(f"Expected the id of a hold, but found {identity!r}, which none has. Choose one of the list.")
    return row


def refuse_held_directive(connection: Connection, root: str) -> None:
    """Raise Refused when a hold covers a cascade: it itself, somebody who has acted in it, or days on which something was recorded of it."""
    for hold in _in_force(connection):
        if hold.directive == root or _is_recorded(connection, root, hold):
            raise _refused(hold)


def refuse_held_value(connection: Connection, *, root: str | None, person_id: str | None, days: Iterable[str]) -> None:
    """Raise Refused when a hold covers personal values: by their directive, the person whose they are or who has acted there, or a day on which
    one of them came (YYYY-MM-DD)."""
    known = list(days)
    for hold in _in_force(connection):
        is_about = (root is not None and hold.directive == root) or (person_id is not None and hold.person == person_id)
        came = hold.from_day is not None and any(hold.from_day <= day <= hold.to_day for day in known)
        if is_about or came or (root is not None and hold.person is not None and _is_recorded(connection, root, hold)):
            raise _refused(hold)


def _in_force(connection: Connection) -> Sequence[Row[Any]]:
    return connection.execute(select(retention_hold).where(retention_hold.c.lifted_at.is_(None)).order_by(retention_hold.c.id)).all()


def _refused(hold: Row[Any]) -> Refused:
    since = local_date(from_stamp(hold.set_at))
    return Refused(f"Expected nothing to be held back here, but a hold has been in force since {since:%d/%m/%Y}: {hold.reason} Have it lifted first.")


def _is_recorded(connection: Connection, root: str, hold: Row[Any]) -> bool:
    """Tell whether the records of a cascade have what a hold is about: its person as somebody who acted, or one of its days."""
    columns = history_record.c
    query = select(columns.seq).join(history_stream, (history_stream.c.log == columns.log) & (history_stream.c.seq == columns.seq))
    query = query.where(history_stream.c.stream == root)
    if hold.person is not None:
        query = query.where(columns.actor == hold.person)
    elif hold.from_day is not None:
        first = stamp(start_of_day(date.fromisoformat(hold.from_day)))
        behind = stamp(start_of_day(date.fromisoformat(hold.to_day) + timedelta(days=1)))
        query = query.where(columns.recorded_at >= first, columns.recorded_at < behind)
    else:
        return False
    return connection.execute(query.limit(1)).first() is not None


def _about(command: SetHold, reading: Reading) -> dict[str, Any]:
    about: dict[str, Any] = dict.fromkeys(("directive", "person", "from_day", "to_day"))
    about |= dict(_named(command, reading))
    kinds = sum((about["directive"] is not None, about["person"] is not None, about["from_day"] is not None))
    if kinds != 1:
        raise InvalidInput("Expected a directive, a person, or the two days of a period to hold back, but found none of them or several. Say one.")
    return about


def _named(command: SetHold, reading: Reading) -> Iterator[tuple[str, Any]]:
    connection = reading.connection
    if command.directive:
        yield "directive", root_of(connection, command.directive)
    if command.login:
        found = connection.execute(select(person.c.id).where(person.c.login == command.login)).scalar_one_or_none()
        if found is None:
            raise NotFound(f"Expected the login of a person, but nobody has {command.login!r}.")
        yield "person", found
    if command.from_day or command.to_day:
        first, last = iso_day(command.from_day or ""), iso_day(command.to_day or "")
        if last < first:
            raise InvalidInput(f"Expected a period that ends after it begins, but found {first:%d/%m/%Y} to {last:%d/%m/%Y}. Change the days.")
        yield "from_day", first.isoformat()
        yield "to_day", last.isoformat()


def root_of(connection: Connection, directive_id: str) -> str:
    """Return the root of a directive's cascade. Raises NotFound."""
    found = connection.execute(select(directive.c.root).where(directive.c.id == directive_id)).scalar_one_or_none()
    if found is None:
        raise NotFound(f"Expected the id of a directive, but found {directive_id!r}, which none has. Choose one of the list.")
    return str(found)


def _fact(action: str, identity: str, root: str | None, *, changes: tuple[Change, ...], code: str, reason: str) -> Fact:
    objects = (Subject(type="directive", id=root, qualifier="root"),) if root else ()
    streams = (root,) if root else ()
    return Fact(action=action, subject=Subject(type="hold", id=identity), objects=objects, changes=changes, reason={"code": code, "text": reason}, streams=streams)
