"""`chidao worker`: does what becomes due, without a web process; on PostgreSQL any number of them, on any number of machines."""

from __future__ import annotations

import logging
import signal
from threading import Event
from types import FrameType

import click

from engine.bootstrap import open_door
from engine.command_line import database_option, refusing
from engine.command_line.actor import database_of
from engine.execution.sole import sole_worker
from engine.execution.worker import work
from engine.kernel.errors import InvalidInput
from engine.observation import logs
from engine.observation.sharing import count_if_shared
from engine.storage.database import Database, revision
from engine.storage.database_clock import clock_of
from engine.storage.disks import refuse_network_disk
from engine.storage.revisions import mismatch

_log = logging.getLogger(__name__)


@click.command()
@database_option
@refusing
def worker(*, database: str | None) -> None:
    """Do what becomes due, until told to stop (SIGTERM, Ctrl-C): what it is at is then ended. One is enough on SQLite."""
    logs.configure("worker")
    count_if_shared()
    target = database_of(database)
    _check_schema(target)
    clock = clock_of(target)
    refuse_network_disk(target, clock)
    stop = Event()
    _stop_at_signals(stop)
    with sole_worker(target):
        click.echo(f"chidao worker: {target.address}")
        _log.info("the worker begins")
        work(open_door(target, clock), stop)
        _log.info("the worker ends")
    target.dispose()


def _check_schema(target: Database) -> None:
    """Refuse a database that was not made yet, or by another version: a worker changes no schema."""
    if target.file is not None and not target.file.exists():
        raise InvalidInput(f"Expected a database at {target.address}, but there is none. Make it with `chidao init`.")
    problem = mismatch(target, revision(target))
    if problem is not None:
        raise InvalidInput(problem)


def _stop_at_signals(stop: Event) -> None:
    def told(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, told)
