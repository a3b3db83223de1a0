"""The editor's page: what the script gets, what it keeps and checks, and a file as text for whatever cannot be drawn."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

import pytest

from engine.definitions.command import DeployDefinitions
from engine.definitions.design_pages import CheckDesign
from engine.definitions.designs import KeepDesignFile, sources_of
from engine.kernel.errors import DefinitionInvalid
from tests.pages import send
from tests.web.workbench.conftest import DRAWN, Designer


def given(designer: Designer, path: str = DRAWN) -> dict[str, Any]:
    page = designer.client.get(f"{designer.room}/diagram", query_string={"path": path})
    assert page.status_code == 200
    found = re.search(r'<script type="application/json" id="modeler-data">(.*?)</script>', page.text, re.DOTALL)
    assert found
    data = json.loads(found[1])
    assert isinstance(data, dict)
    text = re.search(r'<textarea [^>]*id="text"[^>]*>\n(.*?)</textarea>', page.text, re.DOTALL)  # where the script reads the file
    assert text
    return {**data, "text": unescape(text[1])}


def checked(designer: Designer, text: str, path: str = DRAWN) -> list[dict[str, Any]]:
    data = given(designer)
    answer = designer.client.post(data["at"]["check"], json={"path": path, "text": text}, headers={"X-CSRFToken": data["token"]})
    assert answer.status_code == 200
    findings = answer.get_json()["findings"]
    assert isinstance(findings, list)
    return findings


def test_the_page_brings_the_file_what_may_be_chosen_and_the_words(designer: Designer) -> None:
    data = given(designer)
    assert (data["path"], data["edition"], data["mine"], data["kept_at"]) == (DRAWN, 0, True, None)
    assert data["text"].startswith("<?xml")
    assert {"key": "clerk", "title": "Văn thư"} in data["choices"]["roles"]
    assert data["said"]["undo"] == "Hoàn tác"
    assert data["choices"]["where"]["operation"] == ["serviceTask", "businessRuleTask"]


def test_only_style_attributes_are_let_in_beside_what_every_page_may(designer: Designer) -> None:
    page = designer.client.get(f"{designer.room}/diagram", query_string={"path": DRAWN})
    policy = page.headers["Content-Security-Policy"]
    assert "style-src-attr 'unsafe-inline'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe-inline" not in policy.replace("style-src-attr 'unsafe-inline'", "")


def test_a_file_is_kept_by_its_edition_and_an_older_one_is_refused_with_the_newer_number(designer: Designer) -> None:
    data = given(designer)
    headers = {"X-CSRFToken": data["token"]}
    body = {"path": DRAWN, "text": data["text"] + "\n", "edition": 0}
    kept = designer.client.post(data["at"]["keep"], json=body, headers=headers)
    assert (kept.status_code, kept.get_json()["edition"]) == (200, 1)
    late = designer.client.post(data["at"]["keep"], json=body, headers=headers)
    assert (late.status_code, late.get_json()["edition"]) == (409, 1)
    newest = designer.client.get(data["at"]["text"], query_string={"path": DRAWN}).get_json()
    assert (newest["text"], newest["edition"]) == (data["text"] + "\n", 1)
    assert designer.client.post(data["at"]["keep"], json=body).status_code == 400  # without the page's token


def test_a_broken_file_is_shown_as_text_told_by_its_line_and_mended(designer: Designer) -> None:
    designer.door.execute(KeepDesignFile(design=designer.design, path="x.bpmn", text="<a>\n<b>\n</a>", edition=0), designer.actor, key="broken")
    assert given(designer, "x.bpmn")["text"] == "<a>\n<b>\n</a>"
    (finding,) = checked(designer, "<a>\n<b>\n</a>", "x.bpmn")
    assert (finding["rule"], finding["line"], finding["severity"]) == ("xml", 3, "error")
    address = f"{designer.room}/diagram"
    mended = send(designer.client, f"{address}?path=x.bpmn", {"path": "x.bpmn", "edition": 1, "text": "<a>\r\n</a>"}, to=address)
    assert mended.status_code == 303
    assert given(designer, "x.bpmn")["text"] == "<a>\n</a>"


def test_text_that_is_too_late_stays_on_the_page(designer: Designer) -> None:
    for edition in (0, 1):
        designer.door.execute(KeepDesignFile(design=designer.design, path="x.bpmn", text="<a/>", edition=edition), designer.actor, key=f"kept {edition}")
    address = f"{designer.room}/diagram"
    late = send(designer.client, f"{address}?path=x.bpmn", {"path": "x.bpmn", "edition": 1, "text": "<mine/>"}, to=address)
    assert late.status_code == 409
    assert 'role="alert"' in late.text
    assert "&lt;mine/&gt;" in late.text


def test_a_finding_leads_to_the_page_of_its_rule(designer: Designer) -> None:
    data = given(designer)
    (finding,) = checked(designer, data["text"].replace('calledElement="directive_intake"', 'calledElement="nobody"'))
    assert (finding["element"], finding["rule"]) == ("intake", "reference")
    page = designer.client.get(data["at"]["rule"].replace("RULE", finding["rule"]))
    assert page.status_code == 200
    assert data["choices"]["rules"][finding["rule"]][1] in page.text
    assert designer.client.get(data["at"]["rule"].replace("RULE", "none_such")).status_code == 404


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('calledElement="directive_intake"', 'calledElement="nobody"'),
        ('chidao:operation="set_status"', 'chidao:operation="none_such"'),
        ('outcome == "refused"', 'outcome == = "refused"'),
        ('sourceRef="start" targetRef="init"', 'sourceRef="start" targetRef="close"'),
        ('name="Mở hồ sơ công việc"', 'name="Mở hồ sơ"'),
        ('chidao:role="leader"', 'chidao:rolle="leader"'),
    ],
)
def test_what_the_editor_passes_deploys_and_what_it_refuses_does_not(designer: Designer, old: str, new: str) -> None:
    data = given(designer)
    assert old in data["text"]
    text = data["text"].replace(old, new)
    refused = any(finding["severity"] == "error" for finding in checked(designer, text))
    designer.door.execute(KeepDesignFile(design=designer.design, path=DRAWN, text=text, edition=0), designer.actor, key=new)
    with designer.door.database.reading() as connection:
        files = {path: content.hex() for path, content in sources_of(connection, designer.design).files.items()}
    deploy = DeployDefinitions(files=files, reason="thử")
    if refused:
        with pytest.raises(DefinitionInvalid):
            designer.door.execute(deploy, designer.actor, key=f"deploy {new}")
    else:
        assert designer.door.ask(CheckDesign(design=designer.design), designer.actor).processes == ("coordination_monthly",)
        designer.door.execute(deploy, designer.actor, key=f"deploy {new}")


def test_a_second_file_with_the_same_process_and_a_process_that_others_miss_are_told(designer: Designer) -> None:
    text = given(designer)["text"]
    assert [finding["rule"] for finding in checked(designer, text, "coordination_monthly/second.bpmn")] == ["duplicate_process"]
    intake = given(designer, "shared/directive_intake.bpmn")["text"].replace('id="directive_intake"', 'id="other"').replace('"directive_intake"', '"other"')
    missed = {(finding["file"], finding["rule"]) for finding in checked(designer, intake, "shared/directive_intake.bpmn")}
    assert (DRAWN, "reference") in missed


def test_who_designs_nothing_reads_no_diagram(designer: Designer, demo_app: Any, sign_in_to_demo: Any) -> None:
    assert sign_in_to_demo("dothimai.9").get(f"{designer.room}/diagram", query_string={"path": DRAWN}).status_code == 403
    assert designer.client.get(f"{designer.room}/diagram", query_string={"path": "none.bpmn"}).status_code == 404
