"""A design is put in force: at once, after a second person, never over what somebody else deployed unseen; an earlier version comes back."""

from __future__ import annotations

from typing import Any

import pytest

from engine.definitions.design_deployment import DeployDesign, ForeseeDeployment, Foreseen
from engine.definitions.design_pages import ReadDesignFile, ShowDesign
from engine.definitions.designs import BeginDesign, KeepDesignFile
from engine.definitions.proposals import DecideProposal
from engine.definitions.remarks import ListRemarks, SettleRemark, WriteRemark
from engine.definitions.sides import DESIGN, CompareSides
from engine.definitions.versions import PutInForceAgain, ShowVersions, Versions
from engine.directory.settings import DEPLOYMENT_NEEDS_SECOND_PERSON, ChangeSetting
from engine.kernel.actor import Actor
from engine.kernel.errors import DefinitionInvalid, Denied, InvalidInput, NotFound, Refused
from tests.door.office import Office

DRAWN = "urge_relay/urge_relay.bpmn"
PROCESS = "urge_relay"
SHARED = "shared/forms/urge.schema.json"


class Desk:
    """Two designers and what they do."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.mine, self.other = office.actor("nguoi.ve"), office.actor("nguoi.ve.2")

    def text(self, design: str, path: str = DRAWN) -> str:
        return str(self.office.door.ask(ReadDesignFile(design=design, path=path), self.mine).text)

    def design(self, *, name: str = "Đôn đốc", actor: Actor | None = None, new: str = "Đôn đốc (sửa)", path: str = DRAWN) -> str:
        who = actor or self.mine
        design = str(self.office.do(BeginDesign(name=name), who)["design"])
        self.change(design, who, new, path)
        return design

    def change(self, design: str, who: Actor, new: str, path: str = DRAWN) -> None:
        found = self.office.door.ask(ReadDesignFile(design=design, path=path), who)
        text = renamed(found.text, new) if path.endswith(".bpmn") else found.text.replace('"title": "', f'"title": "{new} ', 1)
        self.office.do(KeepDesignFile(design=design, path=path, text=text, edition=found.edition), who)

    def foresee(self, design: str) -> Foreseen:
        found: Foreseen = self.office.door.ask(ForeseeDeployment(design=design), self.mine)
        return found

    def deploy(self, design: str, actor: Actor | None = None, confirmed: str = "") -> dict[str, Any]:
        return self.office.do(DeployDesign(design=design, reason="Theo chỉ đạo.", confirmed=confirmed), actor or self.mine)

    def versions(self, process: str = PROCESS) -> Versions:
        found: Versions = self.office.door.ask(ShowVersions(process=process), self.mine)
        return found

    def numbers(self, process: str = PROCESS) -> list[int]:
        return [each.number for each in self.versions(process).versions]

    def status(self, design: str) -> str:
        return str(self.office.door.ask(ShowDesign(design=design), self.mine).status)

    def second_person(self) -> None:
        self.office.do(ChangeSetting(key=DEPLOYMENT_NEEDS_SECOND_PERSON, value=True, reason="Quy chế."))


def renamed(xml: str, new: str) -> str:
    """Return the drawing with another name of its first task."""
    before, _, rest = xml.partition('Task id="')
    head, _, tail = rest.partition('name="')
    _name, _, behind = tail.partition('"')
    return f'{before}Task id="{head}name="{new}"{behind}'


@pytest.fixture
def desk(office: Office) -> Desk:
    return Desk(office)


def test_it_is_foreseen_which_processes_change_and_how(desk: Desk) -> None:
    found = desk.foresee(desk.design())
    assert [(each.process, each.version, each.again) for each in found.processes] == [(PROCESS, 2, False)]
    (changed,) = found.processes[0].found["elements"]["changed"]
    assert changed["changes"][0]["new"] == "Đôn đốc (sửa)"
    assert (found.overtaken_mark, found.second_person, found.staying) == ("", False, ())


def test_a_design_is_deployed_and_nothing_else_is(desk: Desk) -> None:
    design = desk.design()
    done = desk.deploy(design)
    assert [(each["process"], each["version"]) for each in done["deployed"]] == [(PROCESS, 2)]
    assert (desk.status(design), desk.numbers(), desk.numbers("regular_report")) == ("deployed", [2, 1], [1])
    newest = desk.versions().versions[0]
    assert (newest.by, newest.reason, newest.in_force) == ("Lường Văn Vẽ", "Theo chỉ đạo.", True)


def test_a_changed_form_gives_a_version_to_those_that_use_it(desk: Desk) -> None:
    found = desk.foresee(desk.design(path=SHARED))
    assert [each.process for each in found.processes] == ["urge_send"]
    assert [each["form"] for each in found.processes[0].found["forms"]] == ["urge"]


def test_what_would_not_run_is_not_deployed_and_stays_kept(desk: Desk) -> None:
    design = desk.design()
    desk.office.do(KeepDesignFile(design=design, path=DRAWN, text="<broken", edition=1), desk.mine)
    assert desk.foresee(design).processes == ()
    with pytest.raises(DefinitionInvalid):
        desk.deploy(design)
    assert (desk.status(design), desk.text(design)) == ("open", "<broken")


def test_an_operation_that_no_longer_exists_is_said(desk: Desk) -> None:
    design = desk.design(path="shared/urge_send.bpmn")
    text = desk.text(design, "shared/urge_send.bpmn")
    name = text.partition('operation="')[2].partition('"')[0]
    changed = text.replace(f'operation="{name}"', 'operation="gone_for_good"')
    desk.office.do(KeepDesignFile(design=design, path="shared/urge_send.bpmn", text=changed, edition=1), desk.mine)
    assert any("gone_for_good" in each.message for each in desk.foresee(design).problems)


def test_one_s_own_open_design_is_deployed_with_a_reason(desk: Desk) -> None:
    design = desk.design()
    with pytest.raises(Denied):
        desk.deploy(design, desk.other)
    with pytest.raises(InvalidInput):
        desk.office.do(DeployDesign(design=design, reason=" "), desk.mine)
    desk.deploy(design)
    with pytest.raises(Refused, match="open design"):
        desk.deploy(design)


def test_a_design_that_changes_nothing_is_not_deployed(desk: Desk) -> None:
    design = str(desk.office.do(BeginDesign(name="Trống"), desk.mine)["design"])
    with pytest.raises(Refused, match="changes none"):
        desk.deploy(design)


def test_what_somebody_else_deployed_meanwhile_is_not_overwritten_unseen(desk: Desk) -> None:
    mine, theirs = desk.design(), desk.design(actor=desk.other, new="Đôn đốc (khác)")
    desk.deploy(theirs, desk.other)
    found = desk.foresee(mine)
    (overtaken,) = found.overtaken
    assert (overtaken.path, overtaken.process) == (DRAWN, PROCESS)
    with pytest.raises(Refused, match="changed in force"):
        desk.deploy(mine)
    told = desk.office.door.ask(CompareSides(process=PROCESS, old=overtaken.before, new=overtaken.since), desk.mine)
    assert told.found["elements"]["changed"][0]["changes"][0]["new"] == "Đôn đốc (khác)"
    desk.deploy(mine, confirmed=found.overtaken_mark)
    assert desk.numbers() == [3, 2, 1]


def test_what_was_confirmed_is_what_was_seen(desk: Desk) -> None:
    mine = desk.design()
    desk.deploy(desk.design(actor=desk.other, new="Một"), desk.other)
    seen = desk.foresee(mine).overtaken_mark
    desk.deploy(desk.design(actor=desk.other, new="Hai"), desk.other)
    with pytest.raises(Refused, match="changed in force"):
        desk.deploy(mine, confirmed=seen)


def test_a_second_person_approves(desk: Desk) -> None:
    desk.second_person()
    design = desk.design()
    proposal = desk.deploy(design)["proposal"]
    assert (desk.status(design), desk.numbers()) == ("proposed", [1])
    with pytest.raises(Refused, match="another person"):
        desk.office.do(DecideProposal(proposal=proposal, approve=True, reason="Được."), desk.mine)
    desk.office.do(DecideProposal(proposal=proposal, approve=True, reason="Được."), desk.other)
    newest = desk.versions().versions[0]
    assert (desk.status(design), desk.numbers()) == ("deployed", [2, 1])
    assert (newest.by, newest.approved_by) == ("Lường Văn Vẽ", "Hà Thị Nét")


def test_what_a_second_person_refuses_is_open_again(desk: Desk) -> None:
    desk.second_person()
    design = desk.design()
    desk.office.do(DecideProposal(proposal=desk.deploy(design)["proposal"], approve=False, reason="Chưa rõ."), desk.other)
    assert (desk.status(design), desk.numbers()) == ("open", [1])
    desk.change(design, desk.mine, "Lần hai")
    assert desk.deploy(design)["proposal"]


def test_an_earlier_version_is_put_in_force_again(desk: Desk) -> None:
    desk.deploy(desk.design())
    again = PutInForceAgain(process=PROCESS, version=1, reason="Bản mới sai.")
    assert desk.office.do(again, desk.mine)["deployed"][0]["version"] == 1
    found = desk.versions()
    assert [(each.number, each.in_force, each.reason) for each in found.versions] == [(1, True, "Bản mới sai."), (2, False, "Theo chỉ đạo.")]
    with pytest.raises(Refused, match="not in force"):
        desk.office.do(again, desk.mine)
    with pytest.raises(NotFound):
        desk.office.do(PutInForceAgain(process=PROCESS, version=9, reason="Không có."), desk.mine)


def test_rolling_back_a_process_leaves_those_that_it_calls_as_they_are(desk: Desk) -> None:
    called = "shared/directive_intake.bpmn"
    design = desk.design(path=called)
    assert "coordination_monthly" in {each["process"] for each in desk.deploy(design)["deployed"]}
    desk.office.do(PutInForceAgain(process="coordination_monthly", version=1, reason="Bản mới sai."), desk.mine)
    fresh = str(desk.office.do(BeginDesign(name="Tiếp theo"), desk.mine)["design"])
    assert "Đôn đốc (sửa)" in desk.text(fresh, called)


def test_rolling_back_waits_for_a_second_person_too(desk: Desk) -> None:
    desk.deploy(desk.design())
    desk.second_person()
    proposal = desk.office.do(PutInForceAgain(process=PROCESS, version=1, reason="Bản mới sai."), desk.mine)["proposal"]
    assert desk.numbers() == [2, 1]
    desk.office.do(DecideProposal(proposal=proposal, approve=True, reason="Được."), desk.other)
    assert desk.numbers() == [1, 2]


def test_a_design_is_compared_with_what_is_in_force(desk: Desk) -> None:
    design = desk.design()
    in_force = desk.versions().versions[0].id
    told = desk.office.door.ask(CompareSides(process=PROCESS, old=in_force, new=f"{DESIGN}{design}"), desk.mine)
    assert (told.old.version, told.new.version, told.new.name) == (1, None, "Đôn đốc")
    assert "Đôn đốc (sửa)" in told.new.xml
    assert "Đôn đốc (sửa)" not in told.old.xml
    for old, new in (("nothing", in_force), (in_force, f"{DESIGN}nothing")):
        with pytest.raises(NotFound):
            desk.office.door.ask(CompareSides(process=PROCESS, old=old, new=new), desk.mine)
    desk.office.do(KeepDesignFile(design=design, path=DRAWN, text="<broken", edition=1), desk.mine)
    with pytest.raises(Refused, match="cannot be"):
        desk.office.door.ask(CompareSides(process=PROCESS, old=in_force, new=f"{DESIGN}{design}"), desk.mine)


def test_remarks_are_written_settled_and_kept(desk: Desk) -> None:
    design = desk.design()
    about = WriteRemark(process=PROCESS, element="Gateway_1", text="Có cần bước này?", design=design)
    remark = desk.office.do(about, desk.other)["remark"]
    (found,) = desk.office.door.ask(ListRemarks(design=design), desk.mine)
    assert (found.by, found.text, found.design_name, found.settled_by) == ("Hà Thị Nét", "Có cần bước này?", "Đôn đốc", "")
    desk.office.do(SettleRemark(remark=remark), desk.mine)
    (found,) = desk.office.door.ask(ListRemarks(process=PROCESS), desk.mine)
    assert found.settled_by == "Lường Văn Vẽ"
    with pytest.raises(Refused):
        desk.office.do(SettleRemark(remark=remark), desk.mine)
    with pytest.raises(InvalidInput):
        desk.office.do(WriteRemark(process=PROCESS, element="x", text=" "), desk.mine)
    with pytest.raises(NotFound):
        desk.office.do(WriteRemark(process="none_such", element="x", text="?"), desk.mine)
    with pytest.raises(NotFound):
        desk.office.door.ask(ListRemarks(), desk.mine)
