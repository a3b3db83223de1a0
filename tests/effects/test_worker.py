"""The worker of an installation sends what is noted, beside its sweeps."""

from __future__ import annotations

from datetime import datetime
from threading import Event, Thread

import pytest

from engine.effects.delivering import Outcome
from engine.effects.outbox import Effect, Status
from engine.execution.transports import Delivery
from engine.execution.worker import work
from engine.kernel.errors import InvalidInput
from engine.storage import Database
from engine.storage.schema import effect
from tests.effects.post import PostOffice, wait_until
from tests.effects.test_operations import BODY, LAND, draw
from tests.instances.bureau import service


def test_a_worker_sends_what_a_process_has_noted_while_a_slow_server_keeps_nothing_waiting(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    office, release, stop = PostOffice.opened(database, monkeypatch), Event(), Event()
    office.door.wake_ups.start()

    def slow(_effect: Effect, _now: datetime) -> Delivery:
        assert release.wait(60)
        return Delivery(outcome=Outcome.SENT)

    office.mail.answer = slow
    office.note("mail")
    worker = Thread(target=work, args=(office.door, stop), kwargs={"pause": 0.1, "transports": office.transports})
    worker.start()
    try:
        wait_until(lambda: office.mail.keys == ["mail"])
        draw(office, service("call", "call_webhook", LAND + BODY))
        wait_until(lambda: [row.status for row in office.rows(effect, effect.c.kind == "webhook")] == [Status.SENT])
        assert office.status("mail") == Status.SENDING
    finally:
        release.set()
        stop.set()
        worker.join(60)
    assert office.status("mail") == Status.SENT  # what was under way was written down before the worker ended


def test_a_worker_with_a_wrong_setting_does_not_begin(sqlite_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHIDAO_SMTP_URL", "ftp://h")
    office = PostOffice.opened(sqlite_database, monkeypatch)
    with pytest.raises(InvalidInput, match="CHIDAO_SMTP_URL"):
        work(office.door, Event())
