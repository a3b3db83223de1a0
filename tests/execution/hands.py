"""What the tests of workers share: workers in threads, waiting for a condition, an office whose processes they draw."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.exc import OperationalError

from engine.bootstrap import open_door
from engine.door import Door
from engine.execution.worker import work
from engine.instances.commands import StartProcess
from engine.kernel.actor import SYSTEM
from engine.storage import Database
from engine.storage.schema import history_record
from engine.storage.wake_ups import WakeUps
from tests.definitions.drawings import chain, drawing, lane
from tests.definitions.drawings import user_task as drawn_task
from tests.instances.bureau import BY_PERSON, Bureau, service

LIMIT = 60.0  # seconds, many times what anything here needs on a quiet machine
QUICK = 0.1  # seconds between two sweeps
END = '<bpmn:endEvent id="e"/>'
KEEPING = BY_PERSON + service("keep") + drawn_task("look") + END + chain("s", "keep", "look", "e")
JOB_TABLES = "procrastinate_events, procrastinate_periodic_defers, procrastinate_jobs, procrastinate_workers"


def until(condition: Callable[[], Any], limit: float = LIMIT) -> Any:
    """Wait until the condition holds, and return what it said."""
    ends = time.monotonic() + limit
    while not (found := condition()):
        assert time.monotonic() < ends, f"waited {limit} s in vain"
        time.sleep(0.02)
    return found


@contextmanager
def working(*doors: Door, pause: float = QUICK) -> Iterator[Event]:
    """Let a worker run behind each door; what fails in one fails the test. Yields what stops them."""
    stop, failures = Event(), []

    def run(door: Door) -> None:
        try:
            work(door, stop, pause=pause, transports={})
        except BaseException as failure:  # noqa: BLE001
            failures.append(failure)

    threads = [Thread(target=run, args=(door,)) for door in doors]
    for thread in threads:
        thread.start()
    try:
        yield stop
    finally:
        stop.set()
        for thread in threads:
            thread.join(LIMIT)
    assert failures == []
    assert not any(thread.is_alive() for thread in threads)


def door_of(bureau: Bureau, wake_ups: WakeUps | None = None) -> Door:
    """Another door to the bureau, as another process would have it."""
    return open_door(bureau.database, bureau.clock, wake_ups=wake_ups)


def keep(bureau: Bureau, number: int, door: Door | None = None) -> None:
    """Start instances whose first step is an operation, and do none of them."""
    unit = bureau.unit("btg")
    for _ in range(number):
        command = StartProcess(process="p", organisation=unit, directive=None)
        (door or bureau.door).execute(command, SYSTEM, key=f"keep:{next(bureau.numbers)}")


def draw_keeping(bureau: Bureau) -> None:
    bureau.put(drawing(KEEPING, lanes=lane("s", "keep", "look", "e")), "p")


def records(bureau: Bureau, action: str) -> int:
    return bureau.count(history_record, history_record.c.action == action)


def drop_jobs(bureau: Bureau) -> None:
    """Drop the tables of the engine while others use them; who drops may be the one whom a deadlock refuses."""

    def dropped() -> bool:
        try:
            bureau.change(text(f"DROP TABLE IF EXISTS {JOB_TABLES} CASCADE"))
        except OperationalError:
            return False
        return True

    until(dropped)


def jobs(database: Database) -> int:
    with database.reading() as connection:
        return int(connection.execute(select(func.count()).select_from(text("procrastinate_jobs"))).scalar_one())
