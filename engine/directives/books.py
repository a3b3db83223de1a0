"""Going live in mid-term: the number with which a register of an office goes on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from engine.directives.register import open_book, term_of
from engine.history.record import Change, Fact, Subject
from engine.history.transaction import Reading, Transaction
from engine.kernel.errors import Refused
from engine.storage.schema import register_book


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRegister:
    """Open an outgoing register that goes on with `start`; `symbol` decides between term and year."""

    organisation: str
    doc_type: str
    symbol: str
    day: str
    start: int


def decide_open_register(command: OpenRegister, reading: Reading) -> Callable[[Transaction], dict[str, Any]]:
    """Refuse a register that is open already: its numbers may not jump."""
    term = term_of(command.symbol, date.fromisoformat(command.day).year)
    known = select(register_book.c.next_number).where(
        register_book.c.organisation == command.organisation,
        register_book.c.direction == "outgoing",
        register_book.c.doc_type == command.doc_type,
        register_book.c.term == term,
    )
    found = reading.connection.execute(known).scalar_one_or_none()
    if found is not None:
        raise Refused(f"Expected no register for {command.doc_type!r} yet, but one is open at number {found}.")

    def apply(transaction: Transaction) -> dict[str, Any]:
        open_book(
            transaction,
            organisation=command.organisation,
            direction="outgoing",
            doc_type=command.doc_type,
            term=term,
            start=command.start,
        )
        transaction.record(
            Fact(
                action="register.opened",
                subject=Subject(type="organisation", id=command.organisation),
                changes=(Change(field=f"outgoing.{command.doc_type}.{term}", new=command.start),),
            )
        )
        return {"next_number": command.start}

    return apply
