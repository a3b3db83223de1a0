"""A register on a page: the printed lines in number order, a page at a time, with the terms that there are."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from engine.directives.printing import Printed, count_lines, register_lines
from engine.history.transaction import Reading
from engine.kernel.clock import local_date
from engine.storage.schema import register_book

LINES = 50  # on a page


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowRegister:
    """Ask for a page of a register of an organisation: `kind` incoming, outgoing or follow_up; days as ISO text, "" for none.

    `page` counts from 0; None is the last one, as a book is opened where it was last written in. `whole`: all its lines at once.
    """

    organisation: str
    kind: str
    term: str = ""
    begin: str = ""
    end: str = ""
    page: int | None = None
    whole: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterPage:
    """Lines of a register with the terms and years in which something was entered, newest first. `count`: its lines in all; `last`: its last page."""

    printed: Printed
    terms: tuple[str, ...]
    count: int
    page: int
    last: int


def answer_register(query: ShowRegister, reading: Reading) -> RegisterPage:
    """Return a page of a register. Raises NotFound, InvalidInput. Twelve statements at most, whatever the number of lines."""
    direction = "outgoing" if query.kind == "outgoing" else "incoming"
    books = select(register_book.c.term).distinct().where(register_book.c.organisation == query.organisation, register_book.c.direction == direction)
    connection, term, begin, end = reading.connection, query.term or None, query.begin or None, query.end or None
    count = count_lines(connection, query.organisation, query.kind, term=term, begin=begin, end=end)
    last = max(0, (count - 1) // LINES)
    page = last if query.page is None else min(query.page, last)
    printed = register_lines(
        connection,
        query.organisation,
        query.kind,
        term=term,
        begin=begin,
        end=end,
        today=local_date(reading.now),
        part=None if query.whole else range(page * LINES, (page + 1) * LINES),
    )
    terms = sorted(connection.execute(books).scalars(), reverse=True)
    return RegisterPage(printed=printed, terms=tuple(terms), count=count, page=page, last=last)
