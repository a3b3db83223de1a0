"""The functions of the working calendar, as expressions call them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.bpmn import evaluate
from engine.definitions.functions import FUNCTIONS
from engine.kernel.calendar import load_calendar
from engine.kernel.clock import ZONE
from engine.kernel.errors import InvalidInput

CALENDAR = load_calendar()
NOW = datetime(2024, 4, 1, 8, tzinfo=ZONE)
DAYS = st.dates(min(CALENDAR.off) - timedelta(days=40), max(CALENDAR.off) + timedelta(days=40))


def value(source: str, **data: Any) -> Any:
    return evaluate(source, data, FUNCTIONS, now=NOW)


@settings(max_examples=150, deadline=None)
@given(DAYS, st.integers(0, 120))
def test_counting_by_lists_is_counting_day_by_day(day: date, count: int) -> None:
    after, before = CALENDAR.working_days_after(day, count), CALENDAR.working_days_before(day, count)
    assert value("working_days_after(day, count)", day=day.isoformat(), count=count) == after
    assert value("working_days_before(day, count)", day=day.isoformat(), count=count) == before
    assert value("working_days_between(day, after)", day=day.isoformat(), after=after.isoformat()) == count
    walked = sum(CALENDAR.is_working(before + timedelta(days=n)) for n in range(1, (day - before).days + 1))
    assert value("working_days_between(before, day)", day=day.isoformat(), before=before) == walked
    assert value("working_days_between(day, before)", day=day.isoformat(), before=before) == -walked


def test_days_may_be_texts_dates_and_times() -> None:
    assert value("working_days_after('2024-04-26', 1)") == value("working_days_after(date('2024-04-26'), 1)") == date(2024, 5, 2)
    assert value("working_days_after(now(), 0)") == date(2024, 4, 1)
    assert value("is_working_day('2024-04-30')") is False
    assert value("is_working_day(today())") is True


@pytest.mark.parametrize("source", ["working_days_after(today(), 4001)", "working_days_after(today(), -1)", "working_days_after(5, 1)", "working_days_after('0001-01-01', 1)"])
def test_what_is_no_day_or_no_sensible_count_is_refused(source: str) -> None:
    with pytest.raises(InvalidInput, match=r"Expected .* At column 1 of the expression"):
        value(source)
