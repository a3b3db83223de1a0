"""A post office for the tests: an office whose effects go to transports that the test leads, and which notes effects without a diagram."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event, Lock
from typing import Any

import pytest
from sqlalchemy import select

from engine.directory.settings import ChangeSetting
from engine.effects.delivering import LEASE, Outcome
from engine.effects.outbox import EMAIL, WEBHOOK, Effect, request
from engine.execution.effects import Sending, send_due
from engine.execution.poller import Poller
from engine.execution.transports import Delivery
from engine.history.transaction import Transaction
from engine.kernel.actor import SYSTEM
from engine.kernel.clock import stopwatch
from engine.storage import Database, UnitOfWork
from engine.storage.schema import effect, history_record
from tests.instances.bureau import Bureau

SENT = Delivery(outcome=Outcome.SENT)
MAIL = {"to": "an@example.vn", "subject": "Nhắc việc", "text": "Còn một báo cáo."}
CALL = {"endpoint": "land", "body": {"area": 12}}
Answer = Callable[[Effect, datetime], Delivery]


@dataclass(slots=True)
class Recorder:
    """A transport that remembers what it was given; `answer` is what it says."""

    answer: Answer = field(default_factory=lambda: lambda _effect, _now: SENT)
    given: list[tuple[str, int]] = field(default_factory=list)
    moments: list[datetime] = field(default_factory=list)
    _lock: Any = field(default_factory=Lock)

    def send(self, effect: Effect, now: datetime) -> Delivery:
        with self._lock:
            self.given.append((effect.key, effect.attempt))
            self.moments.append(now)
        return self.answer(effect, now)

    @property
    def keys(self) -> list[str]:
        return [key for key, _ in self.given]


class PostOffice(Bureau):
    """An office with an outbox."""

    mail: Recorder
    web: Recorder

    @classmethod
    def opened(cls, database: Database, monkeypatch: pytest.MonkeyPatch) -> PostOffice:
        made = super().opened(database, monkeypatch)
        assert isinstance(made, cls)
        made.mail, made.web = Recorder(), Recorder()
        return made

    @property
    def transports(self) -> dict[str, Recorder]:
        return {"email": self.mail, "webhook:land": self.web}

    def note(self, *keys: str, kind: str = EMAIL, **payload: Any) -> None:
        """Note effects in one transaction."""
        usual = MAIL if kind == EMAIL else CALL
        with UnitOfWork(self.database) as unit:
            transaction = Transaction(connection=unit.connection, now=self.clock.now(), actor=SYSTEM)
            for key in keys:
                request(transaction, key=key, kind=kind, payload={**usual, **payload})
            unit.commit()

    def call(self, *keys: str, **payload: Any) -> None:
        self.note(*keys, kind=WEBHOOK, **payload)

    def send(self) -> int:
        return send_due(self.door, self.transports)

    def sending(self, **options: Any) -> Sending:
        return Sending(self.door, self.transports, **options)

    def drain_all(self) -> int:
        """Do all that is due, here and outside."""
        return Poller(self.door, outside=self.send).drain()

    def set_to(self, key: str, value: int | str) -> None:
        self.do(ChangeSetting(key=key, value=value, reason="test"))

    def later(self, **time: float) -> None:
        self.clock.advance_to(self.clock.now() + timedelta(**time))

    def after_the_lease(self) -> None:
        self.clock.advance_to(self.clock.now() + LEASE + timedelta(seconds=1))

    def row(self, key: str) -> Any:
        (found,) = self.rows(effect, effect.c.key == key)
        return found

    def status(self, key: str) -> str:
        """The status of an effect, or of an instance."""
        found = self.rows(effect, effect.c.key == key)
        return str(found[0].status) if found else super().status(key)

    def everything(self) -> str:
        """All that the history keeps, as text."""
        with self.database.reading() as connection:
            return "\n".join(bytes(body).decode() for body in connection.execute(select(history_record.c.body)).scalars())

    def actions(self, key: str) -> list[str]:
        with self.database.reading() as connection:
            query = select(history_record.c.action).where(history_record.c.subject == key).order_by(history_record.c.seq)
            return [action for action in connection.execute(query).scalars() if action.startswith("effect.")]


def told(answers: Iterable[Delivery]) -> Answer:
    """Return what gives these answers one after the other, then says that it was sent."""
    left = list(answers)
    return lambda _effect, _now: left.pop(0) if left else SENT


def failing(outcome: Outcome = Outcome.LATER, said: str = "the server is down", wait: int | None = None) -> Delivery:
    return Delivery(outcome=outcome, said=said, wait=wait)


def payload_of(row: Any) -> dict[str, Any]:
    return dict(json.loads(row.payload))


def wait_until(condition: Callable[[], bool], *, seconds: float = 60) -> None:
    """Wait until the condition holds."""
    end = stopwatch() + seconds
    while not condition():
        assert stopwatch() < end, "it took too long"
        Event().wait(0.02)
