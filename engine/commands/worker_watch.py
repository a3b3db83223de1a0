"""Keeps one worker process running beside the web process: started again when it dies, stopped when the web process stops."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread

from engine.kernel.clock import stopwatch

FIRST_WAIT, LONGEST_WAIT = 0.5, 30.0  # seconds before a worker that died is started again
SETTLED = 60.0  # seconds after which a worker that dies is no sequel of the one before
LIMIT = 20.0  # seconds that it has for ending what it is at
CHILD = "engine.commands.worker_child"
_log = logging.getLogger(__name__)


class WorkerWatch:
    """Starts a worker on `url` and watches over it."""

    def __init__(self, url: str, *, metrics: Path) -> None:
        self._task = json.dumps({"database": url, "metrics": str(metrics), "parent": os.getpid()}).encode() + b"\n"
        self._stopping = Event()
        self._lifelines: list[int] = []  # of the present worker, none or one
        self._children: list[subprocess.Popen[bytes]] = []
        self._thread = Thread(target=self._watch, name="worker-watch", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Tell the worker to stop, and do not wait for that: a signal handler may call this."""
        self._stopping.set()
        self._let_go()

    def join(self) -> None:
        """Wait until the worker has ended; one that does not end in time is killed."""
        self._thread.join(LIMIT)
        for child in self._children:
            child.kill()
        self._thread.join(1)

    def _watch(self) -> None:
        wait = FIRST_WAIT
        while not self._stopping.is_set():
            began = stopwatch()
            code = self._run()
            if self._stopping.is_set():
                break
            if stopwatch() - began > SETTLED:
                wait = FIRST_WAIT
            _log.warning("the worker died and is started again", extra={"exit": code, "wait": wait})
            self._stopping.wait(wait)
            wait = min(2 * wait, LONGEST_WAIT)

    def _run(self) -> int:
        """Run one worker to its end; return its exit code."""
        theirs, ours = os.pipe()
        child = subprocess.Popen([sys.executable, "-m", CHILD], stdin=theirs)
        os.close(theirs)
        self._children[:] = [child]
        self._lifelines.append(ours)
        with suppress(BrokenPipeError):  # it died at once
            os.write(ours, self._task)
        if self._stopping.is_set():
            self._let_go()
        code = child.wait()
        self._children.clear()
        self._let_go()
        return code

    def _let_go(self) -> None:
        """Close the lifeline of the present worker: that tells it to stop."""
        with suppress(IndexError):  # done before
            os.close(self._lifelines.pop())
