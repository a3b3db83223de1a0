"""Who owes which report on a letter, how often, and by when."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, insert, select

from engine.directives.letter_parts import last_day_of
from engine.directory.organisations import organisation_by_id
from engine.directory.settings import BEFORE_IS_STRICT, setting
from engine.history.transaction import Transaction
from engine.kernel.errors import InvalidInput
from engine.kernel.periods import FINAL, LEAD_DAYS, ONCE, first_period
from engine.storage.schema import obligation

MAX_NAME = 200


def write_obligations(
    transaction: Transaction,
    *,
    directive_id: str,
    issuer: str,
    code: str,
    issued: date,
    duty: dict[str, Any],
    phase_end: str | None,
    reporters: list[str],
) -> None:
    """Write one obligation per reporter; nothing when the letter asks for no report."""
    if duty["frequency"] == "none" or not reporters:
        return
    common = {
        "directive": directive_id,
        "superior": issuer,
        "frequency": duty["frequency"],
        "report_type": duty["report_type"],
        "status": "open",
        **_periods(transaction.connection, issued, duty, phase_end),
    }
    if duty["frequency"] == ONCE:
        common["report_type"] = _own_name(transaction.connection, duty["report_type"], code, issued, issuer)
    rows = [{"id": transaction.new_id(), "organisation": reporter, **common} for reporter in reporters]
    transaction.connection.execute(insert(obligation), rows)


def _periods(connection: Connection, issued: date, duty: dict[str, Any], phase_end: str | None) -> dict[str, Any]:
    if duty["frequency"] != ONCE:
        begin = duty.get("first_period") or first_period(issued, duty["frequency"])
        return {"first_period": begin, "next_period": begin, "end_period": duty.get("end_period"), "due_date": None, "opens_on": None}
    due = last_report_day(connection, duty)
    # the campaign's end, when the letter names none (DOMAIN.md 2.3)
    opens = phase_end or (due - timedelta(days=LEAD_DAYS[ONCE])).isoformat()
    return {"first_period": FINAL, "next_period": FINAL, "end_period": FINAL, "due_date": due.isoformat(), "opens_on": opens}


def last_report_day(connection: Connection, duty: dict[str, Any]) -> date:
    """Return the last day in time of a report that is owed once. Raises InvalidInput when its day is missing."""
    found = last_day_of(duty, strict=setting(connection, BEFORE_IS_STRICT, True))
    if found is None:
        raise InvalidInput("Expected the day by which the one report is due, but found none. Fill in `obligation.due_date`.")
    return date.fromisoformat(found)


def _own_name(connection: Connection, report_type: str, code: str, issued: date, issuer: str) -> str:
    """Return a name that only this letter's report bears: a code alone is not unique (DOMAIN.md 1.4.1)."""
    name = f"{report_type[: MAX_NAME - len(code) - 3]} ({code})"
    taken = select(obligation.c.id).where(obligation.c.report_type == name).limit(1)
    if connection.execute(taken).first() is None:
        return name
    whose = f"{code} ngày {issued:%d/%m/%Y} của {organisation_by_id(connection, issuer).code}"
    return f"{report_type[: MAX_NAME - len(whose) - 3]} ({whose})"
