"""What waits in an instance: timers that are never early."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.storage import Database
from engine.storage.schema import reminder
from tests.door.office import Office


@pytest.fixture
def office(deployed_database: Database) -> Office:
    return Office(database=deployed_database).deploy()


def reminders(office: Office) -> int:
    return office.count(reminder)


def test_a_reminder_comes_at_the_next_working_day_and_once(office: Office) -> None:
    office.receive()
    office.clock.advance_to(office.clock.now() + timedelta(hours=15))  # Monday, 23 o'clock
    office.drain()
    assert reminders(office) == 0
    office.clock.advance_to(office.clock.now() + timedelta(hours=1))  # Tuesday begins
    office.drain()
    assert reminders(office) == 1
    office.clock.advance_to(office.clock.now() + timedelta(days=3))
    office.drain()
    assert reminders(office) == 1
