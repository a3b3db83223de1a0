"""Numbers, days and periods as people write them."""

from __future__ import annotations

import pytest
from flask import Flask

from web.forms.written import NotRead, read_day, read_integer, read_period, show_day, show_integer, show_period


@pytest.mark.parametrize(("text", "kept"), [("1250000", 1_250_000), ("1.250.000", 1_250_000), ("1 250 000", 1_250_000), ("0", 0), ("-5", -5)])
def test_whole_numbers_are_read_with_their_thousands_apart(text: str, kept: int) -> None:
    assert read_integer(text) == kept
    assert read_integer(show_integer(kept)) == kept


@pytest.mark.parametrize("text", ["1,5", "1.25", "mười", "1.2500", "9" * 30, "٣"])
def test_what_is_no_whole_number_is_not_guessed(app: Flask, text: str) -> None:
    with app.test_request_context(), pytest.raises(NotRead, match=r"1\.250\.000"):
        read_integer(text)


@pytest.mark.parametrize("text", ["15/04/2024", "15/4/2024", "15-4-2024", "15.04.2024", " 15 / 4 / 2024".strip(), "2024-04-15"])
def test_days_are_read_as_they_are_written_here(text: str) -> None:
    assert read_day(text) == "2024-04-15"
    assert show_day("2024-04-15") == "15/04/2024"


@pytest.mark.parametrize(("text", "said"), [("31/02/2024", "Không có ngày 31/02/2024"), ("04/2024", "15/04/2024"), ("hôm nay", "15/04/2024")])
def test_what_is_no_day_is_said(app: Flask, text: str, said: str) -> None:
    with app.test_request_context(), pytest.raises(NotRead, match=said):
        read_day(text)


@pytest.mark.parametrize(
    ("text", "kept"), [("04/2024", "2024-04"), ("4-2024", "2024-04"), ("quý 2/2024", "2024-Q2"), ("Q2/2024", "2024-Q2"), ("tuần 16/2024", "2024-W16"), ("2024-04", "2024-04"), ("final", "final")]
)
def test_periods_are_read_as_they_are_written_here(text: str, kept: str) -> None:
    assert read_period(text) == kept
    assert read_period(show_period(kept)) == kept
