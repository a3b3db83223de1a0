"""Working hours over weekends, Tết and swap days; medians of counted times are those of the times themselves."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.kernel.calendar import OFFICE_HOURS, WorkingCalendar, load_calendar
from engine.kernel.clock import ZONE
from engine.kernel.working_time import HOURS_A_DAY, in_tenths, percentile, working_time

CALENDAR = load_calendar()
MOMENTS = st.datetimes(min_value=datetime(2024, 1, 1), max_value=datetime(2024, 6, 30), timezones=st.just(UTC))  # noqa: DTZ001  the zone is given beside
TIMES = st.lists(st.timedeltas(min_value=timedelta(), max_value=timedelta(hours=200)), min_size=1, max_size=60)


def at(day: str, hour: int = 0, minute: int = 0) -> datetime:
    return datetime.combine(date.fromisoformat(day), time(hour, minute), ZONE)


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        (at("2024-04-15", 8), at("2024-04-15", 10), 2),  # within a morning
        (at("2024-04-15", 11), at("2024-04-15", 13, 30), 1),  # over noon
        (at("2024-04-12", 16), at("2024-04-15", 8, 30), 2),  # over a weekend
        (at("2024-02-07", 16), at("2024-02-15", 8, 30), 2),  # over Tết Giáp Thìn, 8 to 14 February
        (at("2024-05-03", 16), at("2024-05-06", 7, 30), 9),  # Saturday 4 May 2024 was worked for 29 April
        (at("2024-04-28", 0), at("2024-05-02", 0), 0),  # the days off for it
        (at("2024-04-15", 18), at("2024-04-16", 6), 0),  # a night
        (at("2024-04-16", 9), at("2024-04-15", 9), 0),  # backwards
    ],
)
def test_only_what_offices_work_is_counted(start: datetime, end: datetime, hours: float) -> None:
    assert working_time(CALENDAR, start, end) == timedelta(hours=hours)


@given(st.tuples(MOMENTS, MOMENTS, MOMENTS).map(sorted))
def test_a_time_is_the_sum_of_its_parts(moments: list[datetime]) -> None:
    first, between, last = moments
    assert working_time(CALENDAR, first, last) == working_time(CALENDAR, first, between) + working_time(CALENDAR, between, last)


@given(MOMENTS, st.integers(min_value=0, max_value=40))
def test_whole_days_are_their_working_days_of_eight_hours(moment: datetime, days: int) -> None:
    first = datetime.combine(moment.astimezone(ZONE).date(), time(), ZONE)
    worked = sum(CALENDAR.is_working(first.date() + timedelta(days=each)) for each in range(days))
    assert working_time(CALENDAR, first, first + timedelta(days=days)) == timedelta(hours=HOURS_A_DAY * worked)


@given(MOMENTS, st.integers(min_value=0, max_value=60 * 24 * 4))
def test_it_is_what_counting_every_minute_finds(moment: datetime, minutes: int) -> None:
    first = moment.astimezone(ZONE).replace(second=0, microsecond=0)
    passed = [first + timedelta(minutes=each) for each in range(minutes)]
    worked = sum(CALENDAR.is_working(each.date()) and any(opens <= each.time() < closes for opens, closes in OFFICE_HOURS) for each in passed)
    assert working_time(CALENDAR, first, first + timedelta(minutes=minutes)) == timedelta(minutes=worked)


def test_an_unknown_year_has_its_weekends_off() -> None:
    bare = WorkingCalendar(off=frozenset(), swapped=frozenset())
    assert working_time(bare, at("2031-04-14"), at("2031-04-21")) == timedelta(hours=5 * HOURS_A_DAY)


@given(TIMES, st.integers(min_value=1, max_value=100))
def test_the_percentile_of_counted_times_is_that_of_the_times(spent: list[timedelta], percent: int) -> None:
    found = percentile(Counter(map(in_tenths, spent)).items(), percent)
    assert found == in_tenths(sorted(spent)[math.ceil(len(spent) * percent / 100) - 1])


@given(TIMES)
def test_the_median_is_the_lower_one_of_statistics(spent: list[timedelta]) -> None:
    assert percentile(Counter(map(in_tenths, spent)).items(), 50) == in_tenths(statistics.median_low(spent))


@given(st.timedeltas(min_value=timedelta(), max_value=timedelta(hours=5_000)))
def test_a_counted_time_is_near_the_time(spent: timedelta) -> None:
    step = timedelta(minutes=6) if spent < timedelta(hours=8) else timedelta(hours=1) if spent < timedelta(hours=81) else timedelta(hours=4)
    assert abs(timedelta(minutes=6) * in_tenths(spent) - spent) <= step / 2 + timedelta(minutes=3)


def test_of_nothing_there_is_no_percentile() -> None:
    assert percentile([], 50) is None


def test_hours_that_change_count_from_their_day_on() -> None:
    summer, winter = date(2024, 4, 15), date(2024, 10, 15)
    calendar = replace(CALENDAR, hours=((summer, ((time(7), time(11)), (time(13, 30), time(17)))), (winter, ((time(8), time(12)),))))
    assert calendar.hours_on(date(2024, 4, 12)) == OFFICE_HOURS
    assert working_time(calendar, at("2024-04-12"), at("2024-04-16")) == timedelta(hours=HOURS_A_DAY + 7.5)  # a Friday of eight hours, a Monday of seven and a half
    assert working_time(calendar, at("2024-10-15"), at("2024-10-16")) == timedelta(hours=4)
    assert calendar.hours_on(date(2024, 4, 20)) == ()  # a Saturday
