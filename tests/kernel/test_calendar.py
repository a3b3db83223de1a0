"""Working days over Tết and swap days; reporting periods over years and short months."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from engine.kernel.calendar import (
    WorkingCalendar,
    day_of_month,
    end_of_day,
    first_period,
    load_calendar,
    next_period,
    parse_period,
    start_of_day,
)
from engine.kernel.errors import InvalidInput


@pytest.fixture(scope="module")
def calendar() -> WorkingCalendar:
    return load_calendar()


def test_nobody_works_during_tet_2024(calendar: WorkingCalendar) -> None:
    days = [date(2024, 2, number) for number in range(8, 15)]
    assert [calendar.is_working(day) for day in days] == [False] * 7


def test_the_working_day_after_the_last_one_before_tet_is_a_week_later(calendar: WorkingCalendar) -> None:
    assert calendar.working_days_after(date(2024, 2, 7), 1) == date(2024, 2, 15)
    assert calendar.working_days_before(date(2024, 2, 15), 1) == date(2024, 2, 7)
    assert calendar.working_days_after(date(2024, 2, 7), 3) == date(2024, 2, 19)


def test_a_saturday_is_worked_for_the_monday_that_was_swapped(calendar: WorkingCalendar) -> None:
    assert not calendar.is_working(date(2024, 4, 29))
    assert calendar.is_working(date(2024, 5, 4))
    assert not calendar.is_working(date(2024, 5, 5))
    assert not calendar.is_working(date(2024, 5, 11))
    assert calendar.working_days_after(date(2024, 5, 3), 1) == date(2024, 5, 4)
    assert calendar.working_days_after(date(2024, 4, 26), 1) == date(2024, 5, 2)


def test_no_working_days_are_the_day_itself_even_on_a_holiday(calendar: WorkingCalendar) -> None:
    assert calendar.working_days_after(date(2024, 2, 10), 0) == date(2024, 2, 10)
    assert calendar.working_days_before(date(2024, 2, 10), 0) == date(2024, 2, 10)


def test_five_working_days_in_a_plain_week_are_seven_days(calendar: WorkingCalendar) -> None:
    assert calendar.working_days_after(date(2024, 3, 4), 5) == date(2024, 3, 11)
    assert calendar.working_days_before(date(2024, 3, 11), 5) == date(2024, 3, 4)


@pytest.mark.parametrize(("period", "following"), [("2024-01", "2024-02"), ("2024-11", "2024-12"), ("2024-12", "2025-01"), ("1999-12", "2000-01")])
def test_after_december_comes_january_of_the_next_year(period: str, following: str) -> None:
    assert next_period(period) == following


@pytest.mark.parametrize(
    ("period", "day", "wanted"),
    [
        ("2024-02", 31, date(2024, 2, 29)),
        ("2023-02", 30, date(2023, 2, 28)),
        ("2024-04", 31, date(2024, 4, 30)),
        ("2024-04", 15, date(2024, 4, 15)),
    ],
)
def test_a_day_that_a_short_month_lacks_is_its_last_one(period: str, day: int, wanted: date) -> None:
    assert day_of_month(period, day) == wanted


@pytest.mark.parametrize(
    ("issued", "period"),
    [
        (date(2024, 4, 20), "2024-04"),  # ten days remain
        (date(2024, 4, 21), "2024-05"),  # nine remain
        (date(2024, 2, 19), "2024-02"),
        (date(2024, 2, 20), "2024-03"),
        (date(2023, 2, 18), "2023-02"),
        (date(2023, 2, 19), "2023-03"),
        (date(2024, 12, 21), "2024-12"),
        (date(2024, 12, 22), "2025-01"),
    ],
)
def test_the_first_period_is_this_month_when_ten_days_of_it_remain(issued: date, period: str) -> None:
    assert first_period(issued) == period


@pytest.mark.parametrize("text", ["2024-13", "2024-00", "April", "", "2024-4"])
def test_what_is_no_month_is_refused_by_name(text: str) -> None:
    with pytest.raises(InvalidInput, match=repr(text)):
        parse_period(text)


def test_a_day_begins_and_ends_at_midnight_in_vietnam() -> None:
    assert start_of_day(date(2024, 4, 15)) == datetime(2024, 4, 14, 17, tzinfo=UTC)
    assert end_of_day(date(2024, 12, 31)) == start_of_day(date(2025, 1, 1))
