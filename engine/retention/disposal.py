"""Disposal of a directive with all below it, once its time is over: one person proposes it, another one decides (AUDIT.md 8).

What is left: the directives with number, code and date, a stub for each record, and the record of the disposal, which `verify` asks for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import Connection, Row, Select, insert, select, update

from engine.access.authorise import STANDING, Standing
from engine.access.places import places_here
from engine.directory.checks import filled, held_on, reason_of
from engine.history.disposed import DISPOSED, DOCUMENTS, RECORDS
from engine.history.record import Change, Fact, Subject
from engine.history.transaction import Reading, Transaction
from engine.kernel.clock import from_stamp, local_date
from engine.kernel.errors import Conflict, NotFound, Refused
from engine.retention.classes import Kept, kept
from engine.retention.holds import Apply, person_acting, refuse_held_directive, root_of
from engine.retention.removal import remove
from engine.storage.schema import directive, dispatch, disposal, erasure, holding, post, sealed_value

OPEN, REFUSED, DONE = "open", "refused", "done"


class Differs(Protocol):
    """A way in which the tables say something else than the history."""

    def sentence(self) -> str:
        """Return it for people."""


Differences = Callable[[Connection, str], Iterable[Differs]]  # root → how the tables differ from the records of its cascade


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposeDisposal:
    """Propose that a directive is disposed of with all its cascade. `authority`: the number of the document that allows it."""

    directive: str
    authority: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideDisposal:
    """Dispose of what was proposed, or refuse, for a reason. Whoever proposed it can only refuse."""

    disposal: str
    approve: bool
    reason: str


def decide_propose_disposal(command: ProposeDisposal, reading: Reading) -> Apply:
    """Return what keeps the proposal. Raises NotFound; Refused when its time is not over, it is held back, or it is proposed already."""
    connection, why, who = reading.connection, reason_of(command.reason), person_acting(reading)
    authority = filled(command.authority, "the number of the document that allows the disposal")
    letter = _letter(connection, root_of(connection, command.directive))
    known = select(disposal.c.status).where(disposal.c.directive == letter.id, disposal.c.status != REFUSED)
    if (status := connection.execute(known).scalar_one_or_none()) is not None:
        raise Refused(f"Expected a directive that nobody has proposed yet, but the disposal of {letter.code} is {status}. Look at the list.")
    time = _may_go(connection, letter, reading)
    unit = keeper_of(reading, letter.id)

    def apply(transaction: Transaction) -> dict[str, Any]:
        identity = transaction.new_id()
        row = {"id": identity, "directive": letter.id, "organisation": unit, "authority": authority, "reason": why, "proposed_by": who, "proposed_at": transaction.at}
        transaction.connection.execute(insert(disposal).values(status=OPEN, **row))
        changes = (Change(field="status", new=OPEN), Change(field="code", new=letter.code), *_told(time))
        transaction.record(_fact("disposal.proposed", identity, letter.id, changes=changes, code="proposed", reason=why, basis=authority))
        return {"disposal": identity}

    return apply


def decide_disposal(command: DecideDisposal, reading: Reading, *, differences: Differences) -> Apply:
    """Return what disposes, or refuses. Raises NotFound; Refused when it is decided, one's own, held back, or the tables differ from the history."""
    connection, why, who = reading.connection, reason_of(command.reason), person_acting(reading)
    row = disposal_by_id(connection, command.disposal)
    if row.status != OPEN:
        raise Refused(f"Expected a disposal that is proposed, but this one was {row.status} at {row.decided_at}. Nothing is left to decide.")
    if not command.approve:
        return lambda transaction: _refuse(transaction, row, who, why)
    if row.proposed_by in {who, absent(reading)}:
        raise Refused("Expected another person to decide than the one who proposed the disposal, but found the same. Let a second person look.")
    letter = _letter(connection, row.directive)
    time = _may_go(connection, letter, reading)
    for each in differences(connection, letter.id):
        raise Refused(f"Expected the tables to hold what the history tells before anything goes, but: {each.sentence()} Have it verified first.")
    return lambda transaction: _dispose(transaction, row, who, why, time)


def keeper_of(reading: Reading, directive_id: str) -> str | None:
    """Return the organisation that keeps the files of a cascade: who issued its root, or, where nobody of the issuer is here, who received it.

    Of several that received it one of the actor's own; None when there is no such directive.
    """
    connection, day = reading.connection, local_date(reading.now)
    root = connection.execute(select(directive.c.root).where(directive.c.id == directive_id)).scalar_one_or_none()
    issuer: str | None = connection.execute(select(directive.c.issuer).where(directive.c.id == root)).scalar_one_or_none()
    staff = select(holding.c.id).join(post, post.c.id == holding.c.post).where(post.c.organisation == issuer, held_on(day))
    if issuer is None or connection.execute(staff.limit(1)).first() is not None:
        return issuer
    received = connection.execute(select(dispatch.c.organisation).where(dispatch.c.directive == root).order_by(dispatch.c.organisation)).scalars().all()
    own = {place.organisation for place in places_here(reading)}
    return next((unit for unit in received if unit in own), received[0] if received else issuer)


