"""Single numbers of a register: one taken for a document that is kept on paper, one made void for a reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, select, update

from engine.directives.books import ALL_TYPES, DIRECTIONS
from engine.directives.register import code_of, enter, take_number, term_of
from engine.history.record import Change, Fact, Subject
from engine.history.transaction import Reading, Transaction
from engine.kernel.errors import Conflict, InvalidInput, NotFound, Refused
from engine.storage.schema import directive, dispatch, register_book, register_entry

IN_FORCE = frozenset({"issued", "closed"})
NOT_TAKEN_IN = frozenset({"00", "01", "02", "15"})  # on its way, refused, given back (DOMAIN.md 2.10)


@dataclass(frozen=True, slots=True, kw_only=True)
class EnterNumber:
    """Take a number for a document whose text stays outside: on paper, or classified (DOMAIN.md 2.7).

    `symbol` is the symbol of an outgoing document, the whole printed code of an incoming one; `author` its issuer.
    """

    organisation: str
    direction: str
    doc_type: str
    symbol: str
    day: str
    subject: str
    author: str = ""
    doc_date: str | None = None
    signer: str | None = None
    handed_to: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VoidNumber:
    """Make a number void, for a reason. It is never given again; its entry stays and is printed as void."""

    entry: str
    reason: str


def decide_enter_number(command: EnterNumber, _reading: Reading) -> Callable[[Transaction], dict[str, Any]]:
    """Refuse what a register line needs and does not have."""
    if command.direction not in DIRECTIONS:
        raise InvalidInput(f"Expected a direction of {', '.join(DIRECTIONS)}, but found {command.direction!r}.")
    for name in ("doc_type", "symbol", "subject"):
        if not str(getattr(command, name)).strip():
            raise InvalidInput(f"Expected {name} of the document, but found it blank. Fill it in.")
    try:
        day = date.fromisoformat(command.day)
    except ValueError:
        raise InvalidInput(f"Expected a day as YYYY-MM-DD, but found {command.day!r}.") from None
    incoming = command.direction == "incoming"

    def apply(transaction: Transaction) -> dict[str, Any]:
        taken = take_number(
            transaction,
            organisation=command.organisation,
            direction=command.direction,
            doc_type=ALL_TYPES if incoming else command.doc_type,
            term=str(day.year) if incoming else term_of(command.symbol, day.year),
            day=day,
        )
        code = command.symbol if incoming else code_of(taken.number, command.symbol)
        entry = enter(
            transaction,
            taken,
            entry_date=command.day,
            subject=command.subject,
            doc_type=command.doc_type,
            author=command.author or None,
            doc_date=command.doc_date or command.day,
            code=code,
            signer=command.signer,
            handed_to=command.handed_to,
            note=command.note,
        )
        transaction.record(
            Fact(
                action="register.entered",
                subject=Subject(type="register_entry", id=entry),
                objects=(Subject(type="organisation", id=command.organisation, qualifier="unit"),),
                changes=(Change(field="number", new=taken.number), Change(field="code", new=code), Change(field="subject", new=command.subject)),
            )
        )
        return {"entry": entry, "number": taken.number, "code": code}

    return apply


def entry_by_id(connection: Connection, entry: str) -> Row[Any]:
    """Return a register entry with its book's organisation, direction and type. Raises NotFound."""
    book = register_book.c
    query = select(register_entry, book.organisation, book.direction, book.doc_type.label("sequence")).join(register_book)
    row = connection.execute(query.where(register_entry.c.id == entry)).one_or_none()
    if row is None:
        raise NotFound(f"Expected the id of a register entry, but found {entry!r}, which no entry has. Print the register to see them.")
    return row


def decide_void(command: VoidNumber, reading: Reading) -> Callable[[Transaction], dict[str, Any]]:
    """Refuse a number that is void already, that a document still bears, or whose document was recalled (frozen: annex VI)."""
    row = entry_by_id(reading.connection, command.entry)
    if not command.reason.strip():
        raise InvalidInput(f"Expected a reason for making number {row.number} void, but found none. Say why.")
    if row.voided_at is not None:
        raise Refused(f"Expected number {row.number} to be in use, but it was made void at {row.voided_at}: {row.void_reason}.")
    if row.frozen_at is not None:
        raise Refused(f"Expected number {row.number} to be open to change, but its entry was frozen when the document was recalled or replaced.")
    _refuse_borne(reading.connection, row)

    def apply(transaction: Transaction) -> dict[str, Any]:
        void = update(register_entry).where(register_entry.c.id == row.id, register_entry.c.voided_at.is_(None))
        if transaction.connection.execute(void.values(voided_at=transaction.at, void_reason=command.reason)).rowcount != 1:
            raise Conflict(f"Expected number {row.number} to be in use, but somebody has just made it void.")
        transaction.record(
            Fact(
                action="register.voided",
                subject=Subject(type="register_entry", id=row.id),
                objects=(Subject(type="organisation", id=row.organisation, qualifier="unit"),),
                changes=(Change(field="number", old=row.number, new=None),),
                reason={"code": "voided", "text": command.reason},
            )
        )
        return {"entry": row.id, "number": row.number}

    return apply


def _refuse_borne(connection: Connection, row: Row[Any]) -> None:
    if row.report is not None:
        raise Refused(f"Expected a number that no report bears, but number {row.number} is that of {row.subject!r}, which was sent.")
    if row.directive is None:
        return
    if row.direction == "outgoing":
        letter = connection.execute(select(directive.c.code, directive.c.status).where(directive.c.id == row.directive)).one()
        if letter.status in IN_FORCE:
            raise Refused(f"Expected a number that no document in force bears, but {letter.code} was sent under number {row.number}. Recall it first.")
        return
    place = (dispatch.c.directive == row.directive) & (dispatch.c.organisation == row.organisation)
    status = connection.execute(select(dispatch.c.status).where(place)).scalar_one_or_none()
    others = select(register_entry.c.id).where(
        register_entry.c.directive == row.directive,
        register_entry.c.register_book == row.register_book,
        register_entry.c.id != row.id,
        register_entry.c.voided_at.is_(None),
    )
    if status is not None and status not in NOT_TAKEN_IN and connection.execute(others).first() is None:
        raise Refused(
            f"Expected the number of a document that was refused, given back or entered twice, but number {row.number} "
            f"is the only one of {row.subject!r}, which is being handled."
        )
