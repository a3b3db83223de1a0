"""The main job: documents in, consolidated reports out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

from sqlalchemy import inspect, select

from engine.audit.cascade import summary
from engine.bootstrap import prepare
from engine.demo.play import Play
from engine.directives.reading import read_document
from engine.directives.reading.facts import facts
from engine.history.verify import verify
from engine.kernel.calendar import start_of_day
from engine.kernel.clock import SimulatedClock, stopwatch
from engine.kernel.errors import InvalidInput, Refused
from engine.storage.database import Database
from engine.storage.schema import command

QUIET = timedelta(days=365)  # before the first letter: the demo's offices are set up


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """What a demo did: the summary for people and programs, and the directives that were issued."""

    database: Database
    issued: list[str]
    result: dict[str, Any]
    skipped: list[str]


def documents_in(folder: Path | None) -> list[tuple[str, bytes]]:
    """Return the documents of a folder, or the samples that the package ships. Raises InvalidInput."""
    if folder is None:
        shipped = files("processes").joinpath("samples", "documents")
        return sorted((entry.name, entry.read_bytes()) for entry in shipped.iterdir() if entry.name.endswith(".txt"))
    if not folder.is_dir():
        raise InvalidInput(f"Expected a folder with documents at {folder}, but there is none.")
    return sorted((path.name, path.read_bytes()) for path in folder.glob("*.txt"))


def run_demo(
    url: str,
    *,
    folder: Path | None,
    months: int,
    today: datetime | None = None,
    tick: Callable[[date, int], None] = lambda _day, _percent: None,
) -> Demo:
    """Carry every directive of `folder` through all levels. Raises an EngineError with one sentence.

    `today`: the moment up to which people then begin new work, which stays on their desks; None: nothing is begun.
    """
    began = stopwatch()
    documents, skipped = _directives(documents_in(folder))
    database = Database(url)
    first = date.fromisoformat(documents[0][2]["date"])
    clock = SimulatedClock(start_of_day(first - QUIET))
    try:
        _refuse_other(database)
    except Refused:
        database.dispose()
        raise
    play = Play(door=prepare(database, clock), clock=clock, months=months, tick=tick)
    play.prepare(documents)
    play.run()
    with database.reading() as connection:
        issued = play.issued(connection)
        directives = [summary(connection, identity) for identity in issued]
    if today is not None:
        play.go_on(today)
    with database.reading() as connection:
        records, breaks = verify(connection)
    result = {
        "directives": directives,
        "history": {"records": records, "verified": not breaks},
        "seconds": round(stopwatch() - began, 2),
    }
    return Demo(database=database, issued=issued, result=result, skipped=skipped)


def _directives(documents: list[tuple[str, bytes]]) -> tuple[list[tuple[str, bytes, dict[str, Any]]], list[str]]:
    """Return the directives of some files, oldest first, and what is none: without issuer, date, recipients or work."""
    chosen, skipped = [], []
    for name, content in documents:
        for reading in read_document(name, content):
            plain = reading.to_json()
            if plain["issuer"]["name"] and plain["date"] and plain["symbol"] and plain["recipients"] and facts(plain)["from_above"]:
                chosen.append((name, content, plain))
            else:
                skipped.append(f"{name} ({plain['code']})")
    if not chosen:
        raise InvalidInput("Expected at least one directive with an issuer, a date and recipients, but found none.")
    return sorted(chosen, key=lambda entry: str(entry[2]["date"])), skipped


def _refuse_other(database: Database) -> None:
    """Never run into somebody's real database: a demo begins on an empty one."""
    with database.reading() as connection:
        tables = inspect(connection).get_table_names()
        if "command" in tables and connection.execute(select(command.c.key).limit(1)).first():
            raise Refused(
                f"Expected an empty database for the demo, but {database.address} holds data. "
                "Leave --database out, or name a new file."
            )
