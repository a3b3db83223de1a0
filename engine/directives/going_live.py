"""Going live in mid-term: register numbers, open directives and obligations from CSV, a whole file or nothing.

registers.csv    organisation,direction,doc_type,term,next_number
                 (term: a year for state documents; for the Party's the name of the term, or `term`)
directives.csv   issuer,number,symbol,doc_type,issued_date,subject,process,recipients,sunset[,parent]
                 (recipients: codes separated by `;`; number may be blank; parent: `issuer:code` of the directive carried out)
obligations.csv  issuer,directive,organisation,report_type,frequency,first_period,due_date,end_period
                 (directive: its printed code; first_period: the next one to be reported; due_date: only for `once`)

The cases of imported directives were received and assigned on paper: they begin where only their end is waited for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from engine.definitions.repository import find_latest
from engine.definitions.withdrawing import check_begins
from engine.directives.books import DIRECTIONS
from engine.directives.issue import MESSAGE
from engine.directives.obligations import write_obligations
from engine.directives.register import book_place, code_of, named_term, open_book, same_documents
from engine.directory.csv_file import Line, read_lines
from engine.directory.organisations import organisation_by_code
from engine.history.record import Change, Fact, Subject
from engine.history.transaction import Reading, Transaction
from engine.kernel.clock import local_date
from engine.kernel.errors import InvalidInput
from engine.kernel.periods import FREQUENCIES, ONCE, frequency_of
from engine.messages.inbox import send
from engine.storage.schema import directive, dispatch, obligation, register_book

CONTINUES = "directive_continue"  # the process of a case that was received before the installation
EXECUTING = "05"  # exchange code of such a case (DOMAIN.md 2.10)
COLUMNS = {
    "registers": ["organisation", "direction", "doc_type", "term", "next_number"],
    "directives": ["issuer", "number", "symbol", "doc_type", "issued_date", "subject", "process", "recipients", "sunset"],
    "obligations": ["issuer", "directive", "organisation", "report_type", "frequency", "first_period", "due_date", "end_period"],
}
OPTIONAL = {"directives": ["parent"]}


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRunning:
    """Import what runs already; `kind` is a key of COLUMNS, `text` the file's content, `file` its name for messages."""

    kind: str
    text: str
    file: str


def decide_import_running(command: ImportRunning, _reading: Reading) -> Callable[[Transaction], dict[str, Any]]:
    """Read the file, then return what writes every line or none."""
    if command.kind not in COLUMNS:
        raise InvalidInput(f"Expected one of {', '.join(COLUMNS)}, but found {command.kind!r}.")
    lines = read_lines(command.text, columns=COLUMNS[command.kind], file=command.file, optional=OPTIONAL.get(command.kind, ()))
    write = _WRITERS[command.kind]

    def apply(transaction: Transaction) -> dict[str, Any]:
        for line in lines:
            write(transaction, line)
        transaction.record(
            Fact(
                action="going_live.imported",
                subject=Subject(type="directory", id=command.kind),
                changes=(Change(field="rows", new=len(lines)), Change(field="file", new=command.file)),
            )
        )
        return {"imported": len(lines)}

    return apply


def _register(transaction: Transaction, line: Line) -> None:
    unit = _unit(transaction.connection, line, "organisation")
    start = line.read("next_number", _positive, "a number from 1")
    term = named_term(transaction.connection, unit.id, line.filled("term"), local_date(transaction.now))
    place = {"organisation": unit.id, "direction": line.one_of("direction", DIRECTIONS), "doc_type": line.filled("doc_type"), "term": term}
    known = transaction.connection.execute(select(register_book.c.next_number).where(book_place(**place))).scalar_one_or_none()
    if known is not None:
        raise InvalidInput(
            f"{line.place}: Expected a register of {unit.name} that is not open yet, but that for {place['doc_type']!r} goes on with {known}."
        )
    open_book(transaction, **place, start=start)
    transaction.record(
        Fact(
            action="register.opened",
            subject=Subject(type="organisation", id=unit.id),
            changes=(Change(field=f"{place['direction']}.{place['doc_type']}.{term}", new=start),),
        )
    )


def _directive(transaction: Transaction, line: Line) -> None:
    connection = transaction.connection
    issuer = _unit(connection, line, "issuer")
    recipients = _recipients(connection, line)
    number = line.read("number", _positive, "a number from 1, or blank") if line.row["number"].strip() else None
    doc_type, symbol = line.filled("doc_type"), line.filled("symbol")
    code, issued = code_of(number, symbol), line.day("issued_date")
    if same_documents(connection, issuer=issuer.id, doc_type=doc_type, number=number, symbol=symbol, issued=issued):
        raise InvalidInput(f"{line.place}: Expected a directive that is not here yet, but {code} of {issuer.name}, {issued}, is.")
    parent = _parent(connection, line)
    letter_id, sunset = transaction.new_id(), line.day("sunset")
    root = parent.root if parent is not None else letter_id
    connection.execute(
        insert(directive).values(
            id=letter_id,
            root=root,
            parent=parent.id if parent is not None else None,
            issuer=issuer.id,
            process=_process(transaction, line),
            code=code,
            issued_date=issued,
            subject=line.filled("subject"),
            sunset=sunset,
            status="issued",
            created_at=transaction.at,
            doc_type=doc_type,
            number=number,
            symbol=symbol,
        )
    )
    _start_cases(transaction, letter_id, root, issuer=issuer.id, recipients=recipients, sunset=sunset)
    transaction.record(
        Fact(
            action="directive.imported",
            subject=Subject(type="directive", id=letter_id),
            objects=(
                Subject(type="organisation", id=issuer.id, qualifier="issuer"),
                *(Subject(type="organisation", id=unit, qualifier="recipient") for unit in recipients),
                Subject(type="directive", id=root, qualifier="root"),
            ),
            changes=(Change(field="code", new=code), Change(field="place", new=line.place)),
            streams=(root,),
        )
    )


