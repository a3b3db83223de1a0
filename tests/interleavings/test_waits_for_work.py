"""While an operation is about to run, what would interrupt it waits; once it has failed and is held, nothing waits for it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.instances.commands import AdvanceInstance, StartProcess
from engine.instances.operations import RunOperation
from engine.kernel.errors import EngineError, Refused
from engine.storage import Database
from engine.storage.schema import incident, operation, user_task
from engine.storage.wake_ups import Due, key_of
from tests.definitions.drawings import drawing, flow, lane
from tests.door.office import START
from tests.instances.bureau import BY_PERSON, Bureau, service

TIMED = (
    BY_PERSON + service("o") + '<bpmn:boundaryEvent id="t" attachedToRef="o"><bpmn:timerEventDefinition>'
    '<bpmn:timeDuration>"PT1H"</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:boundaryEvent>'
    '<bpmn:userTask id="v" name="Hỏi lại"/><bpmn:endEvent id="e"/><bpmn:endEvent id="f"/>' + flow("s", "o") + flow("o", "e") + flow("t", "v") + flow("v", "f")
)


def test_a_timer_waits_for_an_operation_that_is_about_to_run_and_not_for_one_that_has_failed(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    bureau = Bureau.opened(sqlite_database, monkeypatch)
    bureau.archive.answer = Refused("Expected an open archive, but it is locked.")
    bureau.put(drawing(TIMED, lanes=lane("s", "v")), "p")
    case = begun(bureau)
    bureau.clock.advance_to(START + timedelta(hours=1))
    assert bureau.do(AdvanceInstance(instance=case)) == {"advanced": False}
    (work,) = bureau.rows(operation, operation.c.status == "open")
    woken = wakes_of(bureau, monkeypatch)
    with pytest.raises(EngineError, match="locked"):
        bureau.do(RunOperation(operation=work.id))
    assert bureau.count(incident, incident.c.resolved_at.is_(None)) == 1
    assert key_of(Due.INSTANCE, case) in woken
    assert bureau.do(AdvanceInstance(instance=case))["advanced"] is True
    assert bureau.count(user_task, user_task.c.element == "v", user_task.c.status == "open") == 1
    assert bureau.count(incident, incident.c.resolved_at.is_(None)) == 0


def begun(bureau: Bureau) -> str:
    return str(bureau.do(StartProcess(process="p", organisation=bureau.unit("btg"), directive=None))["instance"])


def wakes_of(bureau: Bureau, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Collect whom the door wakes from now on."""
    found: list[str] = []
    monkeypatch.setattr(bureau.door._wake_ups, "wake", lambda _connection, keys: found.extend(keys), raising=False)
    return found
