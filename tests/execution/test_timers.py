"""Timers: once, not before their time, for years ahead, and never doubled or dropped by a standstill."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from engine.bootstrap import open_door
from engine.execution.poller import Poller
from engine.kernel.clock import ZONE, from_stamp
from engine.storage import Database
from engine.storage.schema import history_record, inbox, obligation, timer
from tests.definitions.drawings import chain, drawing, lane
from tests.definitions.drawings import user_task as drawn_task
from tests.door.office import Office
from tests.execution.hands import END, door_of, records, until, working
from tests.instances.bureau import BY_PERSON, Bureau
from tests.reports.test_opening import go_to, owed, wait_for_closing


def waiting(kind: str, when: str) -> str:
    event = f"<bpmn:timerEventDefinition><bpmn:{kind}>{when}</bpmn:{kind}></bpmn:timerEventDefinition>"
    return BY_PERSON + f'<bpmn:intermediateCatchEvent id="w">{event}</bpmn:intermediateCatchEvent>' + drawn_task("look") + END + chain("s", "w", "look", "e")


def often(cycle: str) -> str:
    """A task beside which a reminder comes with every occurrence of a cycle."""
    event = f"<bpmn:timerEventDefinition><bpmn:timeCycle>{cycle}</bpmn:timeCycle></bpmn:timerEventDefinition>"
    beside = f'<bpmn:boundaryEvent id="often" cancelActivity="false" attachedToRef="look">{event}</bpmn:boundaryEvent>'
    return BY_PERSON + drawn_task("look") + beside + drawn_task("again") + '<bpmn:endEvent id="ae"/>' + END + chain("s", "look", "e") + chain("often", "again", "ae")


def begun(bureau: Bureau, body: str, *nodes: str) -> str:
    bureau.put(drawing(body, id="t", lanes=lane("s", *nodes)), "t")
    return bureau.begin("t")


def test_a_timer_fires_at_its_time_and_not_a_moment_before(bureau: Bureau) -> None:
    begun(bureau, waiting("timeDuration", "PT1H"), "w", "look", "e")
    due = from_stamp(bureau.rows(timer)[0].due_at)
    bureau.clock.advance_to(due - timedelta(milliseconds=1))
    assert (bureau.drain(), bureau.open()) == (0, [])
    assert Poller(bureau.door).next_moment() == due
    bureau.clock.advance_to(due)
    assert (bureau.drain(), bureau.open()) == (1, ["look"])
    assert (bureau.drain(), records(bureau, "instance.advanced")) == (0, 1)


def test_two_workers_that_see_a_timer_at_once_let_it_fire_once(bureau: Bureau) -> None:
    for _ in range(3):
        begun(bureau, waiting("timeDuration", "PT1H"), "w", "look", "e")
    with working(door_of(bureau), door_of(bureau)):
        bureau.clock.advance_to(bureau.clock.now() + timedelta(hours=1))
        until(lambda: len(bureau.open()) == 3)
    assert (records(bureau, "instance.advanced"), bureau.intact()) == (3, True)


def test_a_timer_waits_for_years(bureau: Bureau) -> None:
    begun(bureau, waiting("timeDuration", "P30Y"), "w", "look", "e")
    due = from_stamp(bureau.rows(timer)[0].due_at)
    assert due.year == bureau.clock.now().year + 30
    bureau.clock.advance_to(due - timedelta(seconds=1))
    assert (bureau.drain(), bureau.open()) == (0, [])
    bureau.clock.advance_to(due)
    assert (bureau.drain(), bureau.open()) == (1, ["look"])


def test_a_monthly_cycle_keeps_its_day_over_short_months_and_the_turn_of_the_year(bureau: Bureau) -> None:
    begun(bureau, often("R4/2024-10-31T08:00:00+07:00/P1M"), "look", "again", "e", "ae", "often")
    days = []
    while moment := Poller(bureau.door).next_moment():
        bureau.clock.advance_to(moment)
        bureau.drain()
        days.append(moment.astimezone(ZONE).date())
    assert days == [date(2024, 10, 31), date(2024, 11, 30), date(2024, 12, 31), date(2025, 1, 31)]
    assert bureau.open() == ["again"] * 4 + ["look"]


def test_a_cycle_comes_once_after_a_standstill(bureau: Bureau) -> None:
    begun(bureau, often("R/P1D"), "look", "again", "e", "ae", "often")
    bureau.clock.advance_to(bureau.clock.now() + timedelta(days=10, hours=1))
    bureau.drain()
    assert bureau.open() == ["again", "look"]
    assert Poller(bureau.door).next_moment() == from_stamp(bureau.rows(timer, timer.c.status == "open")[0].due_at)


@pytest.fixture
def office(deployed_database: Database) -> Office:
    return Office(database=deployed_database).deploy()


def test_months_that_passed_in_a_standstill_open_once_each_also_with_several_workers(office: Office) -> None:
    letter = owed(office, first_period="2024-04", next_period="2024-04", end_period="2025-02")
    wait_for_closing(office, letter)
    go_to(office, date(2025, 1, 31))  # over the turn of the year, and on a 31st
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: Poller(open_door(office.database, office.clock)).drain(), range(2)))
    office.drain()
    with office.database.reading() as connection:
        keys = Counter(connection.execute(select(inbox.c.key).where(inbox.c.name == "period.opened")).scalars())
        following = connection.execute(select(obligation.c.next_period).where(obligation.c.directive == letter)).scalar_one()
    opened = ["2024-04", "2024-05", "2024-06", "2024-07", "2024-08", "2024-09", "2024-10", "2024-11", "2024-12", "2025-01"]
    assert ([key.rpartition(":")[2] for key in sorted(keys)], set(keys.values()), following) == (opened, {1}, "2025-02")
    assert office.count(history_record, history_record.c.action == "obligation.opened") == len(opened)
