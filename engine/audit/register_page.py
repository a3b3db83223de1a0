"""A register on a page: the printed lines in number order, a page at a time, with the terms that there are."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from engine.directives.printing import Printed, register_lines
from engine.history.transaction import Reading
from engine.kernel.clock import local_date
from engine.storage.schema import register_book


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowRegister:
    """Ask for a register of an organisation: `kind` incoming, outgoing or follow_up; days as ISO text, "" for none."""

    organisation: str
    kind: str
    term: str = ""
    begin: str = ""
    end: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterPage:
    """A register with the terms and years in which something was entered, newest first."""

    printed: Printed
    terms: tuple[str, ...]


def answer_register(query: ShowRegister, reading: Reading) -> RegisterPage:
    """Return a register. Raises NotFound, InvalidInput."""
    direction = "outgoing" if query.kind == "outgoing" else "incoming"
    books = select(register_book.c.term).where(register_book.c.organisation == query.organisation, register_book.c.direction == direction)
    printed = register_lines(
        reading.connection,
        query.organisation,
        query.kind,
        term=query.term or None,
        begin=query.begin or None,
        end=query.end or None,
        today=local_date(reading.now),
    )
    terms = sorted(set(reading.connection.execute(books).scalars()), reverse=True)
    return RegisterPage(printed=printed, terms=tuple(terms))
