"""Somebody's lists: what is in the inbox, what in the queue, what is found in them, and what comes next."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from engine.instances.commands import ClaimTask, CompleteUserTask, StartProcess
from engine.kernel.clock import stamp
from engine.storage import Database, UnitOfWork
from engine.storage.schema import user_task
from engine.tasks.keeping import PutAside
from engine.tasks.lists import MyWork, NextTask, Sort, Tab, Wanted, Work
from tests.door.office import START, Office
from tests.interleavings.copies import Again
from tests.interleavings.desk import desk, task


@pytest.fixture
def office(database: Database) -> Office:
    desk(database)
    return Again(database=database)


def work(office: Office, login: str, tab: Tab = Tab.INBOX, **asked: Any) -> Work:
    found: Work = office.door.ask(MyWork(tab=tab, **asked), office.actor(login))
    return found


def ids(office: Office, login: str, tab: Tab = Tab.INBOX, **asked: Any) -> list[str]:
    return [each.task for each in work(office, login, tab, **asked).items]


def begin(office: Office, unit: str = "btg") -> str:
    """Start the process anew; return its open task."""
    started = office.do(StartProcess(process="p", organisation=office.unit(unit), directive=None))["instance"]
    office.drain()
    with office.database.reading() as connection:
        return str(connection.execute(select(user_task.c.id).where(user_task.c.instance == started)).scalar_one())


def make_due(office: Office, task_id: str, days: int) -> None:
    with UnitOfWork(office.database) as unit:
        unit.connection.execute(update(user_task).where(user_task.c.id == task_id).values(due_at=stamp(START + timedelta(days=days))))
        unit.commit()


def test_what_several_may_take_is_in_the_queue_of_each_of_them_and_of_nobody_else(office: Office) -> None:
    free = task(office).id
    for login in ("van.thu", "van.thu.2", "van.thu.3"):
        assert ids(office, login, Tab.QUEUE) == [free]
        assert ids(office, login) == []
    for login in ("lanh.dao", "chuyen.vien", "bi.thu"):
        assert ids(office, login, Tab.QUEUE) == ids(office, login) == []


def test_what_is_claimed_is_in_the_inbox_of_who_has_it_and_their_leader_sees_with_whom(office: Office) -> None:
    taken = task(office).id
    office.do(ClaimTask(task=taken), office.actor("van.thu"))
    assert ids(office, "van.thu") == [taken]
    assert ids(office, "van.thu.2", Tab.QUEUE) == ids(office, "van.thu.2", Tab.COLLEAGUES) == []
    (row,) = work(office, "lanh.dao", Tab.COLLEAGUES).items
    assert (row.task, row.holder, row.unit) == (taken, "Lê Thị Lan", "Ban Tuyên giáo Tỉnh ủy Mường Sương")


def test_what_only_one_person_may_do_is_in_the_inbox_without_being_claimed(office: Office) -> None:
    alone = begin(office, "phuong")
    assert ids(office, "bi.thu") == [alone]
    assert ids(office, "bi.thu", Tab.QUEUE) == []


def test_what_is_put_aside_comes_back_on_its_day_and_is_put_aside_for_one_person_only(office: Office) -> None:
    free = task(office).id
    office.do(PutAside(task=free, until="2024-04-03"), office.actor("van.thu"))
    assert ids(office, "van.thu", Tab.LATER) == [free]
    assert ids(office, "van.thu", Tab.QUEUE) == []
    assert ids(office, "van.thu.2", Tab.QUEUE) == [free]
    office.clock.advance_to(START + timedelta(days=2))
    assert ids(office, "van.thu", Tab.QUEUE) == [free]


def test_what_was_put_aside_is_shown_again_at_once_when_wanted(office: Office) -> None:
    free = task(office).id
    office.do(PutAside(task=free, until="2024-04-03"), office.actor("van.thu"))
    office.do(PutAside(task=free, until=None), office.actor("van.thu"))
    assert ids(office, "van.thu", Tab.QUEUE) == [free]


def test_what_is_completed_is_done_by_whoever_did_it(office: Office) -> None:
    mine = task(office).id
    office.do(CompleteUserTask(task=mine, data={}), office.actor("van.thu"))
    done = work(office, "van.thu", Tab.DONE)
    assert [each.task for each in done.items] == [mine]
    assert done.items[0].completed_at == stamp(START)
    assert done.counts[Tab.DONE] == 1
    assert ids(office, "van.thu.2", Tab.DONE) == []


def test_every_list_is_counted_whichever_is_shown(office: Office) -> None:
    first = task(office).id
    begin(office)
    office.do(ClaimTask(task=first), office.actor("van.thu"))
    counts = work(office, "van.thu", Tab.DONE).counts
    assert counts == {Tab.INBOX: 1, Tab.QUEUE: 1, Tab.COLLEAGUES: 0, Tab.LATER: 0, Tab.DONE: 0}


@pytest.mark.parametrize(("words", "fits"), [("vao so", True), ("VÀO SỔ", True), ("so tuyen giao", True), ("vào sổ khác", False)])
def test_words_are_found_without_marks_and_in_any_order(office: Office, words: str, fits: bool) -> None:
    assert bool(ids(office, "van.thu", Tab.QUEUE, wanted=Wanted(words=words))) is fits


def test_filters_leave_out_what_does_not_fit_and_choices_name_only_what_occurs(office: Office) -> None:
    btg = office.unit("btg")
    found = work(office, "van.thu", Tab.QUEUE, wanted=Wanted(work="Vào sổ", organisation=btg))
    assert found.found == 1
    assert found.choices["work"] == (("Vào sổ", "Vào sổ"),)
    assert found.choices["organisation"] == ((btg, "Ban Tuyên giáo Tỉnh ủy Mường Sương"),)
    for other in (Wanted(work="khác"), Wanted(organisation="khác"), Wanted(directive="khác"), Wanted(period="2024-04")):
        assert ids(office, "van.thu", Tab.QUEUE, wanted=other) == []


def test_what_is_due_at_midnight_is_late_from_then_on(office: Office) -> None:
    late, today, sunday, monday = task(office).id, begin(office), begin(office), begin(office)
    for each, days in ((late, -1), (today, 0), (sunday, 6), (monday, 7)):  # START is a Monday, 8 o'clock
        make_due(office, each, days)
    assert ids(office, "van.thu", Tab.QUEUE, wanted=Wanted(due="overdue")) == [late]
    assert ids(office, "van.thu", Tab.QUEUE, wanted=Wanted(due="week")) == [today, sunday]
    with UnitOfWork(office.database) as unit:
        unit.connection.execute(update(user_task).where(user_task.c.id == today).values(due_at="2024-03-31T17:00:00.000Z"))
        unit.commit()
    assert today in ids(office, "van.thu", Tab.QUEUE, wanted=Wanted(due="overdue")), "due at midnight, when Sunday ended"


def test_lists_are_ordered_by_due_day_by_age_or_by_directive(office: Office) -> None:
    first, second, third = task(office).id, begin(office), begin(office)
    make_due(office, second, 3)
    make_due(office, third, 1)
    assert ids(office, "van.thu", Tab.QUEUE) == [third, second, first]
    office.clock.advance_to(START + timedelta(minutes=5))
    newest = begin(office)
    assert ids(office, "van.thu", Tab.QUEUE, sort=Sort.CREATED)[0] == newest
    assert len(ids(office, "van.thu", Tab.QUEUE, sort=Sort.DIRECTIVE)) == 4


def test_the_inbox_says_how_many_are_late(office: Office) -> None:
    taken = task(office).id
    make_due(office, taken, -1)
    office.do(ClaimTask(task=taken), office.actor("van.thu"))
    assert work(office, "van.thu").late == 1


def test_a_page_beyond_the_last_is_the_last(office: Office) -> None:
    found = work(office, "van.thu", Tab.QUEUE, page=9)
    assert (found.page, found.pages, len(found.items)) == (1, 1, 1)


def follow(office: Office, after: str, tab: Tab = Tab.QUEUE, **asked: Any) -> str | None:
    found: str | None = office.door.ask(NextTask(after=after, tab=tab, **asked), office.actor("van.thu"))
    return found


def test_the_next_task_is_the_one_that_follows_in_the_same_list(office: Office) -> None:
    first, second, third = task(office).id, begin(office), begin(office)
    for each, days in ((first, 1), (second, 2), (third, 3)):
        make_due(office, each, days)
    office.do(CompleteUserTask(task=second, data={}), office.actor("van.thu"))
    assert follow(office, second) == third
    assert follow(office, third) == first, "from the end back to the beginning"
    assert follow(office, "of another list") == first
    assert follow(office, second, wanted=Wanted(words="không có")) is None
    assert follow(office, second, Tab.INBOX) is None
    assert follow(office, second, Tab.DONE) is None
