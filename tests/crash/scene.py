"""A moment in the middle of a small cascade, prepared once and copied for each test: reports are about to open, and beside them
waits an operation that fails and always will."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from engine.bootstrap import open_door
from engine.execution.poller import Poller
from engine.instances.commands import CompleteUserTask, StartProcess
from engine.kernel.clock import SimulatedClock
from engine.scenario.stage import Stage, morning
from engine.storage import Database
from engine.storage.schema import operation, organisation
from tests.crash.cast import BEGIN, TOP, Cast, furnish

SMALL = Cast(widths=(2,), months=3, campaign=False, clumsy=True)
PATIENCE = 40  # tasks of the issuer before its letter goes out
SMALL = Cast(widths=(2,), months=3, campaign=False, clumsy=True)
WIDE = Cast(widths=(12,), months=1, campaign=False)


def prepare_dispatch(url: str) -> datetime:
    """Play until a letter to twelve offices is numbered, and its dispatch is the next thing to be done."""
    furnish(url, WIDE)
    database = Database(url)
    try:
        stage = _begun(database, WIDE)
        dispatch = select(operation.c.id).where(operation.c.name == "dispatch", operation.c.status == "open")
        for _ in range(PATIENCE):
            with database.reading() as connection:
                if connection.execute(dispatch).first():
                    return stage.clock.now()
                desks = stage.desks(connection)
                data = WIDE.answer(desks[0]) if desks else {}
            if desks:
                task = desks[0].task
                stage.do(CompleteUserTask(task=task.id, data=data), stage.person(task.organisation, task.role))
            else:
                Poller(stage.door).drain()
        raise AssertionError("Expected the letter to be numbered, but it was not.")
    finally:
        database.dispose()


def prepare_scene(url: str) -> datetime:
    """Play the small cascade until its first reports are to open, add the poison, and return the moment at which they open."""
    furnish(url, SMALL)
    database = Database(url)
    try:
        stage = _begun(database, SMALL)
        stage.run(until=stage.clock.now())
        top = _ids(database)[TOP]
        stage.do(StartProcess(process="poison", organisation=top, directive=None), stage.person(top, "clerk"))
        opens = Poller(stage.door).next_moment()
        assert opens is not None
        return opens
    finally:
        database.dispose()


def _begun(database: Database, cast: Cast) -> Stage:
    """Return a stage on which the first letter has come to the top."""
    clock, ids = SimulatedClock(morning(BEGIN)), _ids(database)
    stage = Stage(door=open_door(database, clock), clock=clock, script=cast, key="scene")
    letter = cast.letters()[0]
    stage.door.execute(letter.command(ids), stage.person(ids[TOP], "clerk"), key=f"letter:{letter.name}")
    return stage


def _ids(database: Database) -> dict[str, str]:
    with database.reading() as connection:
        return {row.code: row.id for row in connection.execute(select(organisation.c.code, organisation.c.id))}
