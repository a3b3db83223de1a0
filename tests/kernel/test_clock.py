"""Moments are kept in UTC, days are those of Vietnam, and a simulated clock moves forward only when told."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from engine.kernel.clock import ZONE, SimulatedClock, SystemClock, from_stamp, local_date, stamp

NOON = datetime(2024, 4, 15, 5, tzinfo=UTC)


def test_a_simulated_clock_moves_only_forward() -> None:
    clock = SimulatedClock(NOON)
    assert clock.now() == clock.now() == NOON
    clock.advance_to(NOON + timedelta(days=1))
    clock.advance_to(NOON)
    assert clock.now() == NOON + timedelta(days=1)


def test_a_simulated_clock_tells_utc_wherever_it_started() -> None:
    assert SimulatedClock(NOON.astimezone(ZONE)).now().tzinfo is UTC


def test_the_system_clock_is_aware_and_in_utc() -> None:
    assert SystemClock().now().utcoffset() == timedelta(0)


def test_the_day_changes_at_midnight_in_vietnam() -> None:
    assert local_date(datetime(2024, 4, 15, 16, 59, tzinfo=UTC)) == date(2024, 4, 15)
    assert local_date(datetime(2024, 4, 15, 17, 0, tzinfo=UTC)) == date(2024, 4, 16)


def test_a_stamp_sorts_as_its_moment_and_comes_back() -> None:
    assert stamp(NOON) == "2024-04-15T05:00:00.000Z"
    assert stamp(NOON) < stamp(NOON + timedelta(milliseconds=1)) < stamp(NOON + timedelta(days=300))
    assert from_stamp(stamp(NOON.astimezone(ZONE))) == NOON
