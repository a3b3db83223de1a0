"""The demonstration's database, made once for all tests of a run: the offices of the shipped samples, and work on everybody's desk."""

from __future__ import annotations

import fcntl
from datetime import UTC, datetime
from pathlib import Path

from engine.demo.main import run_demo

FILE = "demonstration.sqlite3"
TODAY = datetime(2026, 11, 20, 2, tzinfo=UTC)  # at which the demonstration stands


def demonstration(folder: Path) -> Path:
    """Return the file with the demonstration in `folder`, made by whoever comes first."""
    place, made = folder / FILE, folder / f"{FILE}.made"
    with (folder / f"{FILE}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # workers of xdist share the folder
        if not made.exists():
            place.unlink(missing_ok=True)
            run_demo(f"sqlite:///{place}", folder=None, months=1, today=TODAY).database.dispose()
            made.touch()
    return place
