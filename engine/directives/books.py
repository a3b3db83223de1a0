"""Books of numbers: with which number a register of an office goes on, and when a new term of its committee begins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import insert, select

from engine.directives.register import book_place, named_term, open_book, term_of
from engine.directory.organisations import hold_unit, organisation_by_id
from engine.history.record import Change, Fact, Subject
from engine.history.transaction import Reading, Transaction
from engine.kernel.errors import Conflict, InvalidInput, Refused
from engine.storage.schema import committee_term, register_book

DIRECTIONS = ("incoming", "outgoing")
ALL_TYPES = "all"  # the incoming register has one sequence for every type


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRegister:
    """Open a register that goes on with `start`; `symbol` decides between term and year, `term` names it outright."""

    organisation: str
    doc_type: str
    symbol: str
    day: str
    start: int
    direction: str = "outgoing"
    term: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BeginTerm:
    """Begin a new term of a committee or advisory body on `begins`: its Party numbers start again from 01."""

    organisation: str
    label: str
    begins: str


def decide_open_register(command: OpenRegister, reading: Reading) -> Callable[[Transaction], dict[str, Any]]:
    """Refuse a register that is open already: its numbers may not jump."""
    if command.direction not in DIRECTIONS or command.start < 1:
        raise InvalidInput(
            f"Expected a direction of {', '.join(DIRECTIONS)} and a number from 1, but found {command.direction!r} and {command.start}."
        )
    day = _day(command.day)
    term = command.term or term_of(command.symbol, day.year)
    term = named_term(reading.connection, command.organisation, term, day)
    place = book_place(organisation=command.organisation, direction=command.direction, doc_type=command.doc_type, term=term)
    found = reading.connection.execute(select(register_book.c.next_number).where(place)).scalar_one_or_none()
    if found is not None:
        raise Refused(f"Expected no register for {command.doc_type!r} yet, but one is open at number {found}.")

    def apply(transaction: Transaction) -> dict[str, Any]:
        open_book(
            transaction,
            organisation=command.organisation,
            direction=command.direction,
            doc_type=command.doc_type,
            term=term,
            start=command.start,
        )
        transaction.record(
            Fact(
                action="register.opened",
                subject=Subject(type="organisation", id=command.organisation),
                changes=(Change(field=f"{command.direction}.{command.doc_type}.{term}", new=command.start),),
            )
        )
        return {"next_number": command.start}

    return apply


def decide_begin_term(command: BeginTerm, reading: Reading) -> Callable[[Transaction], dict[str, Any]]:
    """Refuse a term that begins before the one in force, or bears its name (Huong dan 36-HD/VPTW)."""
    unit = organisation_by_id(reading.connection, command.organisation)
    begins = _day(command.begins)
    if not command.label.strip():
        raise InvalidInput("Expected the name of the term, such as 2025-2030, but found none. Name it.")
    terms = select(committee_term).where(committee_term.c.organisation == unit.id).order_by(committee_term.c.begins)
    known = reading.connection.execute(terms).all()
    if known and (known[-1].begins >= command.begins or command.label in {row.label for row in known}):
        raise Refused(
            f"Expected a new term of {unit.name} after {known[-1].label!r} of {known[-1].begins}, "
            f"but found {command.label!r} of {command.begins}. Give a later day and a new name."
        )

    def apply(transaction: Transaction) -> dict[str, Any]:
        hold_unit(transaction.connection, unit.id)
        if transaction.connection.execute(terms).all() != known:
            raise Conflict(f"Expected the terms of {unit.name} as they were read, but one has just begun.")
        row = {"organisation": unit.id, "begins": begins.isoformat(), "label": command.label}
        transaction.connection.execute(insert(committee_term).values(**row))
        transaction.record(
            Fact(
                action="register.term_begun",
                subject=Subject(type="organisation", id=unit.id),
                changes=(Change(field="term", old=known[-1].label if known else None, new=command.label), Change(field="begins", new=command.begins)),
            )
        )
        return {"term": command.label}

    return apply


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidInput(f"Expected a day as YYYY-MM-DD, but found {text!r}.") from None
