"""The figures of a cascade: what was counted in the database, what an action of a person took, and where the time went."""

from __future__ import annotations

import platform
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from statistics import median, quantiles
from typing import Any

from sqlalchemy import Connection, func, select, text

from engine.storage.schema import command, consolidation, history_record, instance, report

SIZE = {
    "sqlite": "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
    "postgresql": "SELECT pg_database_size(current_database())",
}


@dataclass(slots=True)
class Spent:
    """Where the seconds went: people's commands in the door, pieces (with worker processes: waiting for them), the driver itself."""

    people: float = 0.0
    pieces: float = 0.0
    dispatch: float | None = None  # until the first report was written
    total: float = 0.0
    cpu: float = 0.0  # of this process: people, the driver, and the pieces where it does them

    def as_figures(self) -> dict[str, float]:
        """Return the seconds by what they were spent on."""
        dispatch = self.total if self.dispatch is None else self.dispatch
        parts = {
            "seconds": self.total,
            "people_seconds": self.people,
            "pieces_seconds": self.pieces,
            "driver_seconds": self.total - self.people - self.pieces,
            "dispatch_seconds": dispatch,
            "month_seconds": self.total - dispatch,
            "cpu_seconds": self.cpu,
        }
        return {name: round(seconds, 3) for name, seconds in parts.items()}


def size_of(connection: Connection) -> int:
    """Return the size of the database in bytes."""
    return int(connection.execute(text(SIZE[connection.dialect.name])).scalar_one())


def counted(connection: Connection) -> dict[str, int]:
    """Return what the database holds at the end of a cascade."""
    closed = select(func.count()).select_from(consolidation).where(consolidation.c.status == "closed")
    pieces = select(func.count()).select_from(command).where(command.c.key.startswith("worker:"))
    return {
        "pieces": _number(connection, pieces),
        "reports": _number(connection, select(func.count()).select_from(report)),
        "consolidations": _number(connection, closed),
        "instances": _number(connection, select(func.count()).select_from(instance)),
        "history_records": _number(connection, select(func.count()).select_from(history_record)),
        "history_bytes_per_record": _number(connection, select(func.avg(func.length(history_record.c.body)))),
    }


def latency(seconds: Mapping[str, Sequence[float]]) -> dict[str, Any]:
    """Return the milliseconds of a person's action: the median and the far percentiles, of all and by kind (the form)."""
    whole = _percentiles([each for spent in seconds.values() for each in spent])
    return {**whole, "by_kind": {kind: {"actions": len(spent), **_percentiles(spent)} for kind, spent in sorted(seconds.items())}}


def versions(connection: Connection) -> dict[str, str]:
    """Return the versions of what was measured."""
    packages = {name: version(name) for name in ("chidao", "SpiffWorkflow", "SQLAlchemy")}
    if connection.dialect.name == "sqlite":
        return {"python": platform.python_version(), "sqlite": sqlite3.sqlite_version, **packages}
    server = str(connection.execute(text("SHOW server_version")).scalar_one())
    return {"python": platform.python_version(), "postgresql": server, **packages}


def _percentiles(seconds: Sequence[float]) -> dict[str, float]:
    if len(seconds) == 1:
        return dict.fromkeys(("p50", "p95", "p99"), round(seconds[0] * 1000, 3))
    cuts = quantiles(seconds, n=100, method="inclusive")
    return {"p50": round(median(seconds) * 1000, 3), "p95": round(cuts[94] * 1000, 3), "p99": round(cuts[98] * 1000, 3)}


def _number(connection: Connection, query: Any) -> int:
    return round(connection.execute(query).scalar_one() or 0)
