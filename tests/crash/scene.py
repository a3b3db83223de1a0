"""A moment in the middle of a small cascade, prepared once and copied for each test: reports are about to open, and beside them
waits an operation that fails and always will."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from engine.bootstrap import open_door
from engine.definitions.source import Sources, beside_shipped
from engine.execution.poller import Poller
from engine.instances.commands import StartProcess
from engine.kernel.clock import SimulatedClock
from engine.scenario.stage import Event, Stage, morning
from engine.storage import Database
from engine.storage.schema import organisation
from tests.crash.cast import BEGIN, TOP, Cast, furnish
from tests.definitions.drawings import chain, drawing, lane

SMALL = Cast(widths=(2,), months=1, campaign=False, clumsy=True)
BY_PERSON = '<bpmn:startEvent id="s" chidao:startedBy="person" chidao:subject="none"/>'
FAILS = '<bpmn:serviceTask id="fails" chidao:operation="compute_totals"/>'  # without the parameters that it needs
POISON = drawing(
    BY_PERSON + FAILS + '<bpmn:endEvent id="e"/>' + chain("s", "fails", "e"), id="poison", lanes=lane("s", "fails", "e", role="clerk")
)


def prepare_scene(url: str) -> datetime:
    """Play the small cascade until its first reports are to open, add the poison, and return the moment at which they open."""
    furnish(url, SMALL, beside_shipped(Sources(files={"poison.bpmn": POISON})))
    database = Database(url)
    try:
        clock = SimulatedClock(morning(BEGIN))
        stage = Stage(door=open_door(database, clock), clock=clock, script=SMALL, key="scene")
        with database.reading() as connection:
            ids = {row.code: row.id for row in connection.execute(select(organisation.c.code, organisation.c.id))}
        (letter,) = SMALL.letters()
        clerk = stage.person(ids[TOP], "clerk")
        stage.schedule([Event(at=clock.now(), act=lambda: stage.door.execute(letter.command(ids), clerk, key="letter:monthly"))])
        stage.run(until=clock.now())
        stage.do(StartProcess(process="poison", organisation=ids[TOP], directive=None), clerk)
        opens = Poller(stage.door).next_moment()
        assert opens is not None
        return opens
    finally:
        database.dispose()
