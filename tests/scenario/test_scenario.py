"""Scenarios themselves: what is wrong with one is said, and what is not as it expects is found."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from engine.kernel.errors import InvalidInput, NotFound, StepFailed
from engine.scenario.filling import example
from engine.scenario.scenario import offices, play, read_scenario
from engine.storage import Database

LETTER = {
    "issuer": "tinh",
    "to": "btg",
    "number": 7,
    "symbol": "CV/TU",
    "issued": "2024-04-01",
    "process": "coordination_monthly",
    "doc_type": "công văn",
    "subject": "tuyên truyền tháng Tư",
    "sunset": "2024-04-10",
}
FILED = {"form": "leader_instruction", "with": {"action": "file", "lead_unit": None, "instruction": "Lưu."}}


def scenario(tmp_path: Path, **changes: Any) -> Path:
    """A letter that the leader files: nothing goes on."""
    path = tmp_path / "scenario.json"
    whole = {"name": "Lưu", "start": "2024-04-01", "offices": "muong-suong", "letters": [LETTER], "answers": [FILED], **changes}
    path.write_text(json.dumps(whole), encoding="utf-8")
    return path


def test_a_scenario_that_runs_as_it_says_has_nothing_to_tell(tmp_path: Path, database: Database) -> None:
    expect = [
        {"table": "dispatch", "where": {"organisation": "btg", "directive": "07-CV/TU"}, "is": {"status": "06"}},
        {"table": "register_entry", "where": {"directive": "07-CV/TU"}, "count": 1},
        {"history": "instance.started", "count": 1},
    ]
    assert play(read_scenario(scenario(tmp_path, expect=expect)), database) == []


def test_what_is_not_as_expected_is_said_with_what_was_found(tmp_path: Path, database: Database) -> None:
    expect = [
        {"table": "dispatch", "where": {"organisation": "btg"}, "is": {"status": "02"}},
        {"table": "dispatch", "where": {"organisation": "phuong-1"}, "is": {"status": "06"}},
        {"table": "dispatch", "count": 3},
        {"history": "directive.recalled"},
    ]
    missed = play(read_scenario(scenario(tmp_path, expect=expect)), database)
    assert [what.split(",")[0].split(" in ")[0] for what in missed] == [
        "Expected status = '02'",
        "Expected a row of dispatch where {'organisation': 'phuong-1'}",
        "Expected 3 rows of dispatch where {}",
        "Expected 1 records 'directive.recalled'",
    ]


def test_what_is_left_open_is_said(tmp_path: Path, database: Database) -> None:
    held = [FILED | {"from": "2024-05-01"}]
    missed = play(read_scenario(scenario(tmp_path, answers=held, until="2024-04-05")), database)
    assert any("Expected no user task to be left, but found in_instruct" in what for what in missed)
    assert any("Expected no instance to be left" in what for what in missed)


def test_an_answer_that_nobody_was_asked_for_is_said(tmp_path: Path, database: Database) -> None:
    missed = play(read_scenario(scenario(tmp_path, answers=[FILED, {"form": "draft_directive", "with": {}}])), database)
    assert missed == ["Expected form 'draft_directive' at '*' to be answered as the scenario says, but nobody was asked."]


def test_a_refusal_that_does_not_come_stops_the_scenario(tmp_path: Path, database: Database) -> None:
    harmless = {"form": "check_incoming", "with": {}, "refused": "không thể"}
    with pytest.raises(StepFailed, match="Expected a refusal that says 'không thể'"):
        play(read_scenario(scenario(tmp_path, answers=[FILED, harmless])), database)


def test_an_answer_that_is_to_be_refused_is_tried_and_then_given_as_usual(tmp_path: Path, database: Database) -> None:
    empty = {"form": "check_incoming", "with": {"decision": None}, "refused": "decision"}
    assert play(read_scenario(scenario(tmp_path, answers=[FILED, empty])), database) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"surprise": 1}, r"only the keys .* but found \['surprise'\]"),
        ({"answers": [{"forms": "x"}]}, r"scenario.json, answers, but found \['forms'\]"),
        ({"expect": [{"tabel": "x"}]}, r"scenario.json, expect, but found \['tabel'\]"),
    ],
)
def test_a_key_that_no_scenario_has_is_refused(tmp_path: Path, change: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        read_scenario(scenario(tmp_path, **change))


def test_a_file_that_is_no_scenario_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "scenario.json"
    path.write_text("{", encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"scenario in JSON at .*scenario\.json"):
        read_scenario(path)


def test_offices_that_are_not_shipped_are_refused() -> None:
    with pytest.raises(InvalidInput, match="found no 'nowhere'"):
        offices("nowhere")


def test_a_directive_that_is_not_there_yet_is_refused_by_its_code(tmp_path: Path, database: Database) -> None:
    starts = [{"at": "2024-04-01", "process": "coordination_monthly", "by": "btg", "role": "clerk", "directive": "99-CV/TU"}]
    with pytest.raises(NotFound, match="99-CV/TU"):
        play(read_scenario(scenario(tmp_path, starts=starts)), database)


def test_an_example_knows_the_day_and_the_names_of_its_case() -> None:
    schema = {"title": "F", "examples": [{"on": "@today+5", "back": ["@today-1"], "unit": "@organisation", "mail": "@nobody"}]}
    filled = example(schema, today=date(2024, 4, 1), names={"organisation": "O1"})
    assert filled == {"on": "2024-04-06", "back": ["2024-03-31"], "unit": "O1", "mail": "@nobody"}


def test_a_form_without_an_example_is_refused() -> None:
    with pytest.raises(InvalidInput, match="Expected an example in the form 'F'"):
        example({"title": "F"}, today=date(2024, 4, 1))
