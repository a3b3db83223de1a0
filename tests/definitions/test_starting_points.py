"""A new diagram begins as a copy of a process or empty; what it may call are the processes that begin when they are called."""

from __future__ import annotations

import pytest

from engine.definitions.design_pages import CheckDesign, ReadDesignFile
from engine.definitions.designs import BeginDesign, RemoveDesignFile
from engine.definitions.source import shipped_sources
from engine.definitions.starting_points import AddDesignFile, ShowStartingPoints, StartingPoints, renamed
from engine.kernel.actor import Actor
from engine.kernel.errors import Denied, InvalidInput, NotFound, Refused
from tests.door.office import Office


@pytest.fixture
def design(office: Office, mine: Actor) -> str:
    return str(office.do(BeginDesign(name="Báo cáo quý"), mine)["design"])


def points(office: Office, mine: Actor, design: str) -> StartingPoints:
    found = office.door.ask(ShowStartingPoints(design=design), mine)
    assert isinstance(found, StartingPoints)
    return found


def errors(office: Office, mine: Actor, design: str) -> list[str]:
    return [finding.message for finding in office.door.ask(CheckDesign(design=design), mine).findings if finding.severity == "error"]


def test_the_five_directive_types_and_what_is_called_are_told_apart_by_how_they_begin(office: Office, mine: Actor, design: str) -> None:
    found = points(office, mine, design)
    types = {each.key for each in found.types}
    assert {"coordination_monthly", "campaign_final", "milestone_chain", "urge_relay", "central_call"} <= types
    calls = {each.key for each in found.calls}
    assert {"directive_intake", "directive_issue", "directive_execute", "directive_track", "directive_close"} <= calls
    assert {"directive_originate", "regular_report"} <= {each.key for each in found.others}
    assert all(each.there for each in (*found.types, *found.calls))
    assert any(each.about for each in found.types)


@pytest.mark.parametrize("template", ["", "coordination_monthly", "milestone_chain", "directive_intake"])
def test_what_a_diagram_begins_as_deploys_as_it_is(office: Office, mine: Actor, design: str, template: str) -> None:
    made = office.do(AddDesignFile(design=design, process="report_quarterly", name='Báo cáo <quý> & "năm"', template=template), mine)
    assert (made["path"], made["edition"]) == ("report_quarterly/report_quarterly.bpmn", 1)
    found = office.door.ask(CheckDesign(design=design), mine)
    assert [finding for finding in found.findings if finding.severity == "error"] == []
    assert "report_quarterly" in found.processes
    text = office.door.ask(ReadDesignFile(design=design, path=made["path"]), mine).text
    assert 'name="Báo cáo &lt;quý&gt; &amp; &quot;năm&quot;"' in text


def test_an_id_a_path_and_a_design_are_one_s_own(office: Office, mine: Actor, design: str) -> None:
    with pytest.raises(Refused, match="Expected the id of a new process"):
        office.do(AddDesignFile(design=design, process="directive_intake", name="Tiếp nhận"), mine)
    with pytest.raises(Refused, match="Expected a path without a file"):
        office.do(AddDesignFile(design=design, process="x", name="X", path="shared/directive_intake.bpmn"), mine)
    with pytest.raises(NotFound, match="Expected a process to begin with"):
        office.do(AddDesignFile(design=design, process="x", name="X", template="nowhere"), mine)
    with pytest.raises(Denied):
        office.do(AddDesignFile(design=design, process="x", name="X"), office.actor("nguoi.ve.2"))


@pytest.mark.parametrize(
    ("process", "name", "path"), [("Báo cáo", "X", ""), ("1x", "X", ""), ("x" * 61, "X", ""), ("x", " ", ""), ("x", "X" * 201, ""), ("x", "X", "x.dmn"), ("x", "X", "../x.bpmn")]
)
def test_what_cannot_be_an_id_a_name_or_a_path_is_said(office: Office, mine: Actor, design: str, process: str, name: str, path: str) -> None:
    with pytest.raises(InvalidInput, match="Expected"):
        office.do(AddDesignFile(design=design, process=process, name=name, path=path), mine)


def test_a_diagram_takes_the_place_of_one_that_the_design_took_away(office: Office, mine: Actor, design: str) -> None:
    path = "central_call/central_call.bpmn"
    office.do(RemoveDesignFile(design=design, path=path, edition=0), mine)
    made = office.do(AddDesignFile(design=design, process="central_call", name="Lời kêu gọi", path=path, template="campaign_final"), mine)
    assert made["edition"] == 2
    assert errors(office, mine, design) == []


def test_only_the_process_is_renamed_not_what_else_is_called_so() -> None:
    drawn = shipped_sources().files["milestone_chain/milestone.bpmn"].decode()
    text = renamed(drawn, "milestone", process="step", name="Bước")
    assert drawn.count('"milestone"') - text.count('"milestone"') == text.count('"step"')
    assert 'key="milestone"' in text or 'name="milestone"' in text or 'value="milestone"' in text
    assert '<bpmn:process id="step" name="Bước"' in text
    assert 'processRef="step"' in text
