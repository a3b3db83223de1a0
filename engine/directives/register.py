"""Registers: numbers without gaps, per organisation, direction, document type and term (Party) or year (state)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select, update

from engine.history.transaction import Transaction
from engine.kernel.errors import Conflict, Refused
from engine.storage.schema import register_book, register_entry

PARTY_TERM = "term"  # the committee's term; documents run through it (Huong dan 36-HD/VPTW)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A number that nobody else can have, and the book that it is from."""

    book: str
    number: int


def is_party_symbol(symbol: str) -> bool:
    """Tell whether a symbol is written the Party's way (`CV/BTGTU`), not the state's (`UBND-VX`)."""
    return "/" in symbol


def term_of(symbol: str, year: int) -> str:
    """Return the range in which numbers run: a Party term, or a calendar year (Decree 30/2020 art. 15)."""
    return PARTY_TERM if is_party_symbol(symbol) else str(year)


def code_of(number: int | None, symbol: str) -> str:
    """Return the printed code, with a zero before 1 to 9: `370-CV/BTGTU`, `05/UBND-VX`, `-CV/TU` when blank."""
    separator = "-" if is_party_symbol(symbol) else "/"
    return f"{number:02d}{separator}{symbol}" if number is not None else f"{separator}{symbol}"


def take_number(
    transaction: Transaction,
    *,
    organisation: str,
    direction: str,
    doc_type: str,
    term: str,
    wanted: int | None = None,
) -> Taken:
    """Take the next number of a book. Raises Refused when `wanted` is not the next one."""
    connection = transaction.connection
    place = (
        (register_book.c.organisation == organisation)
        & (register_book.c.direction == direction)
        & (register_book.c.doc_type == doc_type)
        & (register_book.c.term == term)
    )
    book = connection.execute(select(register_book).where(place).with_for_update()).one_or_none()
    if book is None:
        open_book(transaction, organisation=organisation, direction=direction, doc_type=doc_type, term=term)
        book = connection.execute(select(register_book).where(place)).one()
    if wanted is not None and wanted != book.next_number:
        raise Refused(
            f"Expected the next number of the {direction} register for {doc_type!r}, {book.next_number}, "
            f"but found {wanted}. Leave the number blank to take the next one."
        )
    moved = connection.execute(
        update(register_book)
        .where(register_book.c.id == book.id, register_book.c.next_number == book.next_number)
        .values(next_number=book.next_number + 1)
    )
    if moved.rowcount != 1:
        raise Conflict("Expected the register's number to be free, but somebody took it.")
    return Taken(book=book.id, number=book.next_number)


def enter(transaction: Transaction, taken: Taken, **entry: Any) -> None:
    """Enter what bears the number: `entry_date`, `subject`, and the `directive` or `report`."""
    row = {"id": transaction.new_id(), "register_book": taken.book, "number": taken.number, **entry}
    transaction.connection.execute(insert(register_entry).values(**row))


def open_book(
    transaction: Transaction, *, organisation: str, direction: str, doc_type: str, term: str, start: int = 1
) -> None:
    """Open a register; `start` is its first number when an office goes live in mid-term."""
    transaction.connection.execute(
        insert(register_book).values(
            id=transaction.new_id(),
            organisation=organisation,
            direction=direction,
            doc_type=doc_type,
            term=term,
            next_number=start,
        )
    )
