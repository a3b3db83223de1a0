"""A `chidao serve` in a process of its own, and what it says: its address on stdout, its events as JSON on stderr."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from queue import Empty, Queue
from threading import Thread
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import urlopen

LIMIT = 60.0  # seconds for any one thing, on a machine that is busy with other tests
PROGRAM = (sys.executable, "-c", "from engine.cli import main; main()", "serve", "--port")


def command(database: str, *options: str, port: int = 0) -> list[str]:
    return [*PROGRAM, str(port), "--database", database, *options]


@dataclass(slots=True)
class Served:
    """One run of the program."""

    process: subprocess.Popen[str]
    events: Queue[dict[str, Any] | None] = field(default_factory=Queue)
    seen: list[dict[str, Any]] = field(default_factory=list)
    address: str = ""
    silent: bool = False  # the end of its events was seen

    @classmethod
    def start(cls, database: str, *options: str) -> Served:
        """Start it, and wait until it tells its address."""
        environment = {**os.environ, "CHIDAO_LOG_FORMAT": "json", "CHIDAO_LOG_LEVEL": "info"}
        process = subprocess.Popen(command(database, *options), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
        served = cls(process=process)
        Thread(target=served._listen, daemon=True).start()
        assert process.stdout
        said = process.stdout.readline().strip()
        if not said.startswith("chidao: http://"):
            served.event("the address, for it was not told")
        served.address = said.removeprefix("chidao: ").rstrip("/")
        return served

    def _listen(self) -> None:
        """Take in its events until the last process that may write some has ended: then there comes None."""
        assert self.process.stderr
        for line in self.process.stderr:
            self.events.put(json.loads(line) if line.startswith("{") else {"event": line})
        self.events.put(None)

    def event(self, name: str) -> dict[str, Any]:
        """Wait for an event and return it."""
        while (found := self.events.get(timeout=LIMIT)) is not None:
            self.seen.append(found)
            if found["event"] == name:
                return found
        self.silent = True
        message = f"Expected the event {name!r}, but found the end of {self.seen}."
        raise AssertionError(message)

    def all_are_gone(self) -> bool:
        """Wait until no process of it is left, then tell so."""
        try:
            while not self.silent:
                found = self.events.get(timeout=LIMIT)
                self.silent = found is None
                self.seen += [found] if found else []
        except Empty:
            return False
        return True

    def get(self, path: str) -> tuple[int, str]:
        try:
            with urlopen(f"{self.address}{path}", timeout=LIMIT) as answer:
                return answer.status, answer.read().decode()
        except HTTPError as error:
            with error:
                return error.code, error.read().decode()

    @property
    def port(self) -> int:
        return urlsplit(self.address).port or 0

    def tell(self, number: signal.Signals = signal.SIGTERM) -> None:
        self.process.send_signal(number)

    def ended(self) -> int:
        """Wait for its end; return the exit code."""
        return self.process.wait(LIMIT)

    def close(self) -> None:
        """Leave nothing behind, whatever the test has found."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.all_are_gone()
        assert self.process.stdout
        assert self.process.stderr
        self.process.stdout.close()
        self.process.stderr.close()
