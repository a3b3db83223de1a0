"""The running year of the demo: whoever signs in finds something to do, and the history tells how it came there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from sqlalchemy import Connection, func, select

from engine.access.demonstration_people import people_at_the_door
from engine.history.verify import verify
from engine.kernel.clock import local_date
from engine.storage import Database
from engine.storage.schema import directive, incident, post_role, user_task
from tests.demonstration import TODAY

INSTALLATION = {"admin", "auditor", "process_designer"}
KINDS = {
    "check_incoming", "leader_instruction", "execute_update", "check_form", "report_section", "regular_report", "approve_sign",
    "number_dispatch", "review_report", "consolidate", "answer_difficulty", "urge",
}


@pytest.fixture
def connection(demonstration_database: Database) -> Iterator[Connection]:
    with demonstration_database.reading() as connection:
        yield connection


def test_each_person_who_can_sign_in_finds_something_to_do(connection: Connection) -> None:
    people = people_at_the_door(connection, local_date(TODAY))
    idle = [(each.name, each.unit) for each in people if not each.waiting and not each.roles & INSTALLATION]
    assert people
    assert idle == []


def test_the_installation_has_its_people_and_an_incident_for_them(connection: Connection) -> None:
    assert set(connection.execute(select(post_role.c.role)).scalars()) >= INSTALLATION
    assert connection.execute(select(func.count()).select_from(incident).where(incident.c.resolved_at.is_(None))).scalar_one() == 1


def test_the_work_is_of_every_kind(connection: Connection) -> None:
    assert set(connection.execute(select(user_task.c.form).where(user_task.c.status == "open")).scalars()) >= KINDS


def test_some_of_it_is_late_and_some_is_due_soon(connection: Connection) -> None:
    due = {
        date.fromisoformat(moment[:10])
        for moment in connection.execute(select(user_task.c.due_at).where(user_task.c.status == "open", user_task.c.due_at.is_not(None))).scalars()
    }
    today = local_date(TODAY)
    assert min(due) < today - timedelta(days=1)
    assert today < max(due) <= today + timedelta(days=31)


def test_a_letter_of_the_year_can_be_read_beside_its_task(connection: Connection) -> None:
    read = select(directive.c.reading).where(directive.c.document.is_not(None), directive.c.issued_date >= "2026")
    found = list(connection.execute(read).scalars())
    assert len(found) > 50
    assert all(found)


def test_the_history_is_intact(connection: Connection) -> None:
    records, breaks = verify(connection)
    assert records > 5000
    assert breaks == []
