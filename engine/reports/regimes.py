"""When a report is due: the superior's own regime, else the default of the level, as data (DOMAIN.md T5, T6, 3.3).

No common rule fixes the day of a periodic report on the Party's side; each committee's working regulations set it.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, Connection, Row, Select, and_, bindparam, func, insert, select
from sqlalchemy.sql import ColumnElement, FromClause

from engine.directory.organisations import organisation_by_id
from engine.kernel.calendar import WorkingCalendar
from engine.kernel.clock import Clock
from engine.kernel.errors import InvalidInput
from engine.kernel.ids import new_id
from engine.kernel.periods import LEAD_DAYS, MONTHLY, ONCE, OVER, QUARTERLY, WEEKLY, due_on, frequency_of, next_period
from engine.storage.schema import obligation, organisation, reporting_regime

GRACE_WORKING_DAYS = 2  # T6
WAIT_WORKING_DAYS = 3  # that a report waits for the consolidation below it after that one's cut-off
DAYS_UNANSWERED = 90  # that a final report, which no next period ends, waits for an answer
DEFAULT_DUE_DAYS = {  # staged per level, so that lower levels are due earlier
    MONTHLY: {"cell": 15, "commune": 18, "grassroots": 18, "district": 20, "province": 25, "central": 28},
    QUARTERLY: {"cell": 15, "commune": 18, "grassroots": 18, "district": 20, "province": 25, "central": 28},
    WEEKLY: {"cell": 2, "commune": 3, "grassroots": 3, "district": 4, "province": 5, "central": 5},
}
_own = reporting_regime.alias("own_regime")
_default = reporting_regime.alias("default_regime")
DUE_DAY: ColumnElement[int] = func.coalesce(_own.c.due_day, _default.c.due_day)
_DEFAULT_DAY = (
    select(reporting_regime.c.due_day)
    .where(reporting_regime.c.level == bindparam("b_level"), reporting_regime.c.frequency == bindparam("b_frequency"))
    .where(reporting_regime.c.superior.is_(None))
)


def load_regimes(connection: Connection, clock: Clock) -> None:
    """Fill an empty regime table with the default due days of the levels."""
    if connection.execute(select(reporting_regime.c.id).limit(1)).first():
        return
    rows = [
        {"id": new_id(clock.now()), "superior": None, "level": level, "frequency": frequency, "due_day": day}
        for frequency, days in DEFAULT_DUE_DAYS.items()
        for level, day in days.items()
    ]
    connection.execute(insert(reporting_regime), rows)


def with_regime(source: FromClause) -> FromClause:
    """Return `source`, which holds obligations and their organisations, joined with the regime that holds for each."""
    here = (_own.c.level == organisation.c.level) & (_own.c.frequency == obligation.c.frequency)
    usual = (_default.c.level == organisation.c.level) & (_default.c.frequency == obligation.c.frequency)
    return source.outerjoin(_own, and_(here, _own.c.superior == obligation.c.superior)).outerjoin(
        _default, and_(usual, _default.c.superior.is_(None))
    )


def obligations_in(period: str) -> ColumnElement[bool]:
    """Return the condition that an obligation covers `period`."""
    return covering(frequency_of(period), period)


def covering(frequency: str | BindParameter[Any], period: str | BindParameter[Any]) -> ColumnElement[bool]:
    """Return the condition that an obligation of `frequency` covers `period`, for statements that are built once."""
    return and_(
        obligation.c.frequency == frequency,
        obligation.c.first_period <= period,
        (obligation.c.end_period.is_(None)) | (obligation.c.end_period >= period),
    )


def due_of(row: Row[Any], period: str) -> date:
    """Return the last day in time of one obligation, read with `with_regime` and DUE_DAY as `due_day`."""
    if row.frequency == ONCE:
        return date.fromisoformat(row.due_date)
    if row.due_day is None:
        raise InvalidInput(
            f"Expected a {row.frequency} due day for the level {row.level!r} of {row.name}, but the reporting regime has none. "
            "Add it to the regimes, then resolve the incident."
        )
    return due_on(period, row.due_day)


def opens_of(row: Row[Any], period: str) -> date:
    """Return the day on which the report of one obligation is begun."""
    if row.opens_on:
        return date.fromisoformat(row.opens_on)
    return due_of(row, period) - timedelta(days=LEAD_DAYS[row.frequency])


@cache
def _owed_query(*, by_unit: bool, by_type: bool, by_superior: bool) -> Select[Any]:
    whole = with_regime(obligation.join(organisation, organisation.c.id == obligation.c.organisation))
    query = (
        select(obligation, organisation.c.name, organisation.c.level, DUE_DAY.label("due_day"))
        .select_from(whole)
        .where(covering(bindparam("b_frequency"), bindparam("b_period")))
    )
    if by_unit:
        query = query.where(obligation.c.organisation == bindparam("b_unit"))
    if by_type:
        query = query.where(obligation.c.report_type == bindparam("b_type"))
    if by_superior:
        query = query.where(obligation.c.superior == bindparam("b_superior"))
    return query


def due_date(
    connection: Connection, organisation_id: str, period: str, *, report_type: str | None = None, superior: str | None = None
) -> date:
    """Return the last day on which the organisation's report of `period` is in time: its earliest, when it has several.

    Without an obligation it is the default of the organisation's level.
    """
    query = _owed_query(by_unit=True, by_type=report_type is not None, by_superior=superior is not None)
    values = {"b_unit": organisation_id, "b_frequency": frequency_of(period), "b_period": period, "b_type": report_type, "b_superior": superior}
    wanted = {name: value for name, value in values.items() if value is not None}
    rows = connection.execute(query, wanted).all()
    return min((due_of(row, period) for row in rows), default=None) or _default_due(connection, organisation_id, period)


def due_dates(connection: Connection, superior: str, period: str, *, report_type: str) -> dict[str, date]:
    """Return the last day in time of every organisation that owes this report of `period` to `superior`, read at once."""
    query = _owed_query(by_unit=False, by_type=True, by_superior=True)
    values = {"b_frequency": frequency_of(period), "b_period": period, "b_type": report_type, "b_superior": superior}
    found: dict[str, date] = {}
    for row in connection.execute(query, values):
        due = due_of(row, period)
        found[row.organisation] = min(due, found.get(row.organisation, due))
    return found


def _default_due(connection: Connection, organisation_id: str, period: str) -> date:
    unit = organisation_by_id(connection, organisation_id)
    day = connection.execute(_DEFAULT_DAY, {"b_level": unit.level, "b_frequency": frequency_of(period)}).scalar_one_or_none()
    if day is None:
        raise InvalidInput(f"Expected a due day for {unit.name} in {period}, but the reporting regime of its level has none.")
    return due_on(period, day)


def next_opening_of(connection: Connection, organisation_id: str, report_type: str, period: str) -> date:
    """Return when the period after this one opens: until then an answer to the report is awaited."""
    following = next_period(period)
    if following == OVER:
        return due_date(connection, organisation_id, period, report_type=report_type) + timedelta(days=DAYS_UNANSWERED)
    due = due_date(connection, organisation_id, following, report_type=report_type)
    return due - timedelta(days=LEAD_DAYS[frequency_of(following)])


def cutoff(calendar: WorkingCalendar, last_due: date) -> date:
    """Return the last day on which a late report is still consolidated (T6)."""
    return calendar.working_days_after(last_due, GRACE_WORKING_DAYS)
