"""Periods of weeks, months, quarters and the final one: over years, short months and their Vietnamese names."""

from __future__ import annotations

from datetime import date

import pytest

from engine.kernel.errors import InvalidInput
from engine.kernel.periods import (
    OVER,
    due_on,
    first_period,
    frequency_of,
    label,
    last_of,
    next_period,
    previous_period,
)


@pytest.mark.parametrize(
    ("period", "frequency", "following", "before"),
    [
        ("2024-W15", "weekly", "2024-W16", "2024-W14"),
        ("2024-W52", "weekly", "2025-W01", "2024-W51"),
        ("2020-W53", "weekly", "2021-W01", "2020-W52"),
        ("2024-04", "monthly", "2024-05", "2024-03"),
        ("2024-12", "monthly", "2025-01", "2024-11"),
        ("2024-01", "monthly", "2024-02", "2023-12"),
        ("2024-Q4", "quarterly", "2025-Q1", "2024-Q3"),
        ("2024-Q1", "quarterly", "2024-Q2", "2023-Q4"),
        ("final", "once", OVER, None),
    ],
)
def test_every_kind_of_period_knows_its_neighbours(period: str, frequency: str, following: str, before: str | None) -> None:
    assert (frequency_of(period), next_period(period), previous_period(period)) == (frequency, following, before)
    assert period < following


@pytest.mark.parametrize(
    ("issued", "frequency", "period"),
    [
        (date(2024, 4, 10), "weekly", "2024-W15"),  # a Wednesday
        (date(2024, 4, 11), "weekly", "2024-W16"),
        (date(2024, 12, 30), "weekly", "2025-W01"),
        (date(2024, 4, 20), "monthly", "2024-04"),
        (date(2024, 4, 21), "monthly", "2024-05"),
        (date(2024, 6, 20), "quarterly", "2024-Q2"),
        (date(2024, 6, 21), "quarterly", "2024-Q3"),
        (date(2024, 12, 31), "quarterly", "2025-Q1"),
        (date(2023, 12, 21), "once", "final"),
    ],
)
def test_the_first_period_leaves_time_to_work(issued: date, frequency: str, period: str) -> None:
    assert first_period(issued, frequency) == period


@pytest.mark.parametrize(
    ("period", "day", "due"),
    [
        ("2024-W15", 5, date(2024, 4, 12)),
        ("2024-02", 31, date(2024, 2, 29)),
        ("2024-Q2", 20, date(2024, 6, 20)),
        ("2024-Q3", 31, date(2024, 9, 30)),
    ],
)
def test_the_due_day_is_a_weekday_a_day_of_the_month_or_of_the_last_month_of_a_quarter(period: str, day: int, due: date) -> None:
    assert due_on(period, day) == due


def test_a_period_ends_with_its_last_day() -> None:
    assert [last_of(period) for period in ("2024-W15", "2024-02", "2024-Q2")] == [date(2024, 4, 14), date(2024, 2, 29), date(2024, 6, 30)]


@pytest.mark.parametrize(
    ("period", "written"),
    [
        ("2024-W15", "tuần 15 năm 2024"),
        ("2024-04", "tháng 4/2024"),
        ("2024-02", "tháng 02/2024"),
        ("2024-12", "tháng 12/2024"),
        ("2024-Q2", "quý II/2024"),
        ("final", "cả đợt"),
    ],
)
def test_a_period_is_written_as_in_vietnamese_paperwork(period: str, written: str) -> None:
    assert label(period) == written


@pytest.mark.parametrize("text", ["2024", "2024-Q5", "April", "2024-4", ""])
def test_what_is_no_period_is_refused_by_name(text: str) -> None:
    with pytest.raises(InvalidInput, match=repr(text)):
        frequency_of(text)


def test_a_week_that_the_year_does_not_have_is_refused() -> None:
    with pytest.raises(InvalidInput, match="2024-W53"):
        due_on("2024-W53", 5)


def test_the_final_period_has_no_due_day_of_its_own() -> None:
    with pytest.raises(InvalidInput, match="stands in the obligation"):
        due_on("final", 5)
