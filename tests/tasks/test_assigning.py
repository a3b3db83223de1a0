"""A task is given to a colleague: who may give it, who may get it, and who is told."""

from __future__ import annotations

import pytest

from engine.instances.assigning import AssignTask
from engine.instances.commands import ClaimTask, CompleteUserTask
from engine.kernel.errors import Denied, InvalidInput, NotFound, Refused
from engine.storage import Database
from engine.storage.schema import user_task
from engine.tasks.assign_list import ChosenTasks
from engine.tasks.lists import MyWork, Tab
from tests.door.office import Office
from tests.interleavings.copies import Again
from tests.interleavings.desk import desk, task


@pytest.fixture
def office(database: Database) -> Office:
    desk(database)
    made = Again(database=database)
    made.do(ClaimTask(task=task(made).id), made.actor("van.thu"))
    return made


def give(office: Office, by: str, to: str, reason: str = "đi công tác") -> None:
    office.do(AssignTask(task=task(office).id, colleague=office.actor(to).id, reason=reason), office.actor(by))


@pytest.mark.parametrize("by", ["van.thu", "lanh.dao"])
def test_the_holder_or_the_leader_gives_it_and_it_is_recorded(office: Office, by: str) -> None:
    give(office, by, "van.thu.2")
    assert task(office).assignee == office.actor("van.thu.2").id
    assert office.outcomes()[-1] == ("task.assigned", "done")
    assert office.intact()


def test_the_colleague_finds_it_in_the_inbox_and_the_earlier_holder_sees_where_it_went(office: Office) -> None:
    give(office, "lanh.dao", "van.thu.2", "nghỉ ốm")
    assert [each.task for each in office.door.ask(MyWork(tab=Tab.INBOX), office.actor("van.thu.2")).items] == [task(office).id]
    (told,) = office.door.ask(MyWork(tab=Tab.INBOX), office.actor("van.thu")).given_on
    assert (told.colleague, told.by, told.reason) == ("Vũ Thị Mai", "Trần Văn Nam", "nghỉ ốm")
    office.do(CompleteUserTask(task=task(office).id, data={}), office.actor("van.thu.2"))
    assert office.door.ask(MyWork(tab=Tab.INBOX), office.actor("van.thu")).given_on == ()


def test_a_leader_gives_away_what_nobody_has_taken(database: Database) -> None:
    desk(database)
    office = Again(database=database)
    give(office, "lanh.dao", "van.thu.3")
    assert task(office).assignee == office.actor("van.thu.3").id


@pytest.mark.parametrize(("by", "to", "error", "said"), [
    ("van.thu.2", "van.thu.3", Denied, "the holder of task 'Vào sổ', or a leader"),
    ("bi.thu", "van.thu.2", Denied, "Expected someone who holds"),
    ("van.thu", "chuyen.vien", InvalidInput, "Phạm Minh An does not"),
    ("van.thu", "bi.thu", InvalidInput, "Lò Văn Quân does not"),
    ("lanh.dao", "van.thu", Refused, "Lê Thị Lan has it"),
])  # fmt: skip
def test_nobody_else_gives_it_and_nobody_else_gets_it(office: Office, by: str, to: str, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        give(office, by, to)
    assert task(office).assignee == office.actor("van.thu").id


def test_it_is_given_for_a_reason(office: Office) -> None:
    with pytest.raises(InvalidInput, match="Say why"):
        give(office, "van.thu", "van.thu.2", "  ")


def test_what_is_done_is_given_to_nobody(office: Office) -> None:
    office.do(CompleteUserTask(task=task(office).id, data={}), office.actor("van.thu"))
    with pytest.raises(Refused, match="completed this task"):
        give(office, "lanh.dao", "van.thu.2")
    assert office.count(user_task, user_task.c.status == "open") == 0


def test_whoever_chooses_tasks_is_offered_the_colleagues_of_the_lane_by_given_name(office: Office) -> None:
    chosen = office.door.ask(ChosenTasks(tasks=(task(office).id,)), office.actor("lanh.dao"))
    assert [each.name for each in chosen.colleagues] == ["Vũ Thị Mai", "Bùi Văn Tư"]
    assert [each.name for each in chosen.items] == ["Vào sổ"]


@pytest.mark.parametrize("tasks", [("nothing",), ("nothing", "")])
def test_only_tasks_of_ones_own_organisations_are_chosen(office: Office, tasks: tuple[str, ...]) -> None:
    with pytest.raises(NotFound):
        office.door.ask(ChosenTasks(tasks=tasks), office.actor("van.thu"))
    with pytest.raises(NotFound):
        office.door.ask(ChosenTasks(tasks=(task(office).id,)), office.actor("bi.thu"))
