"""A case step by step: the diagrams of then, the tokens of then, who had its tasks; every look is recorded, and only an auditor's."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from engine.audit.desk.replay import Replay, ShowReplay
from engine.directory.directory_import import ImportDirectory
from engine.history.record import ACCESS_LOG, opened
from engine.instances.assigning import AssignTask
from engine.instances.commands import ClaimTask, CompleteUserTask
from engine.kernel.errors import Denied, InvalidInput, NotFound
from engine.storage import Database
from engine.storage.schema import definition_file, history_record
from tests.door.office import Office
from tests.instances.test_migration import begin, files, migrate, open_tasks, put

AUDITOR = "kiem.tra"
PEOPLE = f"login,name,organisation,title,roles\n{AUDITOR},Hoàng Thị Thu,tinh,Kiểm tra viên,auditor\nkiem.tra.xa,Lý A Páo,phuong,Kiểm tra viên,auditor\n"


@pytest.fixture
def office(database: Database) -> Office:
    made = Office(database=database)
    made.do(ImportDirectory(kind="people", text=PEOPLE, file="people.csv"))
    return made


def shown(office: Office, identity: str, login: str = AUDITOR, **asked: Any) -> Replay:
    found: Replay = office.door.ask(ShowReplay(instance=identity, **asked), office.actor(login))
    return found


def lived(office: Office) -> str:
    """A case whose first task was claimed, given on and completed, each an hour after the other, and which was brought to another version."""
    put(office, files("u", "v"))
    identity = begin(office)
    (task,) = open_tasks(office)
    for command, login in (
        (ClaimTask(task=task.id), "van.thu"),
        (AssignTask(task=task.id, colleague=office.actor("van.thu.2").id, reason="đi họp"), "van.thu"),
        (CompleteUserTask(task=task.id, data={"subject": "Trích yếu"}), "van.thu.2"),
    ):
        office.clock.advance_to(office.clock.now() + timedelta(hours=1))
        office.do(command, office.actor(login))
    office.clock.advance_to(office.clock.now() + timedelta(hours=1))
    put(office, files("u", "w"))
    migrate(office, mapping={"v": "w"})
    return identity


def test_each_step_shows_who_had_the_task_where_the_token_was_and_the_version_of_then(office: Office) -> None:
    identity = lived(office)
    pages = [shown(office, identity, step=number) for number in range(1, 6)]
    assert [[(task.element, task.who) for task in page.tasks] for page in pages] == [
        [("u", "")],
        [("u", "Lê Thị Lan")],
        [("u", "Vũ Thị Mai")],
        [("v", "")],
        [("w", "")],
    ]
    assert [{place.node.id: place.here for place in page.places if place.here} for page in pages] == [{"u": 1}, {"u": 1}, {"u": 1}, {"v": 1}, {"w": 1}]
    assert [page.version[1] for page in pages] == [1, 1, 1, 1, 2]
    assert [page.is_genuine for page in pages] == [True] * 5
    assert ('id="v"' in pages[3].diagram, 'id="w"' in pages[3].diagram, 'id="w"' in pages[4].diagram) == (True, False, True)
    assert [page.step.who for page in pages] == ["", "Lê Thị Lan", "Lê Thị Lan", "Vũ Thị Mai", ""] or pages[0].step.who == "Lê Thị Lan"
    assert (pages[2].step.reason, pages[2].tasks[0].since) == ("đi họp", pages[2].step.at)
    assert pages[4].at == shown(office, identity).at == 5


def test_a_moment_shows_what_had_happened_by_its_end(office: Office) -> None:
    identity = lived(office)  # from 8 o'clock on
    assert [shown(office, identity, at=f"2024-04-01T{time}").at for time in ("07:00", "08:00", "08:59", "09:00", "10:30", "23:59")] == [1, 1, 1, 2, 3, 5]


def test_a_record_of_the_case_leads_to_how_it_stood_after_it(office: Office) -> None:
    identity = lived(office)
    numbers = [step.number for step in shown(office, identity).steps]
    assert [shown(office, identity, record=number).at for number in (1, *numbers, numbers[-1] + 100)] == [1, 1, 2, 3, 4, 5, 5]


def test_diagrams_that_are_not_those_that_ran_are_told(office: Office) -> None:
    identity = lived(office)
    with office.database.reading() as connection:
        row = connection.execute(select(definition_file.c.sha256, definition_file.c.content)).first()
    assert row is not None
    office.change(update(definition_file).values(content=definition_file.c.content).where(definition_file.c.sha256 == row.sha256))
    assert shown(office, identity, step=1).is_genuine
    office.change(update(definition_file).values(content=bytes(row.content) + b" "))
    assert not shown(office, identity, step=1).is_genuine


@pytest.mark.parametrize(("asked", "refusal"), [({"step": 6}, NotFound), ({"step": 0}, NotFound), ({"process": "other"}, NotFound), ({"at": "gestern"}, InvalidInput), ({"at": "9999-12-31T23:59"}, InvalidInput)])
def test_what_there_is_not_is_said(asked: dict[str, Any], refusal: type[Exception], office: Office) -> None:
    identity = lived(office)
    with pytest.raises(refusal, match=r"^Expected "):
        shown(office, identity, **asked)


def test_a_case_that_nobody_has_is_said(office: Office) -> None:
    with pytest.raises(NotFound, match="which none has"):
        shown(office, "018e001b-0000-7000-8000-000000000000")


def test_only_an_auditor_of_the_unit_sees_it_and_each_look_is_recorded(office: Office) -> None:
    identity = lived(office)
    shown(office, identity, step=2)
    for login in ("van.thu", "kiem.tra.xa"):
        with pytest.raises(Denied):
            shown(office, identity, login)
    with office.database.reading() as connection:
        records = [opened(bytes(row.body)) for row in connection.execute(select(history_record.c.body).where(history_record.c.log == ACCESS_LOG).order_by(history_record.c.seq))]
    assert [(each["action"], each["subject"]["id"], each["outcome"]) for each in records] == [("audit.see", identity, "done"), *[("audit.see", identity, "denied")] * 2]
