"""A new diagram: chosen, named and drawn; what was typed stays when it cannot be."""

from __future__ import annotations

from engine.definitions.designs import DiscardDesign
from tests.pages import send
from tests.web.workbench.conftest import Designer


def test_a_new_diagram_is_a_copy_of_a_directive_type_and_is_drawn_at_once(designer: Designer) -> None:
    page = designer.client.get(f"{designer.room}/new")
    assert page.status_code == 200
    assert "Loại văn bản chỉ đạo" in page.text
    added = send(designer.client, f"{designer.room}/new", {"template": "campaign_final", "name": "Đợt cao điểm", "process": "campaign_peak", "path": ""})
    assert added.status_code == 303
    drawn = designer.client.get(added.headers["Location"], follow_redirects=True)
    assert "campaign_peak/campaign_peak.bpmn" in drawn.text
    assert "Đã thêm sơ đồ." in drawn.text


def test_what_cannot_be_added_is_said_and_what_was_typed_stays(designer: Designer) -> None:
    refused = send(designer.client, f"{designer.room}/new", {"template": "campaign_final", "name": "Đợt cao điểm", "process": "Đợt cao điểm", "path": ""})
    assert refused.status_code == 422
    assert "chữ thường không dấu" in refused.text
    assert 'value="Đợt cao điểm"' in refused.text
    assert '<option value="campaign_final" selected>' in refused.text
    taken = send(designer.client, f"{designer.room}/new", {"template": "", "name": "X", "process": "directive_intake", "path": ""})
    assert taken.status_code == 409


def test_the_design_leads_there(designer: Designer) -> None:
    assert f'href="{designer.room}/new"' in designer.client.get(designer.room).text


def test_nobody_adds_to_a_design_that_is_not_there_or_is_over(designer: Designer) -> None:
    assert designer.client.get("/workbench/designs/nothing/new").status_code == 404
    designer.door.execute(DiscardDesign(design=designer.design, reason="thôi"), designer.actor, key="test:over")
    assert designer.client.get(f"{designer.room}/new").status_code == 403
