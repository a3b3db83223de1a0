"""The page that takes what somebody else deployed into a design, and the forms that withdraw a process and let it begin again."""

from __future__ import annotations

import re
from collections.abc import Callable

from flask.testing import FlaskClient

from engine.definitions.design_deployment import DeployDesign
from engine.definitions.design_pages import ReadDesignFile
from engine.definitions.designs import BeginDesign, KeepDesignFile
from engine.definitions.versions import ShowVersions, Versions
from tests.definitions.test_merging import inserted
from tests.pages import send
from tests.web.versions.test_versions import AUDITOR, HISTORY, PROCESS, SPECIALIST, change, deploy
from tests.web.workbench.conftest import DRAWN, Designer, designer

__all__ = ["designer"]
RUNNING = f"/workbench/processes/{PROCESS}/running"
GONE = "không mở hồ sơ mới"
DANGLES = "chưa có đường nối vào"


def told(designer: Designer) -> Versions:
    found: Versions = designer.door.ask(ShowVersions(process=PROCESS), designer.actor)
    return found


def merge(designer: Designer, **choices: str) -> tuple[int, str]:
    """Choose for each collision, send the form, and return what came of it."""
    address = f"{designer.room}/merge?path={DRAWN}"
    page = designer.client.get(address).text
    hidden = dict(re.findall(r'type="hidden" name="(path|edition|in_force)" value="([^"]*)"', page))
    answer = send(designer.client, address, {**hidden, **{f"choice.{key}": side for key, side in choices.items()}}, to=f"{designer.room}/merge")
    return answer.status_code, answer.text


def insert(designer: Designer, step: str, design: str) -> None:
    """Put a step before the intake, in a design."""
    found = designer.door.ask(ReadDesignFile(design=design, path=DRAWN), designer.actor)
    drawn = inserted(found.text, step, "flow_init_intake", name=step)
    designer.door.execute(KeepDesignFile(design=design, path=DRAWN, text=drawn, edition=found.edition), designer.actor, key=f"test:{step}")


def text(designer: Designer) -> str:
    return str(designer.door.ask(ReadDesignFile(design=designer.design, path=DRAWN), designer.actor).text)


def test_what_was_overtaken_leads_to_the_page_on_which_one_chooses(designer: Designer) -> None:
    change(designer, "Tên của tôi")
    deploy(designer, "Tên khác")
    for page in (f"{designer.room}/deploy", designer.room):
        assert f"{designer.room}/merge?path=" in designer.client.get(page).text
    page = designer.client.get(f"{designer.room}/merge?path={DRAWN}").text
    (key,) = set(re.findall(r'name="choice\.([^"]+)"', page))
    assert "Tên của tôi" in page
    assert "Tên khác" in page
    assert DANGLES not in page
    assert "checked" not in page  # nobody is led to a choice
    status, refused = merge(designer)
    assert (status, 'id="problem"' in refused) == (422, True)
    assert merge(designer, **{key: "theirs"})[0] == 303
    assert "Tên khác" in text(designer)
    assert "Không có gì để gộp" in designer.client.get(f"{designer.room}/merge?path={DRAWN}").text


def test_whoever_put_a_step_where_somebody_else_did_is_told_that_one_has_to_be_connected(designer: Designer) -> None:
    insert(designer, "tham_dinh", designer.design)
    other = str(designer.door.execute(BeginDesign(name="Khác"), designer.actor, key="test:other")["design"])
    insert(designer, "xem_lai", other)
    designer.door.execute(DeployDesign(design=other, reason="Theo chỉ đạo."), designer.actor, key="test:deploy")
    assert DANGLES in designer.client.get(f"{designer.room}/merge?path={DRAWN}").text
    assert merge(designer, flow_init_intake="theirs")[0] == 303
    assert ('targetRef="xem_lai"' in text(designer), 'id="tham_dinh"' in text(designer)) == (True, True)  # nothing is lost


def test_what_was_deployed_meanwhile_is_looked_at_again(designer: Designer) -> None:
    change(designer, "Tên của tôi")
    deploy(designer, "Tên khác")
    address = f"{designer.room}/merge?path={DRAWN}"
    page = designer.client.get(address).text
    (key,) = set(re.findall(r'name="choice\.([^"]+)"', page))
    hidden = dict(re.findall(r'type="hidden" name="(path|edition|in_force)" value="([^"]*)"', page))
    deploy(designer, "Tên khác nữa")
    answer = send(designer.client, address, {**hidden, f"choice.{key}": "mine"}, to=f"{designer.room}/merge")
    assert (answer.status_code, 'id="problem"' in answer.text) == (409, True)
    assert "Tên của tôi" in text(designer)


def test_others_may_look_but_not_merge(designer: Designer, sign_in_to_demo: Callable[[str], FlaskClient]) -> None:
    change(designer)
    deploy(designer)
    address = f"{designer.room}/merge?path={DRAWN}"
    auditor = sign_in_to_demo(AUDITOR)
    assert (auditor.get(address).status_code, 'name="edition"' in auditor.get(address).text) == (200, False)
    assert send(auditor, HISTORY, {"path": DRAWN, "edition": "1"}, to=f"{designer.room}/merge").status_code == 403
    assert sign_in_to_demo(SPECIALIST).get(address).status_code == 403
    assert designer.client.get(f"{designer.room}/merge?path=none.bpmn").status_code == 404
    assert designer.client.post(f"{designer.room}/merge", data={"path": DRAWN}).status_code == 400  # without the token of the form


def test_a_process_is_withdrawn_with_a_day_and_a_reason_and_let_begin_again(designer: Designer) -> None:
    page = designer.client.get(HISTORY).text
    today = re.search(r'name="from_day"[^>]* value="([^"]+)"', page)
    assert today
    for wrong in ({"from_day": "32/13/2026", "reason": "Có bản mới."}, {"from_day": today[1], "reason": " "}, {"from_day": "01/01/2020", "reason": "Có bản mới."}):
        refused = send(designer.client, HISTORY, wrong, to=f"{HISTORY}/withdraw")
        assert (refused.status_code, 'id="problem"' in refused.text, wrong["from_day"] in refused.text) == (422, True, True)
    done = send(designer.client, HISTORY, {"from_day": today[1], "reason": "Có bản mới."}, to=f"{HISTORY}/withdraw", follow_redirects=True)
    assert "Đã ngừng áp dụng từ" in done.text
    assert "Có bản mới." in done.text
    assert GONE in designer.client.get(RUNNING).text
    assert f"không mở hồ sơ từ {today[1]}" in designer.client.get("/workbench").text
    again = send(designer.client, HISTORY, {"reason": "Vẫn cần."}, to=f"{HISTORY}/resume", follow_redirects=True)
    assert "được áp dụng trở lại" in again.text
    assert told(designer).withdrawn_from is None
    assert GONE not in designer.client.get(RUNNING).text


def test_only_designers_withdraw(designer: Designer, sign_in_to_demo: Callable[[str], FlaskClient]) -> None:
    auditor = sign_in_to_demo(AUDITOR)
    assert 'name="from_day"' not in auditor.get(HISTORY).text
    for what in ("withdraw", "resume"):
        assert send(auditor, HISTORY, {"from_day": "01/01/2099", "reason": "x"}, to=f"{HISTORY}/{what}").status_code == 403
    assert told(designer).withdrawn_from is None
