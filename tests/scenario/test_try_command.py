"""`chidao try` as a designer uses it: what is printed, the exit codes, and never a traceback."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from engine.cli import main
from tests.definitions.plain import MESSAGE, drawn, flows, node, timer

BODY = (
    node("startEvent", "s"),
    node("userTask", "t", name="Duyệt"),
    node("boundaryEvent", "late", timer("P2D"), attachedToRef="t", cancelActivity="false"),
    node("endEvent", "e_late"),
    node("intermediateCatchEvent", "paid", MESSAGE),
    node("exclusiveGateway", "g"),
    node("endEvent", "good"),
    node("endEvent", "bad"),
    flows("s t paid g good", "g bad", "late e_late"),
)


@pytest.fixture
def diagram(tmp_path: Path) -> Path:
    path = tmp_path / "order.bpmn"
    path.write_bytes(drawn(*BODY, process="order").files["p.bpmn"])
    return path


def tried(*arguments: object) -> Result:
    result = CliRunner().invoke(main, ["try", *map(str, arguments)])
    assert "Traceback" not in result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def scenario(diagram: Path, plain: Any) -> Path:
    path = diagram.parent / "scenario.json"
    path.write_text(json.dumps(plain, ensure_ascii=False), "utf-8")
    return path


def test_where_a_process_stands_is_told_in_vietnamese_with_the_next_step(diagram: Path) -> None:
    result = tried(diagram, scenario(diagram, {"now": "2026-01-01", "start": {"n": 1}}))
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "Quy trình order, lúc 01/01/2026 00:00",
        "Đã đi qua: s",
        "Đang chờ:",
        '  việc       t "Duyệt" · chưa có làn · bước tiếp: {"complete": "t"}',
        '  hẹn giờ    late · đến 03/01/2026 00:00 · bước tiếp: {"advance": "2026-01-03T00:00:00"}',
        "Dữ liệu:",
        "  n = 1",
    ]


def test_the_steps_that_it_proposes_lead_on_to_the_end(diagram: Path) -> None:
    steps = [{"advance": "2026-01-03T00:00:00"}, {"complete": "t"}, {"message": "order.paid"}, {"choose": "g-good"}]
    result = tried(diagram, scenario(diagram, {"now": "2026-01-01", "steps": steps}))
    assert 'Đã đi qua: s → late → e_late → t "Duyệt" → paid → g → good' in result.stdout
    assert "Đã kết thúc: e_late, good" in result.stdout


def test_the_answer_has_the_keys_of_the_design(diagram: Path) -> None:
    answer = json.loads(tried(diagram, "--json").stdout)
    assert {"waiting", "path", "ended", "ends", "sent", "data"} <= answer.keys()
    assert {"element", "name", "lane", "type", "due"} <= answer["waiting"][0].keys()
    assert (answer["waiting"][0]["name"], answer["waiting"][0]["lane"], answer["waiting"][0]["due"]) == ("Duyệt", None, None)


def test_a_step_that_cannot_be_done_is_an_error_with_its_place(diagram: Path) -> None:
    path = scenario(diagram, {"steps": [{"complete": "t"}, {"complete": "paid"}]})
    result = tried(diagram, path, "--json")
    assert result.exit_code == 1
    error = json.loads(result.stdout)["error"]
    assert (error["step"], error["element"]) == (2, "paid")
    assert 'use {"message": "order.paid"}' in error["message"]
    assert tried(diagram, path).stderr.startswith("At step 2: Expected a task or an operation 'paid' that waits")


def test_a_scenario_that_is_none_is_an_error_at_step_0(diagram: Path) -> None:
    result = tried(diagram, scenario(diagram, {"steps": {}}), "--json")
    assert (result.exit_code, json.loads(result.stdout)["error"]["step"]) == (1, 0)
    assert "Run it with --all" in tried(diagram, scenario(diagram, {"name": "x", "offices": "muong-suong"})).stderr
    missing = tried(diagram, diagram.parent / "missing.json", "--json")
    assert (missing.exit_code, "there is no such file" in json.loads(missing.stdout)["error"]["message"]) == (1, True)


def test_a_diagram_that_cannot_run_is_told_with_its_findings(diagram: Path) -> None:
    diagram.write_bytes(drawn(node("startEvent", "s"), node("complexGateway", "c"), flows("s c")).files["p.bpmn"])
    result = tried(diagram, "--json")
    answer = json.loads(result.stdout)
    assert (result.exit_code, answer["error"]["step"], answer["error"]["element"]) == (1, 0, "c")
    assert {"file", "element", "line", "rule", "severity", "message"} == answer["findings"][0].keys()
    assert "order.bpmn:1 [c] unsupported_element" in result.stderr


@pytest.mark.parametrize("content", [b"", b"<not-closed", b'<?xml version="1.0"?><!DOCTYPE d><d/>', b"\x00\x01", b"<html/>"])
def test_a_file_that_is_no_diagram_is_told_in_words(diagram: Path, content: bytes) -> None:
    diagram.write_bytes(content)
    result = tried(diagram, "--json")
    assert result.exit_code == 1
    assert "order.bpmn" in result.stderr
    assert json.loads(result.stdout)["error"]["message"].startswith("Expected")


def test_a_path_that_is_not_there_and_a_wrong_use(tmp_path: Path, diagram: Path) -> None:
    assert tried(tmp_path / "none.bpmn").exit_code == 1
    assert tried(tmp_path / "none.bpmn", "--all").exit_code == 1
    assert "add --all to run its scenarios" in tried(tmp_path).stderr
    for arguments in ((), ("--all",), (diagram, "--record", "x"), (diagram, "s.json", "--all")):
        assert tried(*arguments).exit_code == 2


def test_a_process_is_named_by_the_scenario_or_the_option(diagram: Path) -> None:
    text = diagram.read_text("utf-8").replace("</definitions>", '<process id="second"><startEvent id="s2"/><task id="t2"/><sequenceFlow id="f2" sourceRef="s2" targetRef="t2"/></process></definitions>')
    diagram.write_text(text.replace('isExecutable="true"', ""), "utf-8")
    for arguments in ((scenario(diagram, {"process": "second"}),), ("--process", "second")):
        assert json.loads(tried(diagram, *arguments, "--json").stdout)["path"] == ["s2"]
    assert json.loads(tried(diagram, "--json").stdout)["process"] == "order"
    assert "one of order, second, but found 'third'" in tried(diagram, "--process", "third").stderr


def test_a_process_that_is_only_drawn_may_be_tried_unless_it_has_errors(diagram: Path) -> None:
    drawn_only = '<process id="drawn"><startEvent id="s2"/><{0} id="t2"/><sequenceFlow id="f2" sourceRef="s2" targetRef="t2"/></process></definitions>'
    text = diagram.read_text("utf-8")
    diagram.write_text(text.replace("</definitions>", drawn_only.format("task")), "utf-8")
    assert json.loads(tried(diagram, "--process", "drawn", "--json").stdout)["path"] == ["s2"]
    diagram.write_text(text.replace("</definitions>", drawn_only.format("complexGateway")), "utf-8")
    assert tried(diagram).exit_code == 0
    assert "'drawn' is only drawn, not executable, and has errors" in tried(diagram, "--process", "drawn").stderr


def test_an_expectation_that_is_not_met_is_told(diagram: Path) -> None:
    path = scenario(diagram, {"steps": [{"complete": "t"}], "expect": {"ended": True}})
    result = tried(diagram, path, "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["unmet"] == ["Expected the process to end, but it waits at paid."]
    assert result.stderr == "Expected the process to end, but it waits at paid.\n"


def test_all_scenarios_are_run_with_what_they_left_out(diagram: Path) -> None:
    folder = diagram.parent / "scenarios"
    folder.mkdir()
    steps = [{"complete": "t"}, {"message": "order.paid"}, {"choose": "g-good"}]
    (folder / "a.json").write_text(json.dumps({"name": "đường thẳng", "steps": steps, "expect": {"ends": ["good"]}}), "utf-8")
    result = tried(diagram, "--all", "--json")
    answer = json.loads(result.stdout)
    assert result.exit_code == 0
    assert answer["scenarios"] == [{"file": "scenarios/a.json", "name": "đường thẳng", "passed": True, "message": "", "kind": "steps"}]
    assert answer["coverage"] == [{"file": "order.bpmn", "process": "order", "elements": 8, "reached": 6, "never": ["e_late", "bad"]}]
    (folder / "b.json").write_text(json.dumps({"steps": [], "expect": {"ended": True}}), "utf-8")
    result = tried(diagram, "--all")
    assert result.exit_code == 1
    assert "ĐẠT    scenarios/a.json: đường thẳng" in result.stdout
    assert "HỎNG   scenarios/b.json: b\n       Expected the process to end, but it waits at t, late." in result.stdout
    assert "Quy trình order: 6/8 phần tử đã thử; chưa thử: e_late, bad" in result.stdout
    assert result.stdout.endswith("2 kịch bản, 1 đạt, 1 hỏng.\n")


def test_a_diagram_without_scenarios_says_how_to_write_them(diagram: Path) -> None:
    result = tried(diagram, "--all")
    assert result.exit_code == 0
    assert "Expected scenarios in a folder scenarios/ beside" in result.stderr


def test_an_unknown_instance_and_a_missing_database_are_told(tmp_path: Path, sqlite_url: str) -> None:
    assert "which nobody has" in tried("--record", "nobody", "--database", sqlite_url).stderr
    assert tried("--record", "nobody", "--database", f"sqlite:///{tmp_path / 'none' / 'x.db'}").exit_code == 1
    empty = tried("--record", "nobody", "--database", f"sqlite:///{tmp_path / 'x.db'}")
    assert (empty.exit_code, "Expected a chidao database" in empty.stderr) == (3, True)
