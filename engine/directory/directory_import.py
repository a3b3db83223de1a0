"""Organisations, edges, posts, people and groups from CSV: one file a kind, header line first, UTF-8.

organisations.csv  code,name,level,symbol,valid_from,valid_to
edges.csv          parent,child,line,valid_from,valid_to
people.csv         login,name,organisation,title,roles          (roles separated by spaces)
groups.csv         owner,code,name,member,reports               (reports: 1, or 0 for a body that need not report)
calendar.csv       day,kind,note                                (kind: off or swapped; replaces the years that it names)
hours.csv          valid_from,opens,closes                      (office hours from a day on, a line for each part of a day)

organisations.csv may end with the column represented_by: the body whose clerk acts for one without an account.
people.csv may end with the column email; a line about somebody who is known already changes the address, a blank one leaves it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select, update

from engine.directory.csv_file import Line, read_lines
from engine.directory.office_hours import COLUMNS as HOUR_COLUMNS
from engine.directory.office_hours import read_lines_of_hours, replace_hours
from engine.directory.organisations import organisation_by_code
from engine.directory.working_calendar import COLUMNS as DAY_COLUMNS
from engine.directory.working_calendar import read_days, replace_years
from engine.history.record import Change, Fact, Subject
from engine.history.transaction import Reading, Transaction
from engine.kernel.email_address import email_address
from engine.kernel.errors import InvalidInput
from engine.storage.schema import (
    holding,
    organisation,
    organisation_edge,
    person,
    post,
    post_role,
    recipient_group,
    recipient_group_member,
)

COLUMNS = {
    "organisations": ["code", "name", "level", "symbol", "valid_from", "valid_to"],
    "edges": ["parent", "child", "line", "valid_from", "valid_to"],
    "people": ["login", "name", "organisation", "title", "roles"],
    "groups": ["owner", "code", "name", "member", "reports"],
    "calendar": DAY_COLUMNS,
    "hours": HOUR_COLUMNS,
}
OPTIONAL = {"organisations": ["represented_by"], "people": ["email"]}
LINES = {"committee", "professional", "government"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportDirectory:
    """Import one CSV file; `kind` is a key of COLUMNS, `text` its content, `file` its name for messages."""

    kind: str
    text: str
    file: str


def decide_import(command: ImportDirectory, _reading: Reading) -> Callable[[Transaction], dict[str, Any]]:
    """Check every line, then return what writes them all or none."""
    lines = parse(command)

    def apply(transaction: Transaction) -> dict[str, Any]:
        _WRITERS[command.kind](transaction, lines)
        transaction.record(
            Fact(
                action="directory.imported",
                subject=Subject(type="directory", id=command.kind),
                changes=(Change(field="rows", new=len(lines)), Change(field="file", new=command.file)),
            )
        )
        return {"imported": len(lines)}

    return apply


def parse(command: ImportDirectory) -> list[Line]:
    """Return the lines. Raises InvalidInput naming file, line and column."""
    if command.kind not in COLUMNS:
        raise InvalidInput(f"Expected one of {', '.join(COLUMNS)}, but found {command.kind!r}.")
    if command.kind == "calendar":
        return read_days(command.text, command.file)
    if command.kind == "hours":
        return read_lines_of_hours(command.text, command.file)
    lines = read_lines(command.text, columns=COLUMNS[command.kind], file=command.file, optional=OPTIONAL.get(command.kind, ()))
    for line in lines:
        for name in ("valid_from", "valid_to"):
            if line.row.get(name):
                line.day(name)
        if line.row.get("email"):
            with line.about("email"):
                email_address(line.row["email"])
    return lines


def _each(write: Callable[[Transaction, dict[str, str]], None]) -> Callable[[Transaction, list[Line]], None]:
    def write_all(transaction: Transaction, lines: list[Line]) -> None:
        for line in lines:
            with line.about():
                write(transaction, line.row)

    return write_all


def _organisation(transaction: Transaction, row: dict[str, str]) -> None:
    known = select(organisation.c.id).where(organisation.c.code == row["code"])
    if transaction.connection.execute(known).first():
        raise InvalidInput(f"Expected a new organisation code, but {row['code']!r} exists already.")
    representing = organisation_by_code(transaction.connection, row["represented_by"]).id if row["represented_by"] else None
    blank = {name: row[name] or None for name in ("valid_to", "symbol")}
    values = {**row, **blank, "id": transaction.new_id(), "represented_by": representing}
    transaction.connection.execute(insert(organisation).values(**values))


def _edge(transaction: Transaction, row: dict[str, str]) -> None:
    if row["line"] not in LINES:
        raise InvalidInput(f"Expected a line of {', '.join(sorted(LINES))}, but found {row['line']!r}.")
    connection = transaction.connection
    values = {
        "id": transaction.new_id(),
        "parent": organisation_by_code(connection, row["parent"]).id,
        "child": organisation_by_code(connection, row["child"]).id,
        "line": row["line"],
        "valid_from": row["valid_from"],
        "valid_to": row["valid_to"] or None,
    }
    connection.execute(insert(organisation_edge).values(**values))


def _person(transaction: Transaction, row: dict[str, str]) -> None:
    connection = transaction.connection
    unit = organisation_by_code(connection, row["organisation"])
    known = connection.execute(select(person.c.id).where(person.c.login == row["login"])).scalar_one_or_none()
    person_id = known or transaction.new_id()
    address = email_address(row["email"]) if row["email"] else None
    if known is None:
        connection.execute(insert(person).values(id=person_id, login=row["login"], name=row["name"], email=address))
    elif address is not None:
        connection.execute(update(person).where(person.c.id == person_id).values(email=address))
    post_id = transaction.new_id()
    connection.execute(insert(post).values(id=post_id, organisation=unit.id, title=row["title"]))
    connection.execute(insert(post_role), [{"post": post_id, "role": role} for role in row["roles"].split()])
    begin = unit.valid_from
    connection.execute(
        insert(holding).values(id=transaction.new_id(), post=post_id, person=person_id, valid_from=begin)
    )


def _group(transaction: Transaction, row: dict[str, str]) -> None:
    connection = transaction.connection
    owner, member = (organisation_by_code(connection, row[name]).id for name in ("owner", "member"))
    place = (recipient_group.c.owner == owner) & (recipient_group.c.code == row["code"])
    group_id = connection.execute(select(recipient_group.c.id).where(place)).scalar_one_or_none()
    if group_id is None:
        group_id = transaction.new_id()
        values = {"id": group_id, "owner": owner, "code": row["code"], "name": row["name"]}
        connection.execute(insert(recipient_group).values(**values))
    connection.execute(
        insert(recipient_group_member).values(
            recipient_group=group_id, organisation=member, reports=int(row["reports"])
        )
    )


_WRITERS = {
    "organisations": _each(_organisation),
    "edges": _each(_edge),
    "people": _each(_person),
    "groups": _each(_group),
    "calendar": replace_years,
    "hours": replace_hours,
}
