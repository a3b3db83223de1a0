"""Registers: numbers without gaps, per organisation, direction, document type and term (Party) or year (state).

A joint document takes its number from the sequence of the body that leads it (Huong dan 36-HD/VPTW): `organisation` is
that body. A number that was taken is never given again, whatever becomes of its document.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, bindparam, insert, select, update

from engine.access.authorise import SIGNING_FOR
from engine.history.transaction import Transaction
from engine.kernel.clock import local_date
from engine.kernel.errors import Conflict, Refused
from engine.storage.schema import committee_term, directive, person, register_book, register_entry, user_task

PARTY_TERM = "term"  # the committee's term, while nobody has named it; documents run through it (Huong dan 36-HD/VPTW)
SIGNING_FORMS = ("approve_sign", "sign_directive")  # F07: whoever completes it signs the document

_TERM_IN_FORCE = (
    select(committee_term.c.label)
    .where(committee_term.c.organisation == bindparam("b_organisation"), committee_term.c.begins <= bindparam("b_day"))
    .order_by(committee_term.c.begins.desc())
    .limit(1)
)
_BOOK = (
    select(register_book)
    .where(register_book.c.organisation == bindparam("b_organisation"), register_book.c.direction == bindparam("b_direction"))
    .where(register_book.c.doc_type == bindparam("b_doc_type"), register_book.c.term == bindparam("b_term"))
    .with_for_update()
)
_TAKE = (
    update(register_book)
    .where(register_book.c.id == bindparam("b_book"), register_book.c.next_number == bindparam("b_number"))
    .values(next_number=bindparam("b_next"))
)
_ENTER = insert(register_entry)
_ABSENT = person.alias("absent")
_SIGNED = (
    select(person.c.name, _ABSENT.c.name.label("absent"))
    .join(user_task, user_task.c.completed_by == person.c.id)
    .outerjoin(_ABSENT, _ABSENT.c.id == user_task.c.completed_for)
    .where(user_task.c.instance == bindparam("b_instance"), user_task.c.form.in_(SIGNING_FORMS), user_task.c.status == "completed")
    .order_by(user_task.c.completed_at.desc(), user_task.c.id.desc())
    .limit(1)
)


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


def named_term(connection: Connection, organisation: str, term: str, day: date) -> str:
    """Return the label of the organisation's term in force on `day` when `term` is the Party's, else `term` itself.

    A term begins on the day after a congress closes (Huong dan 36-HD/VPTW) and opens new books from 01.
    """
    if term != PARTY_TERM:
        return term
    asked = {"b_organisation": organisation, "b_day": day.isoformat()}
    return connection.execute(_TERM_IN_FORCE, asked).scalar_one_or_none() or PARTY_TERM


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
    day: date | None = None,
) -> Taken:
    """Take the next number of a book, on `day` (else today). Raises Refused when `wanted` is not the next one."""
    connection = transaction.connection
    term = named_term(connection, organisation, term, day or local_date(transaction.now))
    place = {"b_organisation": organisation, "b_direction": direction, "b_doc_type": doc_type, "b_term": term}
    book = connection.execute(_BOOK, place).one_or_none()
    if book is None:
        open_book(transaction, organisation=organisation, direction=direction, doc_type=doc_type, term=term)
        book = connection.execute(_BOOK, place).one()
    if wanted is not None and wanted != book.next_number:
        raise Refused(
            f"Expected the next number of the {direction} register for {doc_type!r}, {book.next_number}, "
            f"but found {wanted}. Leave the number blank to take the next one."
        )
    moved = {"b_book": book.id, "b_number": book.next_number, "b_next": book.next_number + 1}
    if connection.execute(_TAKE, moved).rowcount != 1:
        raise Conflict("Expected the register's number to be free, but somebody took it.")
    return Taken(book=book.id, number=book.next_number)


def enter(transaction: Transaction, taken: Taken, *, instance: str | None = None, **entry: Any) -> str:
    """Enter what bears the number: `entry_date`, `subject`, and the `directive` or `report`. Return the entry's id.

    `instance` is the case in which the document was signed; whoever signed it stands in the register.
    """
    if instance is not None:
        entry.setdefault("signer", _signer(transaction.connection, instance))
    row = {"id": transaction.new_id(), "register_book": taken.book, "number": taken.number, **entry}
    transaction.connection.execute(_ENTER, row)
    return str(row["id"])


def _signer(connection: Connection, instance: str) -> str | None:
    row = connection.execute(_SIGNED, {"b_instance": instance}).one_or_none()
    if row is None:
        return None
    return f"{SIGNING_FOR} {row.absent}: {row.name}" if row.absent else str(row.name)


def same_documents(
    connection: Connection, *, issuer: str, doc_type: str, number: int | None, symbol: str, issued: str
) -> list[Row[Any]]:
    """Return the directives with this identity: issuer, type, number, symbol and date (DOMAIN.md 1.4.1).

    A code alone is no identity: two bodies may share a symbol. A blank number is one value like any other.
    """
    query = select(directive).where(
        directive.c.issuer == issuer,
        directive.c.doc_type == doc_type,
        directive.c.number.is_not_distinct_from(number),
        directive.c.symbol == symbol,
        directive.c.issued_date == issued,
    )
    return list(connection.execute(query.order_by(directive.c.id)).all())


def book_place(*, organisation: str, direction: str, doc_type: str, term: str) -> ColumnElement[bool]:
    """Return the condition that finds one book."""
    return (
        (register_book.c.organisation == organisation)
        & (register_book.c.direction == direction)
        & (register_book.c.doc_type == doc_type)
        & (register_book.c.term == term)
    )


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
