"""Versions on pages: listed, compared, remarked on, deployed, put in force again, running cases moved; nothing for whoever is not to know."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from engine.definitions.design_deployment import DeployDesign
from engine.definitions.design_pages import ReadDesignFile
from engine.definitions.designs import BeginDesign, KeepDesignFile
from engine.definitions.versions import ShowVersions, Versions
from engine.directory.settings import DEPLOYMENT_NEEDS_SECOND_PERSON, ChangeSetting
from engine.execution.poller import Poller
from engine.kernel.actor import SYSTEM
from tests.definitions.test_design_deployment import renamed
from tests.pages import send, signed_in
from tests.web.statements import counted
from tests.web.workbench.conftest import DRAWN, Designer, designer

__all__ = ["designer"]
SPECIALIST = "dothimai.9"
AUDITOR = "tanthuan.144"
ADMIN = "vangminhquan.143"
PROCESS = "coordination_monthly"
HISTORY = f"/workbench/processes/{PROCESS}"
NONE_SUCH = "018e001b-0000-7000-8000-000000000000"
MOST_STATEMENTS = 60  # of the deployment: all versions of a few processes, never a statement for each case


def change(designer: Designer, new: str = "Tên mới", design: str = "") -> None:
    design = design or designer.design
    found = designer.door.ask(ReadDesignFile(design=design, path=DRAWN), designer.actor)
    command = KeepDesignFile(design=design, path=DRAWN, text=renamed(found.text, new), edition=found.edition)
    designer.door.execute(command, designer.actor, key=f"test:{design}:{new}")


def deploy(designer: Designer, new: str = "Tên khác") -> None:
    """Deploy another design of the same designer."""
    design = str(designer.door.execute(BeginDesign(name=new), designer.actor, key=f"test:begin:{new}")["design"])
    change(designer, new, design)
    designer.door.execute(DeployDesign(design=design, reason="Theo chỉ đạo."), designer.actor, key=f"test:deploy:{new}")


def versions(designer: Designer) -> Versions:
    found: Versions = designer.door.ask(ShowVersions(process=PROCESS), designer.actor)
    return found


def comparison(designer: Designer) -> str:
    newest, before = versions(designer).versions[:2]
    return f"/workbench/compare?process={PROCESS}&old={before.id}&new={newest.id}"


@pytest.fixture
def second_person(designer: Designer) -> None:
    command = ChangeSetting(key=DEPLOYMENT_NEEDS_SECOND_PERSON, value=True, reason="Quy chế.")
    designer.door.execute(command, SYSTEM, key="test:second")


def test_the_versions_of_a_process_are_listed_with_who_and_why(designer: Designer) -> None:
    deploy(designer)
    page = designer.client.get(HISTORY).text
    assert page.index("Phiên bản 2</a>") < page.index("Phiên bản 1</a>")
    assert "Theo chỉ đạo." in page
    assert "đang có hiệu lực" in page
    assert designer.client.get(f"{HISTORY}/versions/1").status_code == 200


def test_a_version_is_put_in_force_again_with_a_reason(designer: Designer) -> None:
    deploy(designer)
    refused = send(designer.client, HISTORY, {"version": "1", "reason": " "}, to=f"{HISTORY}/again")
    assert (refused.status_code, 'id="problem"' in refused.text) == (422, True)
    done = send(designer.client, HISTORY, {"version": "1", "reason": "Bản mới sai."}, to=f"{HISTORY}/again", follow_redirects=True)
    assert "Phiên bản 1 có hiệu lực trở lại" in done.text
    assert versions(designer).versions[0].number == 1


def test_two_versions_are_compared_in_a_table_that_needs_no_script(designer: Designer) -> None:
    deploy(designer)
    page = designer.client.get(comparison(designer)).text
    table = page[page.index('id="differences"') :]
    assert "Tên khác" in table
    assert "đã sửa" in table
    assert '"marks": {"' in page.replace('"marks":{"', '"marks": {"')


def test_a_side_that_cannot_be_read_is_told(designer: Designer) -> None:
    change(designer)
    broken = KeepDesignFile(design=designer.design, path=DRAWN, text="<broken", edition=1)
    designer.door.execute(broken, designer.actor, key="test:broken")
    current = versions(designer).versions[0].id
    page = designer.client.get(f"/workbench/compare?process={PROCESS}&old={current}&new=design:{designer.design}")
    assert (page.status_code, 'id="problem"' in page.text) == (422, True)
    told = designer.client.get(f"{designer.room}/deploy")
    assert (told.status_code, DRAWN in told.text) == (200, True)


def test_a_remark_is_written_and_settled_where_two_are_compared(designer: Designer) -> None:
    deploy(designer)
    address = comparison(designer)
    fields = {"about": f"{PROCESS}/{PROCESS}", "text": "Ai thẩm định?", "back": address, "design": ""}
    written = send(designer.client, address, fields, to="/workbench/remarks", follow_redirects=True)
    assert "Ai thẩm định?" in written.text
    remark = re.search(r"/workbench/remarks/([0-9a-f-]+)/settle", written.text)
    assert remark
    settled = send(designer.client, address, {"back": address}, to=remark[0], follow_redirects=True)
    assert "đã giải quyết" in settled.text
    again = send(designer.client, address, {"back": address}, to=remark[0])
    assert again.status_code == 303


def test_remarks_of_a_design_lead_to_the_drawing_and_keep_what_was_typed(designer: Designer) -> None:
    change(designer)
    address = f"{designer.room}/remarks"
    fields = {"about": f"{PROCESS}/{PROCESS}", "design": designer.design, "back": address}
    refused = send(designer.client, address, {**fields, "text": "x" * 2001}, to="/workbench/remarks")
    assert (refused.status_code, "x" * 2001 in refused.text) == (422, True)
    written = send(designer.client, address, {**fields, "text": "Xem lại."}, to="/workbench/remarks", follow_redirects=True)
    assert f"element={PROCESS}" in written.text
    away = send(designer.client, address, {**fields, "text": "Nữa.", "back": "//elsewhere"}, to="/workbench/remarks")
    assert away.location == HISTORY


def test_a_design_is_deployed_after_it_was_shown_what_changes(designer: Designer) -> None:
    change(designer)
    address = f"{designer.room}/deploy"
    page = designer.client.get(address).text
    assert "Tên mới" in page
    assert "Có phiên bản mới: 2." in page
    done = send(designer.client, address, {"reason": "Theo kết luận."}, follow_redirects=True)
    assert f"Đã triển khai: {PROCESS} 2." in done.text
    assert f"{HISTORY}/migrate" in done.text


def test_what_was_overtaken_is_confirmed_first(designer: Designer) -> None:
    change(designer)
    deploy(designer)
    address = f"{designer.room}/deploy"
    page = designer.client.get(address).text
    mark = re.search(r'name="confirmed" value="([0-9a-f]+)"', page)
    assert mark
    refused = send(designer.client, address, {"reason": "Vì cần."})
    assert (refused.status_code, "Vì cần." in refused.text) == (409, True)
    assert send(designer.client, address, {"reason": "Vì cần.", "confirmed": mark[1]}).status_code == 303


@pytest.mark.usefixtures("second_person")
def test_a_second_person_decides(designer: Designer, demo_app: Flask) -> None:
    change(designer)
    address = f"{designer.room}/deploy"
    send(designer.client, address, {"reason": "Theo kết luận."})
    listed = designer.client.get("/workbench/proposals").text
    proposal = re.search(r"/workbench/proposals/[0-9a-f-]+", listed)
    assert proposal
    own = send(designer.client, proposal[0], {"decision": "approve", "reason": "Được."})
    assert (own.status_code, 'id="problem"' in own.text) == (409, True)
    other = signed_in(demo_app, ADMIN)
    assert "Tên mới" in other.get(proposal[0]).text
    assert send(other, proposal[0], {"decision": "approve", "reason": "Được."}).status_code == 303
    assert [each.number for each in versions(designer).versions] == [2, 1]


def test_running_cases_are_tried_then_moved(designer: Designer) -> None:
    deploy(designer)
    address = f"{HISTORY}/migrate?source=1&to=2"
    page = designer.client.get(address).text
    found = re.search(r"(\d+) trong (\d+) hồ sơ chuyển được", page)
    assert found
    assert int(found[1]) > 0
    refused = send(designer.client, address, {"source": "1", "to": "2", "reason": ""}, to=f"{HISTORY}/migrate")
    assert refused.status_code == 422
    moved = send(designer.client, address, {"source": "1", "to": "2", "reason": "Theo bản mới."}, to=f"{HISTORY}/migrate")
    assert "Đang chuyển" in designer.client.get(moved.location).text
    Poller(designer.door).drain()
    done = designer.client.get(moved.location).text
    assert "Đã xong." in done
    assert f"<dd>{found[1]}</dd>" in done


@pytest.mark.parametrize("query", ["source=x&to=2", "source=1&to=1", "to=99", "source=1&to=2&mapping=alone", "to=9999999999"])
def test_a_plan_that_cannot_be_is_told(designer: Designer, query: str) -> None:
    deploy(designer)
    page = designer.client.get(f"{HISTORY}/migrate?{query}")
    assert page.status_code in {404, 422}


def test_whoever_only_reads_sees_and_changes_nothing(designer: Designer, sign_in_to_demo: Callable[[str], FlaskClient]) -> None:
    change(designer)
    deploy(designer)
    auditor = sign_in_to_demo(AUDITOR)
    for address in (HISTORY, comparison(designer), f"{designer.room}/deploy", f"{designer.room}/remarks", "/workbench/proposals"):
        page = auditor.get(address)
        assert page.status_code == 200
        assert 'name="reason"' not in page.text
    sent = {"version": "1", "reason": "x", "process": PROCESS, "element": "x", "text": "x"}
    for address in (f"{HISTORY}/again", f"{designer.room}/deploy", "/workbench/remarks", f"{HISTORY}/migrate"):
        assert send(auditor, HISTORY, {**sent, "to": "2", "source": "1"}, to=address).status_code == 403


def test_others_find_nothing_here(designer: Designer, sign_in_to_demo: Callable[[str], FlaskClient]) -> None:
    specialist = sign_in_to_demo(SPECIALIST)
    current = versions(designer).versions[0].id
    addresses = (HISTORY, f"{HISTORY}/versions/1", f"/workbench/compare?process={PROCESS}&old={current}&new={current}", f"{designer.room}/deploy",
                 f"{designer.room}/remarks", f"{HISTORY}/migrate", "/workbench/proposals")  # fmt: skip
    assert [specialist.get(address).status_code for address in addresses] == [403] * len(addresses)


@pytest.mark.parametrize(
    "address",
    [
        "/workbench/processes/none_such", "/workbench/processes/none_such/migrate?to=1", f"{HISTORY}/versions/99",
        f"/workbench/compare?process={PROCESS}&old=x&new=y", "/workbench/compare", f"/workbench/designs/{NONE_SUCH}/deploy",
        f"/workbench/designs/{NONE_SUCH}/remarks", f"/workbench/migrations/{NONE_SUCH}", f"/workbench/proposals/{NONE_SUCH}",
    ],
)  # fmt: skip
def test_what_is_not_there_is_not_found(designer: Designer, address: str) -> None:
    assert designer.client.get(address).status_code == 404


def test_nothing_is_changed_without_the_token_of_the_form(designer: Designer) -> None:
    change(designer)
    sent = {"reason": "x", "version": "1", "process": PROCESS, "element": "x", "text": "x", "to": "1"}
    for address in (f"{HISTORY}/again", f"{designer.room}/deploy", "/workbench/remarks", f"{HISTORY}/migrate", f"/workbench/proposals/{NONE_SUCH}"):
        assert designer.client.post(address, data=sent).status_code == 400
    assert [each.number for each in versions(designer).versions] == [1]


def test_pages_take_few_statements(designer: Designer) -> None:
    change(designer)
    deploy(designer)
    for address in (HISTORY, comparison(designer), f"{designer.room}/deploy", f"{designer.room}/remarks", "/workbench/proposals"):
        with counted() as seen:
            assert designer.client.get(address).status_code == 200
        assert len(seen) <= MOST_STATEMENTS, (address, len(seen))
