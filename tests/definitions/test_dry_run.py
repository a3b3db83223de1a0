"""A dry run: where a process stands after the steps of a scenario, without a database."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from engine.bootstrap import installed_operations
from engine.definitions.dry_run import StepRefused, dry_run
from engine.definitions.dry_run_files import sources_to_try
from engine.definitions.source import Sources
from engine.kernel.errors import DefinitionInvalid, InvalidInput, NotFound
from tests.processes.walk import PROCESSES

NOW = datetime(2024, 4, 1, 1, 0, tzinfo=UTC)


def run(process: str, start: dict[str, Any], *steps: Any, **more: Any) -> dict[str, Any]:
    scenario = {"process": process, "start": start, "steps": list(steps), **more}
    return dry_run(sources_to_try(PROCESSES / "shared" / f"{process}.bpmn"), scenario, operations=list(installed_operations()), now=NOW)


def waiting(answer: dict[str, Any]) -> list[tuple[str, str]]:
    return [(entry["type"], entry["element"]) for entry in answer["waiting"]]


def test_a_process_without_steps_stands_at_its_first_wait() -> None:
    answer = run("directive_close", {"child": "D1"})
    assert waiting(answer) == [("user", "cl_close")]
    assert answer["waiting"][0]["lane"] == "Lãnh đạo"
    assert (answer["path"], answer["ended"], answer["sent"]) == (["cl_start"], False, [])


def test_tasks_and_operations_are_completed_and_messages_told() -> None:
    closing = ({"complete": "cl_close"}, {"complete": "cl_record", "with": {"recipients": ["A"], "told": True}})
    answer = run("directive_close", {"child": "D1"}, *closing)
    assert answer["ended"]
    assert answer["ends"] == ["end_closed"]
    assert [(sent["message"], sent["data"]) for sent in answer["sent"]] == [("directive.closed", {})]


def test_the_clock_fires_each_timer_at_its_own_moment() -> None:
    before = run("directive_track", {"directive": "D1", "sunset": "2024-04-10"}, {"advance": "P8D"})
    assert waiting(before)[0][0] in {"timer", "message"}
    assert {entry["due"] for entry in before["waiting"] if entry["type"] == "timer"} == {"2024-04-09T17:00:00.000Z"}
    assert run("directive_track", {"directive": "D1", "sunset": "2024-04-10"}, {"advance": "P9D"})["ended"]


def test_a_message_reaches_what_waits_for_it_by_name_and_key() -> None:
    start = {"directive": "D1", "sunset": "2024-12-31"}
    assert run("directive_track", start, {"message": "directive.closed", "key": "D1"})["ended"]
    with pytest.raises(StepRefused, match=r"waits for directive.closed \(key 'D1'\)") as refused:
        run("directive_track", start, {"message": "directive.closed", "key": "D2"})
    assert refused.value.details == {"step": 1, "element": "directive.closed"}


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ({"complete": "cl_send"}, "there is only cl_close"),
        ({"choose": "flow_1"}, r"may be chosen \(none\)"),
        ({"advance": "-P1D"}, "a duration forward"),
        ({"advance": "tomorrow"}, "a duration such as P3D"),
        ({"finish": "cl_close"}, "a step with one of complete, advance, message, signal, choose"),
        ({"advance": "P1D", "with": {}}, r"no \['with'\] beside 'advance'"),
        ("cl_close", "a step with one of"),
    ],
)
def test_a_step_that_cannot_be_done_is_said_with_its_number(step: Any, words: str) -> None:
    with pytest.raises(StepRefused, match=words) as refused:
        run("directive_close", {"child": "D1"}, {"advance": "P1D"}, step)
    assert refused.value.details["step"] == 2


def test_a_scenario_that_is_none_and_a_process_that_is_not_there_are_refused() -> None:
    with pytest.raises(InvalidInput, match=r"found \['stepps'\]"):
        run("directive_close", {}, stepps=[])
    with pytest.raises(NotFound, match="found 'nothing'"):
        dry_run(sources_to_try(PROCESSES / "shared" / "directive_close.bpmn"), {"process": "nothing"}, operations=[], now=NOW)


def test_files_that_would_not_deploy_are_not_tried() -> None:
    broken = Sources(files={"x.bpmn": b"<definitions/>"})
    with pytest.raises(DefinitionInvalid):
        dry_run(broken, {}, operations=[], now=NOW)


def test_a_scenario_may_say_when_it_begins() -> None:
    answer = run("directive_track", {"directive": "D1", "sunset": "2024-04-20"}, {"advance": "P9D"}, now="2024-04-11")
    assert answer["ended"]
