"""What the tests of the seal share: an installation with keys and places, and a log that grows in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from engine.bootstrap import open_door
from engine.door import Door
from engine.execution.checkpoints import Checkpoints
from engine.history import trust
from engine.history.checkpoint import Checkpoint, open_checkpoint
from engine.history.log import append_all
from engine.history.places import Place
from engine.history.record import LOG, Circumstances, Fact, Subject
from engine.kernel.clock import SimulatedClock, stamp
from engine.storage import Database, UnitOfWork, keys
from engine.storage.schema import checkpoint, checkpoint_place, history_record

BEGIN = datetime(2026, 4, 1, 1, 0, tzinfo=UTC)


def by_lan(at: datetime) -> Circumstances:
    who = {"type": "person", "id": "lan", "name": "Lê Thị Lan", "post": None}
    return Circumstances(
        recorded_at=stamp(at), actor=who, on_behalf_of=None, auth={"method": "test"}, policy="test", command="key", correlation="key"
    )


@dataclass
class Installation:
    """A database with keys beside it and two places outside, at a time that only `pass_by` moves."""

    database: Database
    home: Path
    places: tuple[Place, ...]
    clock: SimulatedClock

    @property
    def door(self) -> Door:
        return open_door(self.database, self.clock)

    def grow(self, records: int, *, action: str = "task.completed", log: str = LOG) -> None:
        """Append records to a log."""
        facts = [Fact(action=action, subject=Subject(type="task", id=str(number)), streams=("all",)) for number in range(records)]
        with UnitOfWork(self.database) as unit:
            append_all(unit.connection, [(each, by_lan(self.clock.now())) for each in facts], [f"id-{number}" for number in range(records)], log=log)
            unit.commit()

    def pass_by(self, seconds: float) -> None:
        self.clock.advance_to(self.clock.now() + timedelta(seconds=seconds))

    def maker(self, *places: Place) -> Checkpoints:
        """A worker's maker of checkpoints, as if the process had just begun."""
        return Checkpoints(self.door, places=places or self.places)

    def rows(self, query: Any) -> list[Any]:
        with self.database.reading() as connection:
            return list(connection.execute(query).all())

    def records(self, log: str = LOG) -> list[Any]:
        return self.rows(select(history_record).where(history_record.c.log == log).order_by(history_record.c.seq))

    def sizes(self, log: str = LOG) -> list[int]:
        """The sizes of the checkpoints that the database has of a log."""
        return [row.size for row in self.rows(select(checkpoint).where(checkpoint.c.log == log).order_by(checkpoint.c.size))]

    def troubles(self) -> dict[str, str]:
        """What did not work, by place."""
        return {row.place: row.error for row in self.rows(select(checkpoint_place)) if row.error}

    def open(self, note: str) -> Checkpoint:
        return open_checkpoint(note, trust.own_trust().checkpoints)

    def kept(self, place: Place, log: str = LOG) -> list[Checkpoint]:
        """The checkpoints of a log that lie in a place."""
        return [self.open(note) for _, note in place.notes(log)]


def install(database: Database, folder: Path, patch: pytest.MonkeyPatch) -> Installation:
    patch.setenv("CHIDAO_HOME", str(folder / "home"))
    keys.make_missing()
    trust.publish()
    places = tuple(Place(folder=folder / name) for name in ("archive", "neighbour"))
    return Installation(database=database, home=folder / "home", places=places, clock=SimulatedClock(BEGIN))


