"""A worker: sweeps until it is told to stop. What it has begun when it is told, it ends; what is due then, the next one does."""

from __future__ import annotations

import logging
from threading import Event

from sqlalchemy.exc import DBAPIError

from engine.door import Door
from engine.execution.poller import Poller

PAUSE = 1.0  # seconds between two looks at a quiet database
_log = logging.getLogger(__name__)


def work(door: Door, stop: Event, *, pause: float = PAUSE) -> None:
    """Do what becomes due, again and again, until `stop` is set. A database that does not answer is asked again later."""
    poller = Poller(door)
    while not stop.is_set():
        try:
            poller.drain()
        except DBAPIError as failure:
            _log.warning("the database does not answer: %s", str(failure.orig).partition("\n")[0])
        stop.wait(pause)
