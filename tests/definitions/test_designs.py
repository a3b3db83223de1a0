"""A design holds what a designer changes: files apart from those in force, kept by edition, of nobody else."""

from __future__ import annotations

import pytest

from engine.definitions.design_pages import CheckDesign, EnterWorkbench, ReadDesignFile, ShowDesign
from engine.definitions.designs import BeginDesign, DiscardDesign, KeepDesignFile, RemoveDesignFile, RestoreDesignFile
from engine.door import Door
from engine.kernel.actor import Actor
from engine.kernel.errors import Denied, InvalidInput, NotFound, Refused
from tests.door.office import Office

DRAWN = "coordination_monthly/coordination_monthly.bpmn"


def begin(office: Office, actor: Actor, name: str = "Thêm bước thẩm định") -> str:
    return str(office.do(BeginDesign(name=name), actor)["design"])


def keep(office: Office, actor: Actor, design: str, path: str, text: str, edition: int = 0) -> int:
    return int(office.do(KeepDesignFile(design=design, path=path, text=text, edition=edition), actor)["edition"])


def text_of(door: Door, actor: Actor, design: str, path: str = DRAWN) -> str:
    return str(door.ask(ReadDesignFile(design=design, path=path), actor).text)


def states(office: Office, actor: Actor, design: str) -> dict[str, str]:
    return {line.path: line.state for line in office.door.ask(ShowDesign(design=design), actor).files if line.state != "same"}


def test_a_design_begins_as_what_is_in_force(office: Office, mine: Actor) -> None:
    design = begin(office, mine)
    page = office.door.ask(ShowDesign(design=design), mine)
    assert {line.state for line in page.files} == {"same"}
    assert {line.kind for line in page.files} == {"diagram", "form", "decision"}
    found = office.door.ask(ReadDesignFile(design=design, path=DRAWN), mine)
    assert (found.text, found.edition) == (found.in_force, 0)


def test_a_kept_file_is_the_designer_s_alone_until_it_is_deployed(office: Office, mine: Actor, other: Actor) -> None:
    design, theirs = begin(office, mine), begin(office, other)
    changed = text_of(office.door, mine, design).replace("</bpmn:definitions>", "<!-- sửa --></bpmn:definitions>")
    assert keep(office, mine, design, DRAWN, changed) == 1
    assert text_of(office.door, mine, design) == changed
    assert text_of(office.door, other, theirs) != changed
    assert states(office, mine, design) == {DRAWN: "changed"}
    keep(office, other, theirs, DRAWN, changed)
    (line,) = (line for line in office.door.ask(ShowDesign(design=design), mine).files if line.path == DRAWN)
    assert line.others == (("Hà Thị Nét", "Thêm bước thẩm định"),)


def test_an_older_edition_is_not_written_over_a_newer_one(office: Office, mine: Actor) -> None:
    design = begin(office, mine)
    keep(office, mine, design, DRAWN, "<a/>")
    with pytest.raises(Refused, match="kept again meanwhile") as refused:
        keep(office, mine, design, DRAWN, "<b/>")
    assert refused.value.details["edition"] == 1
    assert text_of(office.door, mine, design) == "<a/>"
    assert keep(office, mine, design, DRAWN, "<b/>", edition=1) == 2


def test_nobody_changes_the_design_of_another(office: Office, mine: Actor, other: Actor) -> None:
    design = begin(office, mine)
    with pytest.raises(Denied, match="Copy it to change it"):
        keep(office, other, design, DRAWN, "<a/>")
    with pytest.raises(Denied):
        office.do(DiscardDesign(design=design, reason="x"), other)
    with pytest.raises(Denied):
        begin(office, office.actor("van.thu"))


def test_a_design_that_was_given_up_is_read_and_not_changed(office: Office, mine: Actor) -> None:
    design = begin(office, mine)
    keep(office, mine, design, DRAWN, "<a/>")
    with pytest.raises(InvalidInput, match="Expected a reason"):
        office.do(DiscardDesign(design=design, reason=" "), mine)
    office.do(DiscardDesign(design=design, reason="không cần nữa"), mine)
    assert text_of(office.door, mine, design) == "<a/>"
    with pytest.raises(Refused, match="Begin a new one"):
        keep(office, mine, design, DRAWN, "<b/>", edition=1)
    (line,) = office.door.ask(EnterWorkbench(), mine).designs
    assert (line.status, line.mine) == ("discarded", True)


def test_a_file_is_taken_away_and_comes_back(office: Office, mine: Actor) -> None:
    design = begin(office, mine)
    form = "shared/forms/check_incoming.schema.json"
    office.do(RemoveDesignFile(design=design, path=form, edition=0), mine)
    assert states(office, mine, design) == {form: "removed"}
    with pytest.raises(NotFound):
        text_of(office.door, mine, design, form)
    judged = office.door.ask(CheckDesign(design=design), mine)
    assert any("check_incoming" in finding.message for finding in judged.findings if finding.severity == "error")
    office.do(RestoreDesignFile(design=design, path=form), mine)
    assert states(office, mine, design) == {}


def test_a_check_judges_what_is_being_typed_with_all_that_it_calls(office: Office, mine: Actor) -> None:
    design = begin(office, mine)
    drawn = text_of(office.door, mine, design)
    assert [f for f in office.door.ask(CheckDesign(design=design, path=DRAWN, text=drawn), mine).findings if f.severity == "error"] == []
    broken = office.door.ask(CheckDesign(design=design, path=DRAWN, text=drawn.replace("<bpmn:", "<bmpn:", 1)), mine)
    assert any(finding.severity == "error" and finding.file == DRAWN for finding in broken.findings)
    changed = drawn.replace("</bpmn:definitions>", "<!-- x --></bpmn:definitions>")
    keep(office, mine, design, DRAWN, changed)
    assert office.door.ask(CheckDesign(design=design), mine).processes == ("coordination_monthly",)


@pytest.mark.parametrize("path", ["", "a.txt", "/a.bpmn", "../a.bpmn", "a//b.bpmn", "x.schema.json", "x.dmn", ".git/a.bpmn", "a\n.bpmn", "a" * 300 + ".bpmn"])
def test_a_path_is_that_of_a_diagram_a_form_or_a_table(office: Office, mine: Actor, path: str) -> None:
    design = begin(office, mine)
    with pytest.raises(InvalidInput, match="Expected the path of a diagram"):
        keep(office, mine, design, path, "x")


@pytest.mark.parametrize("path", ["moi.bpmn", "a/b/moi.bpmn", "a/forms/moi.schema.json", "decisions/moi.dmn"])
def test_a_new_file_is_told_apart(office: Office, mine: Actor, path: str) -> None:
    design = begin(office, mine)
    keep(office, mine, design, path, "x")
    assert states(office, mine, design) == {path: "new"}
