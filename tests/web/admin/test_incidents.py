"""Incidents and effects on their pages: what failed, why, and what is done about it; never what somebody had typed."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import insert, select, update

from engine.kernel.ids import new_id
from engine.storage import UnitOfWork
from engine.storage.schema import effect, incident, instance, organisation
from tests.pages import send
from tests.web.admin.conftest import Offices
from web.door import EXTENSION

WHY = "đã sửa địa chỉ của đơn vị"


@pytest.fixture
def failed(offices: Offices) -> str:
    """An incident of a case: the one that the demonstration holds."""
    return str(offices.one(select(incident.c.id).where(incident.c.resolved_at.is_(None), incident.c.instance.is_not(None))))


@pytest.fixture
def dead(offices: Offices) -> str:
    """An e-mail that was given up."""
    now = offices.app.extensions[EXTENSION].clock.now()
    key = new_id(now)
    row = {"key": key, "element": "", "kind": "email", "channel": "email", "payload": json.dumps({"to": "a@example.vn", "text": "Nội dung riêng"})}
    moments = {"created_at": "2026-11-19T01:00:00.000Z", "roots": "[]", "tells": 0, "status": "dead", "attempts": 8, "error": "the server is away"}
    with UnitOfWork(offices.database) as unit:
        unit.connection.execute(insert(effect).values(**row, **moments))
        unit.commit()
    return key


def test_an_incident_says_what_failed_and_where(offices: Offices, failed: str) -> None:
    row = offices.row(select(incident, organisation.c.name).join(organisation, organisation.c.id == incident.c.organisation).where(incident.c.id == failed))
    listed, shown = offices.client.get("/admin/incidents").text, offices.client.get(f"/admin/incidents/{failed}").text
    assert row.name in listed
    assert row.element in shown
    assert "chờ xử lý" in listed


def test_what_somebody_had_typed_is_not_shown(offices: Offices, failed: str) -> None:
    with UnitOfWork(offices.database) as unit:
        data = json.dumps({"data": {"amount": 7, "entered": {"x": "Lời riêng"}}, "entered": {"narrative": "Lời riêng"}})
        unit.connection.execute(update(incident).where(incident.c.id == failed).values(data=data))
        unit.commit()
    shown = offices.client.get(f"/admin/incidents/{failed}").text
    assert "amount" in shown
    assert "Lời riêng" not in shown


def test_trying_again_takes_a_reason_and_is_recorded(offices: Offices, failed: str) -> None:
    page = f"/admin/incidents/{failed}/retry"
    refused = send(offices.client, page, {"data": '{"a": ', "reason": WHY})
    assert refused.status_code == 422
    assert "không đọc được" in refused.text
    assert WHY in refused.text
    assert send(offices.client, page, {"data": "", "reason": ""}).status_code == 422
    assert send(offices.client, page, {"data": "", "reason": WHY}).status_code == 303
    assert offices.row(select(incident).where(incident.c.id == failed)).next_attempt is not None


def test_passing_over_lets_the_case_go_on(offices: Offices, failed: str) -> None:
    case = offices.row(select(incident).where(incident.c.id == failed)).instance
    before = offices.row(select(instance).where(instance.c.id == case)).ver
    assert send(offices.client, f"/admin/incidents/{failed}/skip", {"result": "", "reason": WHY}).status_code == 303
    assert offices.row(select(instance).where(instance.c.id == case)).ver > before
    assert offices.row(select(incident).where(incident.c.id == failed)).resolution == "skipped"


def test_a_token_is_chosen_from_those_that_there_are(offices: Offices, failed: str) -> None:
    row = offices.row(select(incident).where(incident.c.id == failed))
    page = f"/admin/incidents/{failed}/move"
    assert f'value="{row.token}"' in offices.client.get(page).text
    assert send(offices.client, page, {"token": row.token, "to": "nowhere", "reason": WHY}).status_code == 422


@pytest.mark.parametrize(("what", "status"), [("resend", "open"), ("drop", "dropped")])
def test_an_email_is_sent_again_or_dropped(offices: Offices, dead: str, what: str, status: str) -> None:
    listed = offices.client.get("/admin/effects").text
    assert "đã thôi gửi" in listed
    assert "Nội dung riêng" not in listed
    assert send(offices.client, f"/admin/effects/{dead}/{what}", {"reason": WHY}).status_code == 303
    assert offices.row(select(effect).where(effect.c.key == dead)).status == status


def test_the_first_page_counts_what_failed(offices: Offices, failed: str, dead: str) -> None:
    del failed, dead
    text = offices.client.get("/admin").text
    assert "việc tự động bị lỗi, đang chờ xử lý" in text
    assert "thư điện tử hoặc webhook chưa gửi được" in text
    assert "Không có tiến trình" in text
