"""Where a case stands follows from its records alone: after every step, whatever moved it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from engine.audit.desk.case_steps import position_after, steps_of
from engine.instances.commands import ClaimTask, CompleteUserTask
from engine.instances.repairs import RetryIncident, SkipIncident
from engine.instances.token_moves import MoveToken
from engine.kernel.errors import Refused
from engine.storage import Database
from engine.storage.schema import instance
from tests.audit.desk.followed import Followed, followed, wrong_about
from tests.audit.random_office import RandomOffice
from tests.audit.test_recording import ALARM, BODY, CALLING, KEEPING, LANES, SLIP, TWICE
from tests.audit.test_state import Played
from tests.definitions.drawings import chain, drawing, lane
from tests.definitions.drawings import user_task as drawn_task
from tests.door.office import Office
from tests.instances.bureau import ADMIN, BY_PERSON, Bureau, service
from tests.instances.test_migration import begin, files, late, migrate, open_tasks, put
from tests.states import furnish_offices
from tests.templates import copied

office_database = copied("furnished", furnish_offices, kinds=("sqlite",))


@pytest.fixture
def bureau(sqlite_database: Database, monkeypatch: pytest.MonkeyPatch) -> Bureau:
    return Bureau.opened(sqlite_database, monkeypatch)


def finish(office: Office, task: str, **data: str) -> None:
    office.do(CompleteUserTask(task=task, data=data), office.actor("van.thu"))
    office.drain()


def nothing_was_wrong(watch: Followed, *, moves: int) -> bool:
    assert watch.wrong == []
    return watch.moves >= moves


def stands(office: Office, identity: str) -> list[str]:
    with office.database.reading() as connection:
        return sorted(position_after(steps_of(connection, identity)).stands.elements())


def test_loops_timers_races_and_choices(bureau: Bureau) -> None:
    put(bureau, {"p.bpmn": drawing(BODY, id="p", lanes=LANES).hex(), "forms/slip.schema.json": SLIP.hex()})
    with followed(bureau.database) as watch:
        identity = begin(bureau)
        bureau.drain()
        for days in (1, 4):
            bureau.clock.advance_to(bureau.clock.now() + timedelta(days=days))
            bureau.drain()
        bureau.hand_in("enter", decision="return")
        bureau.hand_in("enter", decision="go", names=["một", "hai"])
        assert stands(bureau, identity) == ["each", "each"]
        for task in open_tasks(bureau):
            bureau.do(ClaimTask(task=task.id), bureau.actor("van.thu"))
            finish(bureau, task.id)
        assert stands(bureau, identity) == ["answer", "silence"]
        bureau.clock.advance_to(bureau.clock.now() + timedelta(days=4))
        bureau.drain()
        assert stands(bureau, identity) == ["which"]
        bureau.hand_in("which", choose="to_bad")
    assert stands(bureau, identity) == []
    assert nothing_was_wrong(watch, moves=8)


def test_tokens_that_wait_for_each_other_are_one_and_a_signal_moves_both(bureau: Bureau) -> None:
    bureau.put(drawing(TWICE, id="w", head=ALARM, lanes=lane("s", "f", "h1", "h2", "j", "look", "e")), "w")
    bureau.put(drawing(CALLING, id="c", head=ALARM, lanes=lane("s", "call", "e")), "c")
    with followed(bureau.database) as watch:
        waiting = bureau.begin("w")
        assert stands(bureau, waiting) == ["h1", "h2"]
        bureau.begin("c")
        assert stands(bureau, waiting) == ["look"]
    assert nothing_was_wrong(watch, moves=3)


def test_what_waits_at_a_join_and_what_an_interrupting_timer_takes_away(bureau: Bureau) -> None:
    body = BY_PERSON + '<bpmn:parallelGateway id="f"/>' + drawn_task("one") + drawn_task("two") + '<bpmn:parallelGateway id="j"/><bpmn:endEvent id="e"/>'
    body += chain("s", "f", "one", "j", "e") + chain("f", "two", "j")
    body += late("two", "P2D").replace('cancelActivity="false"', "")
    with followed(bureau.database) as watch:
        identity = bureau.draw(body, "f", "one", "two", "j", "e", "late", "le")
        bureau.hand_in("one")
        assert stands(bureau, identity) == ["j", "two"]
        bureau.clock.advance_to(bureau.clock.now() + timedelta(days=3))
        bureau.drain()  # the join could not be passed any more: the timer is held by an incident, and nothing has moved
    assert stands(bureau, identity) == ["j", "two"]
    assert nothing_was_wrong(watch, moves=2)


def test_what_administrators_do(bureau: Bureau) -> None:
    bureau.archive.answer = Refused("Expected the archive to be open, but it is closed. Open it.")
    with followed(bureau.database) as watch:
        identity = bureau.draw(KEEPING, "keep", "look", "e")
        assert stands(bureau, identity) == ["keep"]
        bureau.do(RetryIncident(incident=bureau.incident().id, reason="đã mở", data={"shelf": 3}), bureau.actor(ADMIN))
        bureau.drain()
        bureau.do(SkipIncident(incident=bureau.incident().id, reason="đã kiểm tra", result={"shelf": 9}), bureau.actor(ADMIN))
        bureau.drain()
        assert stands(bureau, identity) == ["look"]
        bureau.archive.answer = {}
        bureau.do(MoveToken(instance=identity, token="look", to="keep", also=(), reason="làm lại"), bureau.actor(ADMIN))
        assert stands(bureau, identity) == ["keep"]
        bureau.drain()
        bureau.hand_in("look")
    assert stands(bureau, identity) == []
    assert nothing_was_wrong(watch, moves=6)


def test_activities_that_people_begin_as_they_like(bureau: Bureau) -> None:
    inner = service("one") + service("two") + drawn_task("look")
    body = BY_PERSON + f'<bpmn:adHocSubProcess id="any">{inner}</bpmn:adHocSubProcess><bpmn:endEvent id="e"/>' + chain("s", "any", "e")
    with followed(bureau.database) as watch:
        identity = bureau.draw(body, "any", "one", "two", "look", "e")
        for choice in ("two", "look", "one"):
            bureau.hand_in("any", choose=choice) if choice != "look" else bureau.hand_in("look")
    assert stands(bureau, identity) == []
    assert nothing_was_wrong(watch, moves=4)


def test_a_migration_takes_tokens_to_elements_of_another_name(bureau: Bureau) -> None:
    put(bureau, files("u", "v", more=late("u", "P3D")))
    identity = begin(bureau)
    put(bureau, files("u2", "v"))
    with followed(bureau.database) as watch:
        assert migrate(bureau, mapping={"u": "u2"})["moved"] == 1
        assert stands(bureau, identity) == ["u2"]
        finish(bureau, open_tasks(bureau)[0].id, subject="Trích yếu")
    assert stands(bureau, identity) == ["v"]
    assert nothing_was_wrong(watch, moves=2)
    with bureau.database.reading() as connection:
        assert [step.version[1] for step in steps_of(connection, identity)] == [1, 2, 2]


@pytest.mark.parametrize("scenario", ["recall_cascade", "extension_granted"])
def test_every_case_of_a_scenario(scenario: str, played: Played) -> None:
    with played(scenario).reading() as connection:
        rows = connection.execute(select(instance)).all()
        assert [each for row in rows for each in wrong_about(connection, row)] == []
    assert len(rows) >= 3


def test_every_case_of_people_who_do_what_comes_into_their_heads(office_database: Database) -> None:
    office = RandomOffice(office_database, 11)
    with followed(office_database) as watch:
        office.live(acts=25)
    assert nothing_was_wrong(watch, moves=20)
