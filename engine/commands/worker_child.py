"""The worker of `chidao serve`: a process of its own, for steps beside pages slow these down sevenfold (EXECUTION.md 4).

Its standard input is its lifeline: the first line tells it what to do, the end of it that the web process wants it to stop, or is gone,
however that died. It ends the piece that it is at and goes.
"""

from __future__ import annotations

import json
import logging
import os
import select
import signal
import sys
from pathlib import Path
from threading import Event, Thread
from types import FrameType

from engine.kernel.errors import EngineError
from engine.observation import logs
from engine.observation.sharing import count_into, forget

GRACE = 15.0  # seconds for the piece that it is at: what is not committed by then is done again by the next worker
LATE = 1
_log = logging.getLogger("engine.commands.worker_child")  # it runs as __main__


class _Told(Exception):
    """SIGTERM: whoever stops all processes at once says so to each."""


def main() -> int:
    """Work until the lifeline ends; return the exit code."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of a terminal: the web process is told too, and tells us
    try:
        task = json.loads(_first_line())
    except ValueError:
        return 0  # the web process was gone before it had said what there is to do
    count_into(Path(task["metrics"]), "worker")
    logs.configure("worker")
    stop, ended = Event(), os.pipe()
    thread = Thread(target=_work, args=(task["database"], stop, ended[1]), daemon=True)
    signal.signal(signal.SIGTERM, _told)
    try:
        thread.start()
        select.select([0, ended[0]], [], [])
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    except _Told:
        pass
    stop.set()
    thread.join(GRACE)
    late = thread.is_alive()
    if late:
        _log.warning("a piece of work did not end in time: nothing of it is written, it will be done again", extra={"wait": GRACE})
    if os.getppid() != task["parent"]:
        forget(Path(task["metrics"]))  # who made it cannot any more
    return LATE if late else int(_failed.is_set())


_failed = Event()


def _work(url: str, stop: Event, ended: int) -> None:
    """Run the worker. Whatever ends it, `ended` is closed: the main thread waits for that."""
    try:
        _run(url, stop)
    except EngineError as error:
        _failed.set()
        _log.error("the worker cannot work", extra={"code": error.code})
        print(error.message, file=sys.stderr, flush=True)  # noqa: T201  what is wrong with the database, for who runs it
    except Exception:  # noqa: BLE001  the web process starts another
        _failed.set()
        _log.exception("the worker failed")
    finally:
        os.close(ended)


def _run(url: str, stop: Event) -> None:
    from engine.bootstrap import open_door
    from engine.execution.sole import sole_worker
    from engine.execution.worker import work
    from engine.observation.metrics import count_commands
    from engine.storage.database import Database
    from engine.storage.database_clock import clock_of

    count_commands()
    database = Database(url)
    with sole_worker(database, wait=stop):
        _log.info("the worker begins")
        work(open_door(database, clock_of(database)), stop)
        _log.info("the worker ends")
    database.dispose()


def _first_line() -> str:
    """Read the first line, byte by byte: what comes after it is not ours to buffer."""
    found = bytearray()
    while (byte := os.read(0, 1)) not in {b"", b"\n"}:
        found += byte
    return found.decode()


def _told(_number: int, _frame: FrameType | None) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise _Told


if __name__ == "__main__":
    code = main()
    sys.stderr.flush()
    os._exit(code)  # a piece that is late would hold the process back
