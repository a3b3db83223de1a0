"""Registers: numbers without gaps, in the form of the Party or of the state."""

from __future__ import annotations

import pytest

from engine.directives.books import OpenRegister
from engine.directives.register import code_of, take_number, term_of
from engine.history.transaction import Transaction
from engine.kernel.actor import SYSTEM
from engine.kernel.errors import Refused
from engine.storage import Database, UnitOfWork
from tests.door.office import START, Office


def take(office: Office, *, wanted: int | None = None, keep: bool = True) -> int:
    with UnitOfWork(office.database) as unit:
        transaction = Transaction(connection=unit.connection, now=START, actor=SYSTEM)
        taken = take_number(
            transaction, organisation=office.unit("btg"), direction="outgoing", doc_type="công văn", term="term", wanted=wanted
        )
        if keep:
            unit.commit()
    return taken.number


@pytest.mark.parametrize(
    ("number", "symbol", "code"),
    [(5, "UBND-VX", "05/UBND-VX"), (370, "CV/BTGTU", "370-CV/BTGTU"), (7, "CV/TU", "07-CV/TU"), (None, "CV/TU", "-CV/TU"), (None, "UBND", "/UBND")],
)
def test_a_code_is_printed_as_the_party_or_the_state_writes_it(number: int | None, symbol: str, code: str) -> None:
    assert code_of(number, symbol) == code


def test_party_numbers_run_through_the_term_and_state_numbers_through_the_year() -> None:
    assert term_of("CV/TU", 2024) == term_of("CV/TU", 2025)
    assert (term_of("UBND-VX", 2024), term_of("UBND-VX", 2025)) == ("2024", "2025")


def test_numbers_have_no_gap_when_an_attempt_is_refused_or_undone(database: Database) -> None:
    office = Office(database)
    assert take(office) == 1
    with pytest.raises(Refused, match="outgoing register for 'công văn', 2, but found 9"):
        take(office, wanted=9)
    assert take(office, keep=False) == 2
    assert take(office, wanted=2) == 2
    assert take(office) == 3


def test_a_register_goes_on_where_the_paper_book_ended_and_is_opened_once(database: Database) -> None:
    office = Office(database)
    book = OpenRegister(organisation=office.unit("btg"), doc_type="công văn", symbol="CV/BTGTU", day="2024-04-01", start=370)
    office.do(book)
    with pytest.raises(Refused, match="one is open at number 370"):
        office.do(book)
    assert [take(office), take(office)] == [370, 371]
