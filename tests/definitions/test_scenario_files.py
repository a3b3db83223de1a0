"""Saved scenarios travel with the process files: out as files that `chidao try` reads, in again where they belong, never twice."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine.definitions.designs import BeginDesign
from engine.definitions.dry_run_scenario import read_scenario
from engine.definitions.exporting import Exported, ExportFiles
from engine.definitions.importing import ForeseeImport, Foreseen, ImportFiles
from engine.definitions.scenario_files import foresee_scenario
from engine.definitions.trial_scenarios import DropScenario, known_scenarios
from engine.kernel.actor import Actor
from engine.kernel.errors import Denied, InvalidInput
from tests.definitions.trials import AGREED, FORM, FORM_PATH, PATH, PROCESS, begin, drawn, keep
from tests.door.office import Office

OUT = "legal/scenarios/lanh_dao_dong_y.json"
FILES = {PATH: drawn().encode(), FORM_PATH: FORM.encode()}


@pytest.fixture
def design(office: Office, mine: Actor) -> str:
    return begin(office, mine)


def taken_out(office: Office, mine: Actor, **asked: Any) -> dict[str, bytes]:
    found: Exported = office.door.ask(ExportFiles(**asked), mine)
    assert found.files.keys() <= found.known
    return {path: content for path, content in found.files.items() if path.endswith(".json") and "/scenarios/" in path}


def foreseen(office: Office, mine: Actor, design: str, files: dict[str, bytes], **more: Any) -> Foreseen:
    found: Foreseen = office.door.ask(ForeseeImport(design=design, files=files, **more), mine)
    return found


def names(office: Office) -> list[str]:
    with office.database.reading() as connection:
        return [each.name for each in known_scenarios(connection, PROCESS)]


def test_a_scenario_goes_out_with_its_process_and_comes_back_into_another_design(office: Office, mine: Actor, design: str) -> None:
    identity = keep(office, mine, design, "Lãnh đạo đồng ý", AGREED)
    files = taken_out(office, mine, design=design)
    assert list(files) == [OUT]
    scenario = read_scenario(json.loads(files[OUT]))
    assert (scenario.name, scenario.process) == ("Lãnh đạo đồng ý", PROCESS)
    assert list(taken_out(office, mine, design=design, processes=(PROCESS,))) == [OUT]
    assert taken_out(office, mine, design=design, processes=("assignment_work",)) == {}
    assert taken_out(office, mine) == {}  # the process is not in force
    office.do(DropScenario(scenario=identity), mine)
    another = str(office.do(BeginDesign(name="Bản khác"), mine)["design"])
    found = foreseen(office, mine, another, {**FILES, **files})
    assert {line.path: (line.state, line.taken, line.problem) for line in found.lines}[OUT] == ("new", True, "")
    told = [{"path": line.path, "text": line.file.text, "edition": line.edition} for line in found.lines]
    assert OUT in office.do(ImportFiles(design=another, files=told), mine)["kept"]
    assert names(office) == ["Lãnh đạo đồng ý"]
    assert taken_out(office, mine, design=another) == files  # byte for byte
    again = foreseen(office, mine, another, {**FILES, **files})
    assert {line.state for line in again.lines} == {"same"}


def test_a_scenario_of_the_same_name_takes_the_place_of_the_saved_one(office: Office, mine: Actor, design: str) -> None:
    keep(office, mine, design, "Lãnh đạo đồng ý", AGREED)
    plain = json.loads(taken_out(office, mine, design=design)[OUT])
    text = json.dumps({**plain, "note": "Khác"}, ensure_ascii=False)
    (line,) = foreseen(office, mine, design, {"elsewhere.json": text.encode()}).lines
    assert (line.path, line.state) == ("shared/scenarios/elsewhere.json", "replaces")
    office.do(ImportFiles(design=design, files=[{"path": line.path, "text": text, "edition": 0}]), mine)
    assert names(office) == ["Lãnh đạo đồng ý"]
    assert json.loads(taken_out(office, mine, design=design)[OUT])["note"] == "Khác"


def test_two_names_that_make_one_file_name_are_two_files(office: Office, mine: Actor, design: str) -> None:
    for name in ("Đồng ý", "đồng-ý", "…"):
        keep(office, mine, design, name, AGREED)
    assert sorted(taken_out(office, mine, design=design)) == [f"legal/scenarios/{stem}.json" for stem in ("dong_y", "dong_y_2", "scenario")]


def test_a_shipped_scenario_is_there_already_and_a_play_of_an_office_is_none(office: Office, mine: Actor, design: str) -> None:
    with office.database.reading() as connection:
        shipped = known_scenarios(connection, "assignment_work")[0]
    files = {shipped.id: json.dumps(shipped.plain).encode(), "shared/scenarios/play.json": b'{"offices": [], "steps": []}'}
    found = foreseen(office, mine, design, files)
    assert [(line.path, line.state, line.taken) for line in found.lines] == [(shipped.id, "same", False)]
    assert found.others == ("shared/scenarios/play.json",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"process": "nothing", "steps": []}', "does not have"),
        ('{"process": "legal", "steps": [], "colour": 1}', "only the keys"),
        ('{"process": "legal", "steps": [], "steps": []}', "twice"),
        ('{"process": "", "steps": []}', "Expected the process in the scenario"),
        ('{"process": "legal", "steps": [{"complete": "check", "with": 1}]}', "as an object"),
        ('{"process": "legal", "steps": [1]}', "Expected a step"),
    ],
)
def test_a_scenario_that_cannot_be_taken_says_why_at_its_file(office: Office, mine: Actor, design: str, text: str, said: str) -> None:
    (line,) = foreseen(office, mine, design, {"legal/scenarios/a.json": text.encode()}).lines
    assert said in line.problem
    assert not line.taken
    with office.database.reading() as connection:
        assert foresee_scenario(connection, "a.json", text, {"legal"})[1] == line.problem.replace("legal/scenarios/a.json", "a.json")


def test_only_who_draws_the_design_brings_scenarios_and_nothing_is_saved_when_one_cannot_be(office: Office, mine: Actor, design: str) -> None:
    good = {"path": "legal/scenarios/a.json", "text": '{"name": "Một", "process": "legal", "steps": []}', "edition": 0}
    with pytest.raises(Denied):
        office.do(ImportFiles(design=design, files=[good]), office.actor("nguoi.ve.2"))
    with pytest.raises(InvalidInput, match="Expected the process"):
        office.do(ImportFiles(design=design, files=[good, {**good, "path": "b.json", "text": '{"steps": []}'}]), mine)
    assert names(office) == []
