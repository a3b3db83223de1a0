"""Plays office scenarios on databases of their own in a temporary folder, furnished once for each set of offices."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, select
from sqlalchemy.exc import SQLAlchemyError

from engine.definitions.source import Sources, beside_shipped
from engine.history.record import opened
from engine.kernel.clock import SimulatedClock
from engine.kernel.errors import EngineError
from engine.scenario.scenario import furnish, play, read_scenario
from engine.scenario.trial import Trial
from engine.storage.database import Database
from engine.storage.schema import definition_version, history_record, instance, operation, subscription, timer, user_task

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)  # before any scenario begins
OPEN = (user_task, timer, operation, subscription)


class Playhouse:
    """Where office scenarios are played, with the processes `around` before the shipped ones. Leaves nothing behind."""

    def __init__(self, around: Sources | None) -> None:
        self._around = around
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._folder is not None:
            self._folder.cleanup()

    def trial(self, file: Path, shown: str, name: str) -> Trial:
        """Play one scenario; whatever is wrong with the file is told as the trial's message."""
        try:
            missed, reached = self._play(file)
        except EngineError as error:
            missed, reached = [error.message], frozenset()
        except (LookupError, TypeError, ValueError, AttributeError, SQLAlchemyError) as error:
            found = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else '-'}"
            missed, reached = [f"Expected an office scenario as processes/README.md describes it, but found {found}."], frozenset()
        return Trial(file=shown, name=name or file.stem, kind="offices", passed=not missed, message=" ".join(missed), reached=reached)

    def _play(self, file: Path) -> tuple[list[str], frozenset[tuple[str, str]]]:
        scenario = read_scenario(file)
        database = self._furnished(scenario.offices)
        try:
            missed = play(scenario, database, furnished=True)
            with database.reading() as connection:
                return missed, frozenset(_reached(connection))
        finally:
            database.dispose()

    def _furnished(self, offices: str) -> Database:
        """Return a fresh copy of a database with these offices and the processes."""
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="chidao-try-")
        place = Path(self._folder.name)
        template = place / f"{offices}.sqlite3"
        if not template.is_file():
            database = Database(f"sqlite:///{template}")
            try:
                furnish(database, offices, SimulatedClock(LONG_AGO), beside_shipped(self._around) if self._around else None)
            except BaseException:
                database.dispose()
                template.unlink(missing_ok=True)
                raise
            database.dispose()
        shutil.copy(template, place / "play.sqlite3")
        return Database(f"sqlite:///{place / 'play.sqlite3'}")


def _reached(connection: Connection) -> Iterator[tuple[str, str]]:
    """Yield (process of the instance, element) that tokens have reached: those that the history saw left, and what ever waited."""
    keys = select(instance.c.id, definition_version.c.key).join(definition_version, definition_version.c.id == instance.c.definition_version)
    process = {row.id: str(row.key) for row in connection.execute(keys)}
    for table in OPEN:
        yield from ((process[row.instance], row.element) for row in connection.execute(select(table.c.instance, table.c.element)))
    query = select(history_record.c.instance, history_record.c.body).where(history_record.c.instance.in_(select(instance.c.id)))
    for row in connection.execute(query):
        things = opened(row.body)["objects"]
        yield from ((process[row.instance], thing["id"]) for thing in things if thing["type"] == "element")