def while_kept(decide: Callable[[Any, Reading], Apply]) -> Callable[[Any, Reading], Apply]:
    """Return a decision that is refused about a directive (`command.directive`) whose content was disposed of: nothing new is to grow there."""

    def decided(command: Any, reading: Reading) -> Apply:
        if command.directive is not None:
            root = select(directive.c.root).where(directive.c.id == command.directive).scalar_subquery()
            query = select(disposal.c.decided_at, directive.c.code).join(directive, directive.c.id == disposal.c.directive)
            gone = reading.connection.execute(query.where(disposal.c.directive == root, disposal.c.status == DONE)).one_or_none()
            if gone is not None:
                day = local_date(from_stamp(str(gone.decided_at)))
                raise Refused(f"Expected a directive whose content is still kept, but {gone.code} was disposed of on {day:%d/%m/%Y}. Choose another one.")
        return decide(command, reading)

    return decided


def disposal_by_id(connection: Connection, identity: str) -> Row[Any]:
    """Return a disposal's row. Raises NotFound."""
    row = connection.execute(select(disposal).where(disposal.c.id == identity)).one_or_none()
    if row is None:
        raise NotFound(f"Expected the id of a disposal, but found {identity!r}, which none has. Choose one of the list.")
    return row


def _letter(connection: Connection, root: str) -> Row[Any]:
    query: Select[Any] = select(directive.c.id, directive.c.code, directive.c.process).where(directive.c.id == root)
    return connection.execute(query).one()


def _may_go(connection: Connection, letter: Row[Any], reading: Reading) -> Kept:
    """Return for how long a directive is kept. Raises Refused when it may not go yet."""
    time = kept(connection, letter)
    if time.closed_on is None:
        raise Refused(f"Expected a directive all of whose cases have ended, but {letter.code} is still worked on. End it first.")
    if time.until is None:
        raise Refused(f"Expected a directive that may be disposed of some day, but {letter.code} is kept for ever (class {time.key}). It stays.")
    if not time.is_over(local_date(reading.now)):
        raise Refused(f"Expected a directive whose time is over, but {letter.code} is kept until {time.until:%d/%m/%Y} (class {time.key}). Wait until then.")
    refuse_held_directive(connection, letter.id)
    return time


def _refuse(transaction: Transaction, row: Row[Any], who: str, why: str) -> dict[str, Any]:
    _decided(transaction, row, REFUSED, who, why)
    changes = (Change(field="status", old=OPEN, new=REFUSED),)
    transaction.record(_fact("disposal.refused", row.id, row.directive, changes=changes, code="refused", reason=why, basis=row.authority))
    return {"disposal": row.id, "status": REFUSED}


def _dispose(transaction: Transaction, row: Row[Any], who: str, why: str, time: Kept) -> dict[str, Any]:
    connection, root = transaction.connection, row.directive
    refuse_held_directive(connection, root)  # it may have been held back since it was read
    _decided(transaction, row, DONE, who, why)
    over = frozenset(connection.execute(select(disposal.c.directive).where(disposal.c.status == DONE)).scalars())
    _forget_keys(transaction, row, who, why)
    gone = remove(transaction, root, row.id, over=over)
    connection.execute(update(disposal).where(disposal.c.id == row.id).values(records=gone.records))
    changes = (
        Change(field="status", old=OPEN, new=DONE),
        Change(field=RECORDS, new=[each.told() for each in gone.logs]),
        Change(field=DOCUMENTS, new=list(gone.documents)),
        Change(field="shared", new=gone.shared),
        *_told(time),
        Change(field="proposed_by", new=row.proposed_by),
    )
    transaction.record(_fact(DISPOSED, row.id, root, changes=changes, code="disposal", reason=why, basis=row.authority))
    return {"disposal": row.id, "status": DONE, "records": gone.records, "documents": len(gone.documents)}


def _forget_keys(transaction: Transaction, row: Row[Any], who: str, why: str) -> None:
    """Have the keys of the personal values destroyed that go with a cascade: their content lies in older backups too."""
    connection = transaction.connection
    subjects = connection.execute(select(sealed_value.c.subject).where(sealed_value.c.directive == row.directive, sealed_value.c.erased_at.is_(None)).distinct())
    told = {"reason": row.reason, "proposed_by": row.proposed_by, "proposed_at": row.proposed_at, "status": DONE}
    told |= {"decided_by": who, "decided_at": transaction.at, "decision_reason": why}
    gone = [{"id": transaction.new_id(), "subject": subject, "organisation": None, **told} for subject in sorted(subjects.scalars())]
    if gone:
        connection.execute(insert(erasure), gone)


def _decided(transaction: Transaction, row: Row[Any], status: str, who: str, why: str) -> None:
    same = update(disposal).where(disposal.c.id == row.id, disposal.c.status == OPEN)
    values = {"status": status, "decided_by": who, "decided_at": transaction.at, "decision_reason": why}
    if transaction.connection.execute(same.values(**values)).rowcount != 1:
        raise Conflict(f"Expected the disposal {row.id} to be open, but it has just been decided.")


def _told(time: Kept) -> tuple[Change, ...]:
    return (
        Change(field="class", new=time.key),
        Change(field="closed_on", new=time.closed_on.isoformat() if time.closed_on else None),
        Change(field="kept_until", new=time.until.isoformat() if time.until else None),
    )


def _fact(action: str, identity: str, root: str, *, changes: tuple[Change, ...], code: str, reason: str, basis: str) -> Fact:
    return Fact(
        action=action,
        subject=Subject(type="disposal", id=identity),
        objects=(Subject(type="directive", id=root, qualifier="root"),),
        changes=changes,
        reason={"code": code, "text": reason},
        basis=basis,
        streams=(root,),
    )


def absent(reading: Reading) -> str | None:
    """Return for whom the actor stands in, if for anybody."""
    standing: Standing | None = reading.seen.get(STANDING)
    return standing.on_behalf_of if standing and standing.delegation else None
