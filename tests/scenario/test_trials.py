"""Scenario files beside a diagram are its tests: which belong to it, what they expect, what none of them has reached."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from engine.bootstrap import installed_operations
from engine.definitions.dry_run_files import sources_to_try
from engine.scenario.playhouse import Playhouse
from engine.scenario.trial import Coverage, Trial, coverage
from engine.scenario.trials import Trials
from tests.definitions.drawings import FORM
from tests.definitions.plain import drawn, flows, node
from tests.processes.walk import PROCESSES

NOW = datetime(2026, 1, 1, 1, 0, tzinfo=UTC)
WAYS = flows("s t g good", "g bad")
BODY = (node("startEvent", "s"), node("task", "t"), node("exclusiveGateway", "g"), node("endEvent", "good"), node("endEvent", "bad"), WAYS)
GOOD: list[Any] = [{"complete": "t", "with": {"n": 1}}, {"choose": "g-good"}]


def draw(folder: Path, process: str = "order", *body: str) -> Path:
    path = folder / f"{process}.bpmn"
    path.write_bytes(drawn(*(body or BODY), process=process).files["p.bpmn"])
    return path


def write(folder: Path, name: str, **scenario: Any) -> None:
    path = folder / "scenarios" / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(scenario, ensure_ascii=False), "utf-8")


def run(path: Path, *, in_memory: bool = True) -> list[Trial]:
    return list(Trials(path=path, operations=list(installed_operations()), now=NOW, in_memory=in_memory).run())


def outcomes(trials: list[Trial]) -> dict[str, str]:
    return {trial.name: "passed" if trial.passed else trial.message for trial in trials}


@pytest.mark.parametrize(
    ("expect", "message"),
    [
        ({"ended": True, "ends": ["good"], "waiting": [], "path": ["s", "t", "g", "good"], "data": {"n": 1}, "sent": []}, "passed"),
        ({}, "passed"),
        ({"ended": False}, "Expected the process to go on, but it has ended at good."),
        ({"ends": ["bad"]}, 'Expected the end events to be ["bad"], but found ["good"].'),
        ({"waiting": ["t"]}, 'Expected the waiting elements to be ["t"], but found [].'),
        ({"path": ["s", "g"]}, "Expected g at place 2 of the path after s, but found t."),
        ({"path": ["s", "t", "g"]}, "Expected the path to end at place 4 of the path after g, but found good."),
        ({"path": ["s", "t", "g", "good", "e"]}, "Expected e at place 5 of the path after good, but it ends there."),
        ({"data": {"n": True}}, "Expected n = true in the data, but found 1."),
        ({"data": {"m": None}}, "Expected m = null in the data, but there is no m."),
        ({"sent": ["told"]}, 'Expected the messages sent to be ["told"], but found [].'),
        ({"error": {"step": 1}}, "Expected step 1 to be refused, but every step was done."),
    ],
)
def test_a_scenario_says_what_it_expects(tmp_path: Path, expect: dict[str, Any], message: str) -> None:
    write(tmp_path, "one", steps=GOOD, expect=expect)
    assert outcomes(run(draw(tmp_path))) == {"one": message}


@pytest.mark.parametrize(
    ("expect", "message"),
    [
        ({"error": {"step": 2, "element": "g-worse", "message": "may be chosen"}}, "passed"),
        ({"error": {"step": 1}}, "Expected the error at step 1, but it is at 2: "),
        ({"error": {"message": "nothing"}}, "Expected an error that says 'nothing', but it says: "),
        ({"ended": True}, "Expected every step to be done, but step 2 was refused: "),
        (None, "Expected every step to be done, but step 2 was refused: "),
    ],
)
def test_a_scenario_may_expect_to_be_refused(tmp_path: Path, expect: Any, message: str) -> None:
    write(tmp_path, "one", steps=[{"complete": "t"}, {"choose": "g-worse"}], expect=expect)
    assert outcomes(run(draw(tmp_path)))["one"].startswith(message)


def test_a_scenario_belongs_to_the_diagram_of_its_process(tmp_path: Path) -> None:
    order, other = draw(tmp_path), draw(tmp_path, "other")
    write(tmp_path, "of order", process="order", steps=GOOD)
    write(tmp_path, "deep/of other", process="other", steps=GOOD)
    assert outcomes(run(order)) == {"of order": "passed"}
    assert outcomes(run(other)) == {"of other": "passed"}
    assert outcomes(run(tmp_path)) == {"of order": "passed", "of other": "passed"}
    write(tmp_path, "of nobody", steps=GOOD)
    write(tmp_path, "of a stranger", process="stranger")
    failed = outcomes(run(order))
    assert failed["of nobody"].startswith("Expected of nobody.json to name a process of order.bpmn, other.bpmn as `process`, but found none")
    assert "found 'stranger'" in failed["of a stranger"]


def test_a_diagram_may_have_any_of_the_names_that_tools_give(tmp_path: Path) -> None:
    for name in ("order.BPMN", "order.bpmn20.xml", "order.xml"):
        folder = tmp_path / name
        folder.mkdir()
        write(folder, "one", steps=GOOD, expect={"ends": ["good"]})
        assert outcomes(run(draw(folder).rename(folder / name))) == {"one": "passed"}
    assert len(run(tmp_path)) == 3
    assert [trial.passed for trial in run(tmp_path)] == [True, True, False]  # in a folder, an .xml may be anything


def test_a_file_that_is_no_scenario_fails_and_the_others_are_tried(tmp_path: Path) -> None:
    write(tmp_path, "a", steps=GOOD)
    for name, content in (("b", b"{"), ("c", b"[]"), ("d", b"\xff"), ("e", b'{"stepps": []}')):
        (tmp_path / "scenarios" / f"{name}.json").write_bytes(content)
    found = outcomes(run(draw(tmp_path)))
    assert found.pop("a") == "passed"
    assert all(message.startswith("Expected") for message in found.values())
    assert sorted(found) == ["b", "c", "d", "e"]


def test_a_diagram_that_cannot_run_fails_its_scenarios(tmp_path: Path) -> None:
    write(tmp_path, "a", steps=GOOD)
    diagram = draw(tmp_path, "order", node("startEvent", "s"), node("complexGateway", "c"), flows("s c"))
    assert "order.bpmn:1 [c] unsupported_element" in outcomes(run(diagram))["a"]


def test_what_no_scenario_has_reached_is_told(tmp_path: Path) -> None:
    write(tmp_path, "a", steps=GOOD)
    diagram = draw(tmp_path)
    (found,) = coverage([diagram], run(diagram))
    assert found == Coverage(file="order.bpmn", process="order", elements=5, never=("bad",))
    assert found.reached == 4


def test_a_called_process_is_covered_by_its_own_elements_only(tmp_path: Path) -> None:
    inner = draw(tmp_path, "inner")
    outer = draw(tmp_path, "outer", node("startEvent", "s"), node("callActivity", "c", calledElement="inner"), node("endEvent", "bad"), flows("s c bad"))
    write(tmp_path, "a", process="outer", steps=GOOD)
    trials = run(outer)
    assert outcomes(trials) == {"a": "passed"}
    assert [(found.process, found.never) for found in coverage([inner, outer], trials)] == [("inner", ("bad",)), ("outer", ())]


def test_what_a_diagram_names_is_found_beside_it_and_in_the_shared_folder(tmp_path: Path) -> None:
    shared, own = tmp_path / "shared", tmp_path / "own"
    (shared / "forms").mkdir(parents=True)
    own.mkdir()
    draw(shared, "inner", *BODY)
    (own / "broken.bpmn").write_text("<not-closed", "utf-8")
    outer = draw(own, "outer", node("startEvent", "s"), node("callActivity", "c", calledElement="inner"), flows("s c"))
    assert sorted(sources_to_try(outer).files) == ["inner.bpmn", "outer.bpmn"]
    (shared / "inner.bpmn").rename(shared / "outer.bpmn")
    assert sorted(sources_to_try(outer).files) == ["outer.bpmn", "shared/outer.bpmn"]
    (own / "forms").mkdir()
    (own / "forms" / "slip.schema.json").write_text(json.dumps(FORM), "utf-8")
    asking = own / "asking.bpmn"
    text = drawn(node("startEvent", "s"), node("userTask", "t", form="slip"), flows("s t"), process="asking").files["p.bpmn"].decode()
    asking.write_text(text.replace("form=", 'xmlns:chidao="urn:chidao:bpmn:1" chidao:form='), "utf-8")
    assert sorted(sources_to_try(asking).files) == ["asking.bpmn", "forms/slip.schema.json"]


def test_every_shipped_dry_run_scenario_passes() -> None:
    """The office scenarios beside them are played in tests/processes/test_scenarios.py, on both databases."""
    trials = run(PROCESSES)
    assert len(trials) >= 6
    assert {trial.name: trial.message for trial in trials if not trial.passed} == {}


def test_an_office_scenario_is_played_on_a_database_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "no.json").write_text('{"offices": "nowhere", "name": "x", "start": "2024-04-01"}', "utf-8")
    (tmp_path / "odd.json").write_text('{"offices": "muong-suong"}', "utf-8")
    with Playhouse(None) as playhouse:
        played = playhouse.trial(PROCESSES / "shared" / "scenarios" / "duplicate_arrival.json", "s.json", "")
        assert (played.passed, played.kind, played.message) == (True, "offices", "")
        assert "coordination_monthly" in {process for process, _ in played.reached}
        assert "found no 'nowhere'" in playhouse.trial(tmp_path / "no.json", "no.json", "x").message
        assert "found KeyError: 'name'" in playhouse.trial(tmp_path / "odd.json", "odd.json", "x").message
