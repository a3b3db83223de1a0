"""The only module that reads the wall clock. Everything else is given a `Clock`."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


class Clock(Protocol):
    """Something that knows the time."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the machine's time in UTC."""
        return datetime.now(UTC)


class SimulatedClock:
    """A clock that moves only when told: tests, dry runs and the demo."""

    def __init__(self, start: datetime) -> None:
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        """Return the simulated moment in UTC."""
        return self._now

    def advance_to(self, moment: datetime) -> None:
        """Move forward to `moment`; a moment in the past changes nothing."""
        self._now = max(self._now, moment.astimezone(UTC))


def local_date(moment: datetime) -> date:
    """Return the day that people in Vietnam call `moment` (UTC+7)."""
    return moment.astimezone(ZONE).date()


def stopwatch() -> float:
    """Return a running number of seconds, for measurements only."""
    return time.perf_counter()


def rest(seconds: float) -> None:
    """Let the machine's own time pass: for writers who get out of each other's way, never for anything that is due."""
    if seconds > 0:
        time.sleep(seconds)


def told(moment: datetime, now: datetime) -> str:
    """Return a moment as people in Vietnam say it at `now`: the time of day, with its day when that is not today."""
    local = moment.astimezone(ZONE)
    return f"{local:%H:%M}" if local.date() == local_date(now) else f"{local:%H:%M} on {local.date()}"


def stamp(moment: datetime) -> str:
    """Return `moment` as UTC text with milliseconds, the form in which tables and history keep time."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def from_stamp(text: str) -> datetime:
    """Return the moment that `stamp` wrote."""
    return datetime.fromisoformat(text)
