"""A broad call without a report duty (DOMAIN.md 2.6): answers, and the organiser's own figures about who takes part."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, insert, select

from engine.directory.organisations import organisation_by_code, organisation_by_id
from engine.history.record import Change, Fact, Subject
from engine.history.transaction import Reading, Transaction
from engine.instances.operations import Call
from engine.kernel.errors import InvalidInput, NotFound, Refused
from engine.storage.schema import directive, dispatch, external_figure, indicator, organisation

COLUMNS = ["organisation", "indicator", "value", "as_of"]
MAX_VALUE = 10**15


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordExternalFigures:
    """Enter figures that came to the issuer of a directive otherwise than by reports; `text` is a CSV file."""

    organisation: str
    directive: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowExternalFigures:
    """Ask who takes part in what a directive of the organisation calls for, as far as it was entered."""

    organisation: str
    directive: str


def answer_figures(query: ShowExternalFigures, reading: Reading) -> list[dict[str, Any]]:
    """Return every recipient by name with its newest figures; one without entries has none (DOMAIN.md 2.6)."""
    letter = _own_letter(reading, query.organisation, query.directive)
    recipients = (
        select(organisation.c.id, organisation.c.code, organisation.c.name)
        .join(dispatch, dispatch.c.organisation == organisation.c.id)
        .where(dispatch.c.directive == letter.id)
        .order_by(organisation.c.name)
    )
    entered = select(external_figure).where(external_figure.c.directive == letter.id)
    newest: dict[str, dict[str, int]] = {}
    for row in reading.connection.execute(entered.order_by(external_figure.c.as_of, external_figure.c.recorded_at, external_figure.c.id)):
        newest.setdefault(row.organisation, {})[row.indicator] = row.value
    rows = reading.connection.execute(recipients)
    return [{"code": row.code, "name": row.name, "figures": newest.get(row.id, {})} for row in rows]


def _own_letter(reading: Reading, unit: str, directive_id: str) -> Row[Any]:
    letter = reading.connection.execute(select(directive).where(directive.c.id == directive_id)).one_or_none()
    if letter is None:
        raise NotFound(f"Expected the id of a directive, but found {directive_id!r}, which nobody has.")
    if letter.issuer != unit:
        names = [organisation_by_id(reading.connection, each).name for each in (unit, letter.issuer)]
        raise Refused(f"Expected a directive that {names[0]} issued, but {letter.code} is from {names[1]}. Its figures are theirs.")
    return letter


def decide_record_figures(command: RecordExternalFigures, reading: Reading) -> Callable[[Transaction], dict[str, Any]]:
    """Refuse figures for another's directive, for an organisation that it did not reach, and for an unknown indicator."""
    letter = _own_letter(reading, command.organisation, command.directive)
    rows = _read(command, reading)

    def apply(transaction: Transaction) -> dict[str, Any]:
        told = {"directive": command.directive, "recorded_at": transaction.at}
        transaction.connection.execute(insert(external_figure), [{**row, **told, "id": transaction.new_id()} for row in rows])
        transaction.record(
            Fact(
                action="figures.recorded",
                subject=Subject(type="directive", id=command.directive),
                objects=tuple(Subject(type="organisation", id=each) for each in sorted({row["organisation"] for row in rows})),
                changes=(Change(field="figures", new=rows),),
                streams=(letter.root,),
            )
        )
        return {"recorded": len(rows)}

    return apply


def _read(command: RecordExternalFigures, reading: Reading) -> list[dict[str, Any]]:
    lines = csv.DictReader(io.StringIO(command.text.removeprefix("\ufeff")))
    if lines.fieldnames != COLUMNS:
        raise InvalidInput(f"Expected the columns {','.join(COLUMNS)}, but found {','.join(lines.fieldnames or ())}. Write them in the first line.")
    reached = select(dispatch.c.organisation).where(dispatch.c.directive == command.directive)
    reached_ids = set(reading.connection.execute(reached).scalars())
    keys = select(indicator.c.key).where(indicator.c.directive == command.directive)
    known = set(reading.connection.execute(keys).scalars())
    rows = [_row(line, number, reading, reached_ids, known) for number, line in enumerate(lines, start=2)]
    if not rows:
        raise InvalidInput("Expected at least one line of figures, but found none. Write one line per organisation and indicator.")
    return rows


def _row(line: dict[str, str], number: int, reading: Reading, reached: set[str], known: set[str]) -> dict[str, Any]:
    where = f"in line {number}"
    unit = organisation_by_code(reading.connection, line["organisation"] or "")
    if unit.id not in reached:
        raise InvalidInput(f"Expected an organisation that the directive was sent to {where}, but found {unit.name}. Leave the line out.")
    if line["indicator"] not in known:
        raise InvalidInput(f"Expected an indicator of the directive ({', '.join(sorted(known))}) {where}, but found {line['indicator']!r}.")
    try:
        value, as_of = int(line["value"]), date.fromisoformat(line["as_of"])
    except (TypeError, ValueError):
        raise InvalidInput(f"Expected a whole number and a date YYYY-MM-DD {where}, but found {line['value']!r} and {line['as_of']!r}.") from None
    if not 0 <= value <= MAX_VALUE:
        raise InvalidInput(f"Expected a number from 0 to {MAX_VALUE} {where}, but found {value}.")
    return {"organisation": unit.id, "indicator": line["indicator"], "value": value, "as_of": as_of.isoformat()}


def answer_call(call: Call) -> dict[str, Any]:
    """Keep the answer to a call where its issuer reads it: in the history of the directive. Parameters: directive, form."""
    form = call.form(call.parameter("form"))
    call.record(
        "directive.answered",
        Subject(type="directive", id=call.parameter("directive")),
        objects=(Subject(type="organisation", id=call.case.organisation, qualifier="recipient"),),
        changes=tuple(Change(field=name, new=value) for name, value in sorted(form.items())),
    )
    return {}


CALLS = {"answer_call": answer_call}
