"""How a process runs, on both databases: every figure is what the rows and the history say when they are read one by one."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest
from sqlalchemy import func, select

from engine.audit.running import ALWAYS, LEAST, MONTH, QUARTER, RunningPage, ShowRunning, first_month
from engine.audit.running_cases import ListRunningCases, RunningCases
from engine.audit.running_counts import LEFT
from engine.audit.running_flows import taken, ways_of
from engine.bootstrap import open_door
from engine.directory.directory_import import ImportDirectory
from engine.door import Door
from engine.history.record import LOG, opened
from engine.kernel.actor import SYSTEM, Actor
from engine.kernel.calendar import load_calendar
from engine.kernel.clock import from_stamp, local_date
from engine.kernel.errors import Denied, InvalidInput, NotFound
from engine.kernel.working_time import in_tenths, percentile, working_time
from engine.storage import Database
from engine.storage.schema import element_count, history_record, instance, user_task
from tests.audit.test_case import under_way
from tests.audit.test_finding import read_on
from tests.pages import clock_after, person_of
from tests.web.statements import counted

__all__ = ["under_way"]
PROCESS = "coordination_monthly"
INTAKE = "directive_intake"
PEOPLE = (
    "login,name,organisation,title,roles\n"
    "nguoi.ve,Lường Văn Vẽ,btg,Thiết kế quy trình,process_designer\n"
    "nguoi.xem,Hà Thị Nét,btg,Kiểm tra,auditor\n"
)


@pytest.fixture
def door(under_way: Database) -> Door:
    opened = open_door(under_way, clock_after(under_way))
    opened.execute(ImportDirectory(kind="people", text=PEOPLE, file="people.csv"), SYSTEM, key="people")
    read_on(opened)
    return opened


def who(door: Door, login: str) -> Actor:
    return Actor.person(person_of(door, login), method="password")


def shown(door: Door, **asked: str) -> RunningPage:
    found: RunningPage = door.ask(ShowRunning(process=PROCESS, **asked), who(door, "nguoi.ve"))
    return found


def listed(door: Door, login: str, figure: str, element: str = "", page: int = 1) -> RunningCases:
    found: RunningCases = door.ask(ListRunningCases(process=PROCESS, figure=figure, element=element, page=page), who(door, login))
    return found


def passed(door: Door) -> Counter[str]:
    """Count what the history says was left, record by record."""
    query = select(history_record.c.body).where(history_record.c.log == LOG, history_record.c.outcome == "done")
    with door.database.reading() as connection:
        bodies = [opened(each) for each in connection.execute(query).scalars()]
    of = [body for body in bodies if (body["definition"] or {}).get("key") == PROCESS]
    return Counter(each["id"] for body in of for each in body["objects"] if each["qualifier"] == "left" and each["type"] == "element")


def test_each_element_was_left_as_often_as_the_history_says(door: Door) -> None:
    expected = passed(door)
    for diagram in (PROCESS, INTAKE):
        page = shown(door, diagram=diagram)
        assert {each.node.id: each.left for each in page.elements} == {each.node.id: expected[each.node.id] for each in page.elements}
        assert any(each.left for each in page.elements)
    assert shown(door).behind == 0


def test_where_cases_stand_now_is_what_is_open(door: Door) -> None:
    query = select(user_task.c.element, func.count()).where(user_task.c.status == "open").group_by(user_task.c.element)
    with door.database.reading() as connection:
        open_now = {row[0]: row[1] for row in connection.execute(query)}
    found = [(diagram, each) for diagram, _, _ in shown(door).diagrams for each in shown(door, diagram=diagram).elements]
    tasks = {each.node.id: each.here for _, each in found if each.node.kind == "userTask"}
    assert {element: number for element, number in tasks.items() if number} == {each: open_now[each] for each in open_now if each in tasks}
    waiting = [each for _, each in found if each.here]
    assert [each.node.kind for each in waiting] == ["eventBasedGateway"]  # one token, though several events listen
    assert waiting[0].here == listed(door, "nguoi.xem", "here", waiting[0].node.id).total == shown(door).active


def test_median_and_ninetieth_are_those_of_the_tasks_in_working_hours(door: Door) -> None:
    columns = user_task.c
    with door.database.reading() as connection:
        rows = connection.execute(select(columns.element, columns.created_at, columns.completed_at).where(columns.status == "completed")).all()
    times = defaultdict[str, list[int]](list)
    for row in rows:
        times[row.element].append(in_tenths(working_time(load_calendar(), from_stamp(row.created_at), from_stamp(row.completed_at))))
    own = {element: Counter(each) for element, each in times.items()}
    seen = [each for diagram, _, _ in shown(door).diagrams for each in shown(door, diagram=diagram).elements if each.node.kind == "userTask" and each.left]
    assert {each.few for each in seen} == {True, False}
    for each in seen:
        counted_ones = own[each.node.id]
        if each.few:  # it would be the time of somebody
            assert (each.spent, counted_ones.total() < LEAST) == (None, True)
        else:
            assert each.spent is not None
            expected = (counted_ones.total(), percentile(counted_ones.items(), 50), percentile(counted_ones.items(), 90))
            assert (each.spent.number, each.spent.median, each.spent.ninetieth) == expected


def test_the_ways_out_of_a_decision_are_together_as_many_as_it_decided(door: Door) -> None:
    page = shown(door, diagram=INTAKE)
    decisions = defaultdict[str, list[int | None]](list)
    for each in page.flows:
        if not each.flow.free:
            decisions[each.flow.source].append(each.number)
    known = {source: sum(each or 0 for each in numbers) for source, numbers in decisions.items() if None not in numbers}
    assert known
    assert known == {source: passed(door)[source] for source in known}


def test_a_way_that_cannot_be_told_is_said_to_be_so() -> None:
    diagram = b"""<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"><process id="p">
      <inclusiveGateway id="g"/><task id="a"/><task id="b"/><exclusiveGateway id="m"/><task id="c"><multiInstanceLoopCharacteristics/></task>
      <sequenceFlow id="ga" sourceRef="g" targetRef="a"/><sequenceFlow id="gm" sourceRef="g" targetRef="m"/>
      <sequenceFlow id="am" sourceRef="a" targetRef="m"/><sequenceFlow id="mc" sourceRef="m" targetRef="c"/><sequenceFlow id="cb" sourceRef="c" targetRef="b"/>
      <sequenceFlow id="bm" sourceRef="b" targetRef="m"/></process></definitions>"""
    found = taken(ways_of(diagram, "p"), {"g": 5, "a": 2, "m": 6, "c": 9, "b": 4}, {"a": 1}, {})
    assert found == {"ga": 3, "gm": None, "am": 2, "mc": 6, "cb": 4, "bm": 4}


def test_whose_cases_one_may_not_open_are_only_counted(door: Door) -> None:
    total = shown(door).active
    mine, theirs = listed(door, "nguoi.ve", "active"), listed(door, "nguoi.xem", "active")
    assert (mine.total, mine.mine, mine.cases) == (total, 0, ())
    assert sum(mine.ages) == total
    assert theirs.total == total
    assert 0 < theirs.mine == len(theirs.cases) <= total


def test_behind_each_figure_stand_as_many_cases(door: Door) -> None:
    for each in shown(door, diagram=INTAKE).elements:
        if each.node.kind == "userTask":
            assert listed(door, "nguoi.xem", "here", each.node.id).total == each.here
            assert listed(door, "nguoi.xem", "late", each.node.id).total == each.late
            assert bool(listed(door, "nguoi.xem", "done", each.node.id).total) == bool(each.left)
    assert listed(door, "nguoi.xem", "stopped").total == 0
    assert listed(door, "nguoi.xem", "ended").total == shown(door).ended


def test_a_page_beyond_the_last_is_the_last(door: Door) -> None:
    assert listed(door, "nguoi.xem", "active", page=99).page == 1


def test_all_versions_together_are_those_of_the_only_one(door: Door) -> None:
    one, every = shown(door, version="1"), shown(door, version="all")
    assert (one.active, one.ended, one.elements, one.flows) == (every.active, every.ended, every.elements, every.flows)
    assert every.elsewhere == 0


def test_a_span_counts_only_its_months(door: Door) -> None:
    with door.database.reading() as connection:
        query = select(func.sum(element_count.c.number)).where(element_count.c.kind == LEFT, element_count.c.month >= "2024-04", element_count.c.element == "in_check")
        april = connection.execute(query).scalar_one()
        last = connection.execute(select(func.max(history_record.c.recorded_at))).scalar_one()
    assert f"{local_date(from_stamp(last)):%Y-%m}" == "2024-04"
    page = shown(door, diagram=INTAKE, span=MONTH)
    assert next(each.left for each in page.elements if each.node.id == "in_check") == (april or 0)
    assert page.since == shown(door, span=QUARTER).since == "2024-04"
    assert first_month(ALWAYS, local_date(from_stamp(last))) == ""


def test_reading_the_history_again_counts_nothing_twice(door: Door) -> None:
    before = shown(door, diagram=INTAKE).elements
    read_on(door)
    assert shown(door, diagram=INTAKE).elements == before


def test_the_number_of_statements_does_not_grow_with_the_cases(door: Door) -> None:
    shown(door)
    with counted() as statements:
        shown(door)
    assert len(statements) <= 14
    with door.database.reading() as connection:
        assert int(connection.execute(select(func.count()).select_from(instance)).scalar_one()) > len(shown(door).versions)


@pytest.mark.parametrize("asked", [{"process": "nothing"}, {"process": PROCESS, "version": "99"}, {"process": PROCESS, "diagram": "nothing"}])
def test_what_is_not_there_is_not_found(door: Door, asked: dict[str, str]) -> None:
    with pytest.raises(NotFound, match="Expected"):
        door.ask(ShowRunning(**asked), who(door, "nguoi.ve"))


def test_a_figure_or_span_that_there_is_not_is_refused(door: Door) -> None:
    for figure, element in (("nonsense", "in_check"), ("here", "")):
        with pytest.raises(InvalidInput, match="Expected a figure"):
            listed(door, "nguoi.ve", figure, element)
    with pytest.raises(NotFound, match="Expected an element"):
        listed(door, "nguoi.ve", "here", "nothing")
    with pytest.raises(InvalidInput, match="Expected a span"):
        shown(door, span="century")


def test_staff_do_not_see_how_processes_run(door: Door) -> None:
    with pytest.raises(Denied):
        door.ask(ShowRunning(process=PROCESS), who(door, "btg.truong.ban"))
    with pytest.raises(Denied):
        door.ask(ListRunningCases(process=PROCESS, figure="active"), who(door, "btg.truong.ban"))
