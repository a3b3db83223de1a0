"""Random schedules of failures, kills, waits and decisions: whatever happens, what failed has its incident, and nothing is lost."""

from __future__ import annotations

import random
from datetime import datetime
from typing import Any

import pytest

from engine.directory.settings import EMAIL_AFTER_LOST_LEASE
from engine.effects.delivering import Outcome
from engine.effects.outbox import Effect, Status
from engine.effects.repairs import DropEffect, ResendEffect
from engine.execution.transports import Delivery
from engine.storage import Database
from engine.storage.schema import effect, incident
from tests.effects.post import PostOffice

ROUNDS, STEPS = 8, 14


class Schedule:
    """One round: some effects, and what chance does with them."""

    def __init__(self, office: PostOffice, seed: int) -> None:
        self.office, self.chance = office, random.Random(seed)
        self.keys = [f"r{seed}-{number}" for number in range(6)]
        self.accepted: set[str] = set()
        self.late: list[Any] = []
        office.mail.answer = office.web.answer = self.answer
        office.set_to(EMAIL_AFTER_LOST_LEASE, self.chance.choice(("unsure", "again")))
        office.note(*self.keys[:3])
        office.call(*self.keys[3:])

    def answer(self, given: Effect, _now: datetime) -> Delivery:
        outcome = self.chance.choice(list(Outcome))
        if outcome in (Outcome.SENT, Outcome.UNKNOWN):
            self.accepted.add(given.key)
        return Delivery(outcome=outcome, said="chance", wait=self.chance.choice((None, 5, 4000)))

    def step(self) -> None:
        self.chance.choice((self.send, self.send, self.kill, self.come_back, self.wait, self.wait, self.resend, self.drop))()
        self.check()

    def send(self) -> None:
        self.office.send()

    def kill(self) -> None:
        killed = self.office.sending()
        killed.sweep()
        for future in killed._under_way:
            future.result(timeout=20)
        self.late.append(killed)

    def come_back(self) -> None:
        if self.late:
            self.late.pop(self.chance.randrange(len(self.late))).stop()

    def wait(self) -> None:
        self.office.later(seconds=self.chance.choice((10, 40, 301, 3600, 90_000)))

    def resend(self) -> None:
        self.decide(ResendEffect, (Status.DEAD, Status.UNSURE))

    def drop(self) -> None:
        self.decide(DropEffect, (Status.OPEN, Status.DEAD, Status.UNSURE))

    def decide(self, kind: Any, statuses: tuple[Status, ...]) -> None:
        found = [row.key for row in self.rows() if row.status in statuses]
        if found:
            self.office.do(kind(key=self.chance.choice(found), reason="chance"))

    def rows(self) -> list[Any]:
        return self.office.rows(effect, effect.c.key.in_(self.keys))

    def check(self) -> None:
        """What is held has one incident and nothing else has; only what is being sent is claimed; what is sent was accepted."""
        rows = {row.key: row for row in self.rows()}
        held = sorted(row.work for row in self.office.rows(incident, incident.c.resolved_at.is_(None)) if row.work in rows)
        assert held == sorted(key for key, row in rows.items() if row.status in (Status.DEAD, Status.UNSURE))
        for key, row in rows.items():
            assert (row.lease_by is not None) == (row.lease_until is not None) == (row.status == Status.SENDING)
            assert (row.next_at is None) == (row.status in (Status.DEAD, Status.UNSURE, Status.SENT, Status.DROPPED))
            assert row.status != Status.SENT or key in self.accepted

    def end(self) -> None:
        """From now on everybody accepts, and the administrator sends again what is held."""
        self.office.mail.answer = self.office.web.answer = self.accept
        for _ in range(4):
            self.office.later(days=2)
            self.office.send()
            for row in self.rows():
                if row.status in (Status.DEAD, Status.UNSURE):
                    self.office.do(ResendEffect(key=row.key, reason="the end"))
        for killed in self.late:
            killed.stop()
        self.check()
        assert {row.status for row in self.rows()} <= {Status.SENT, Status.DROPPED}

    def accept(self, given: Effect, _now: datetime) -> Delivery:
        self.accepted.add(given.key)
        return Delivery(outcome=Outcome.SENT)


def test_whatever_happens_nothing_is_lost_and_what_failed_is_seen(sqlite_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    office = PostOffice.opened(sqlite_database, monkeypatch)
    for seed in range(ROUNDS):
        schedule = Schedule(office, seed)
        for _ in range(STEPS):
            schedule.step()
        schedule.end()
