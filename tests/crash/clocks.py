"""The simulated time that several processes share: a moment in a file, which the director alone moves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path


class SharedClock:
    """Reads its moment from a file, `ahead` of it or behind."""

    def __init__(self, path: Path, *, ahead: timedelta = timedelta()) -> None:
        self._path = path
        self._ahead = ahead

    def now(self) -> datetime:
        return datetime.fromisoformat(self._path.read_text()).astimezone(UTC) + self._ahead

    def set(self, moment: datetime) -> None:
        """Show `moment` to every process, whole or not at all."""
        beside = self._path.with_suffix(".new")
        beside.write_text(moment.astimezone(UTC).isoformat())
        beside.replace(self._path)