def _start_cases(transaction: Transaction, letter_id: str, root: str, *, issuer: str, recipients: list[str], sunset: str) -> None:
    place = {"directive": letter_id, "recipient_group": "", "status": EXECUTING, "changed_at": transaction.at}
    rows = [{"id": transaction.new_id(), "organisation": unit, **place} for unit in recipients]
    transaction.connection.execute(insert(dispatch), rows)
    send(
        transaction,
        message=MESSAGE,
        key=letter_id,
        to=recipients,
        payload={"directive": letter_id, "issuer": issuer, "sunset": sunset, "process": CONTINUES},
        source=f"import:{letter_id}",
        roots=[root],
    )


def _obligation(transaction: Transaction, line: Line) -> None:
    connection = transaction.connection
    unit, issuer = _unit(connection, line, "organisation"), _unit(connection, line, "issuer")
    letter = _letter(connection, line, issuer, line.filled("directive"), column="directive")
    _refuse_obligation(connection, line, letter, unit)
    frequency = line.one_of("frequency", FREQUENCIES)
    duty = {"frequency": frequency, "report_type": line.filled("report_type"), "end_period": None}
    if frequency == ONCE:
        duty |= {"due_date": line.day("due_date"), "due_operator": "by"}
    else:
        duty["first_period"] = _period(line, "first_period", frequency)
        duty["end_period"] = _period(line, "end_period", frequency) if line.row["end_period"].strip() else None
    with line.about():
        write_obligations(
            transaction,
            directive_id=letter.id,
            issuer=issuer.id,
            code=letter.code,
            issued=date.fromisoformat(letter.issued_date),
            duty=duty,
            phase_end=None,
            reporters=[unit.id],
        )
    transaction.record(
        Fact(
            action="obligation.imported",
            subject=Subject(type="directive", id=letter.id),
            objects=(Subject(type="organisation", id=unit.id, qualifier="reporter"), Subject(type="directive", id=letter.root, qualifier="root")),
            changes=tuple(Change(field=name, new=value) for name, value in sorted(duty.items())),
            streams=(letter.root,),
        )
    )


def _refuse_obligation(connection: Connection, line: Line, letter: Row[Any], unit: Row[Any]) -> None:
    sent = select(dispatch.c.id).where(dispatch.c.directive == letter.id, dispatch.c.organisation == unit.id)
    if connection.execute(sent).first() is None:
        raise InvalidInput(f"{line.place}: Expected organisation as a recipient of {letter.code}, but {unit.name} is none. Add it there first.")
    owed = select(obligation.c.report_type).where(obligation.c.directive == letter.id, obligation.c.organisation == unit.id)
    known = connection.execute(owed).scalar_one_or_none()
    if known is not None:
        raise InvalidInput(f"{line.place}: Expected one obligation of {unit.name} for {letter.code}, but it owes {known!r} already.")


def _unit(connection: Connection, line: Line, column: str) -> Row[Any]:
    with line.about(column):
        return organisation_by_code(connection, line.filled(column))


def _recipients(connection: Connection, line: Line) -> list[str]:
    codes = [code.strip() for code in line.filled("recipients").split(";") if code.strip()]
    with line.about("recipients"):
        return sorted({organisation_by_code(connection, code).id for code in codes})


def _process(transaction: Transaction, line: Line) -> str:
    connection, key = transaction.connection, line.filled("process")
    for wanted in (key, CONTINUES):
        if find_latest(connection, wanted) is None:
            raise InvalidInput(f"{line.place}: Expected process as one that is deployed, but {wanted!r} is not. Deploy it first.")
    with line.about("process"):
        check_begins(connection, key, local_date(transaction.now))
    return key


def _parent(connection: Connection, line: Line) -> Row[Any] | None:
    if not line.row["parent"].strip():
        return None
    issuer, _, code = line.filled("parent").partition(":")
    with line.about("parent"):
        unit = organisation_by_code(connection, issuer)
    return _letter(connection, line, unit, code, column="parent")


def _letter(connection: Connection, line: Line, issuer: Row[Any], code: str, *, column: str) -> Row[Any]:
    place = (directive.c.issuer == issuer.id) & (directive.c.code == code)
    found = connection.execute(select(directive).where(place, directive.c.status == "issued")).all()
    if len(found) != 1:
        raise InvalidInput(f"{line.place}: Expected {column} as the code of one open directive of {issuer.name}, but {code!r} is that of {len(found)}.")
    return found[0]


def _period(line: Line, column: str, frequency: str) -> str:
    period = line.filled(column)
    with line.about(column):
        if frequency_of(period) != frequency:
            raise InvalidInput(f"Expected a {frequency} period, but found {period!r}.")
    return period


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


_WRITERS: dict[str, Callable[[Transaction, Line], None]] = {
    "registers": _register,
    "directives": _directive,
    "obligations": _obligation,
}
