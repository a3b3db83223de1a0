"""A transport for processes that are killed: what it sends is a line in a file, on disk before it says so."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from engine.bootstrap import open_door
from engine.effects.delivering import Outcome
from engine.effects.outbox import Effect
from engine.execution.effects import send_due
from engine.execution.transports import Delivery
from engine.kernel.clock import SimulatedClock
from engine.kernel.points import listen
from engine.storage import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """Writes `key attempt` for everything that is sent through it."""

    file: Path

    def send(self, effect: Effect, now: datetime) -> Delivery:
        del now
        place = os.open(self.file, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(place, f"{effect.key} {effect.attempt}\n".encode())
        os.fsync(place)
        os.close(place)
        return Delivery(outcome=Outcome.SENT)

    def sent(self) -> list[tuple[str, int]]:
        """Return what was sent: (key, attempt), in order."""
        lines = self.file.read_text().splitlines() if self.file.exists() else []
        return [(key, int(attempt)) for key, attempt in (line.split() for line in lines)]


def die(url: str, now: datetime, file: Path, point: str) -> None:
    """Send what is due, and be killed on coming to `point`: what a worker process does in the test."""
    listen(lambda name: os.kill(os.getpid(), signal.SIGKILL) if name == point else None)
    ledger = Ledger(file=file)
    send_due(open_door(Database(url), SimulatedClock(now)), {"email": ledger, "webhook:land": ledger})
