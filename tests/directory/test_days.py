"""A day that somebody names is one that an office can mean: what lies around it can be reckoned too, in any time zone."""

from __future__ import annotations

from datetime import date

import pytest

from engine.directory.checks import days_in_order, iso_day
from engine.kernel.errors import InvalidInput


@pytest.mark.parametrize("text", ["", "soon", "2026-02-30", "0001-01-01", "1899-12-31", "9000-01-02", "9999-12-31", "x" * 1_000])
def test_what_is_no_day_is_said(text: str) -> None:
    with pytest.raises(InvalidInput, match="Expected a day as YYYY-MM-DD, but found") as told:
        iso_day(text)
    assert len(told.value.message) < 100


@pytest.mark.parametrize("text", ["1900-01-01", "2026-11-22", "9000-01-01"])
def test_a_day_is_read(text: str) -> None:
    assert iso_day(text) == date.fromisoformat(text)


def test_a_last_day_is_not_before_the_first() -> None:
    days_in_order("2026-01-01", "2026-01-01")
    days_in_order("2026-01-01", None)
    with pytest.raises(InvalidInput, match="on or after 2026-01-02, but found 2026-01-01"):
        days_in_order("2026-01-02", "2026-01-01")
