"""What an administrator changes: done, recorded with old and new values; refused, with what was typed still there."""

from __future__ import annotations

import json

from sqlalchemy import select

from engine.access.accounts import OpenAccount
from engine.access.passwords import hashed
from engine.directory.posts import Appoint, CreatePost
from engine.history.record import LOG
from engine.kernel.actor import SYSTEM
from engine.storage.schema import (
    account,
    calendar_day,
    history_record,
    holding,
    indicator_set_row,
    organisation,
    organisation_edge,
    password_link,
    person,
    post,
    recipient_group,
    recipient_group_member,
    reporting_regime,
    user_task,
)
from tests.pages import send, signed_in
from tests.web.admin.conftest import Offices
from web.door import EXTENSION

UNIT = "Ban Tuyên giáo Tỉnh ủy Sơn Bình"
WHY = "Quyết định số 12-QĐ/TU"


def last_fact(offices: Offices, action: str) -> dict[str, object]:
    """Return the newest record of an action."""
    query = select(history_record.c.body).where(history_record.c.log == LOG, history_record.c.action == action).order_by(history_record.c.seq.desc())
    return dict(json.loads(bytes(offices.one(query))))


def test_an_organisation_is_entered_and_put_below_another(offices: Offices) -> None:
    above = offices.unit(UNIT)
    made = send(
        offices.client,
        "/admin/organisations/new",
        {"name": "Đảng ủy xã Mường Sương", "code": "du-muong-suong", "symbol": "ĐU", "level": "commune", "valid_from": "01/07/2025", "reason": WHY},
    )
    assert made.status_code == 303
    child = offices.unit("Đảng ủy xã Mường Sương")
    page = f"/admin/organisations/{child}/lines/new"
    line = {"other": UNIT, "direction": "below", "line": "professional", "valid_from": "01/07/2025", "valid_to": "", "reason": WHY}
    assert send(offices.client, page, line).status_code == 303
    assert offices.row(select(organisation_edge).where(organisation_edge.c.child == child)).parent == above
    assert last_fact(offices, "edge.added")["reason"] == {"code": "decided", "text": WHY}


def test_a_body_never_stands_above_itself(offices: Offices) -> None:
    edge = offices.row(select(organisation_edge).where(organisation_edge.c.valid_to.is_(None)).limit(1))
    code = offices.one(select(organisation.c.code).where(organisation.c.id == edge.child))
    page = f"/admin/organisations/{edge.parent}/lines/new"
    answer = send(offices.client, page, {"other": code, "direction": "below", "line": "committee", "valid_from": "01/01/2026", "reason": WHY})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert f'value="{code}"' in answer.text
    assert WHY in answer.text


def test_a_day_that_is_none_is_said_and_everything_typed_stays(offices: Offices) -> None:
    typed = {"name": "Tên đã nhập", "code": "ma-da-nhap", "symbol": "", "level": "cell", "valid_from": "31/02/2025", "reason": WHY}
    answer = send(offices.client, "/admin/organisations/new", typed)
    assert answer.status_code == 422
    assert "31/02/2025” không đọc được thành ngày" in answer.text
    assert 'value="Tên đã nhập"' in answer.text
    assert offices.one(select(organisation.c.id).where(organisation.c.code == "ma-da-nhap")) is None


def test_a_rename_keeps_the_old_name_in_the_history(offices: Offices) -> None:
    unit = offices.unit(UNIT)
    row = offices.row(select(organisation).where(organisation.c.id == unit))
    fields = {"name": "Ban Tuyên giáo và Dân vận", "symbol": row.symbol or "", "level": row.level, "represented_by": "", "reason": WHY}
    assert send(offices.client, f"/admin/organisations/{unit}/change", fields).status_code == 303
    assert last_fact(offices, "organisation.changed")["changes"] == [{"field": "name", "old": UNIT, "new": "Ban Tuyên giáo và Dân vận"}]


def test_a_post_is_made_and_held(offices: Offices) -> None:
    unit = offices.unit(UNIT)
    clerk = offices.seat(unit, "clerk")
    assert send(offices.client, f"/admin/organisations/{unit}/posts/new", {"title": "Phó ban", "roles": ["leader"], "reason": WHY}).status_code == 303
    made = offices.one(select(post.c.id).where(post.c.organisation == unit, post.c.title == "Phó ban"))
    assert "khuyết" in offices.client.get(f"/admin/organisations/{unit}").text
    fields = {"login": clerk.login, "valid_from": "01/12/2026", "valid_to": "", "reason": WHY}
    assert send(offices.client, f"/admin/organisations/{unit}/posts/{made}/appoint", fields).status_code == 303
    held = offices.row(select(holding).where(holding.c.post == made))
    assert (held.person, held.valid_from, held.valid_to) == (clerk.person, "2026-12-01", None)
    again = send(offices.client, f"/admin/organisations/{unit}/posts/{made}/appoint", fields)
    assert again.status_code == 422


def test_the_last_administrator_stays(offices: Offices) -> None:
    seat = offices.seat(offices.one(select(post.c.organisation).join(holding).where(post.c.title == "Quản trị hệ thống")), "admin")
    unit = offices.one(select(post.c.organisation).where(post.c.id == seat.post))
    answer = send(offices.client, f"/admin/organisations/{unit}/holdings/{seat.holding}/end", {"last_day": "20/11/2026", "reason": WHY})
    assert answer.status_code == 422
    assert offices.row(select(holding).where(holding.c.id == seat.holding)).valid_to is None


def test_a_group_gets_a_member_and_loses_it(offices: Offices) -> None:
    group = offices.row(select(recipient_group).limit(1))
    new = offices.row(
        select(organisation)
        .where(organisation.c.id.not_in(select(recipient_group_member.c.organisation).where(recipient_group_member.c.recipient_group == group.id)))
        .limit(1)
    )
    assert send(offices.client, f"/admin/groups/{group.id}/members/new", {"unit": new.code, "reports": "0", "reason": WHY}).status_code == 303
    mine = select(recipient_group_member.c.reports).where(recipient_group_member.c.recipient_group == group.id, recipient_group_member.c.organisation == new.id)
    assert offices.one(mine) == 0
    assert send(offices.client, f"/admin/groups/{group.id}/members/{new.id}/remove", {"reason": WHY}).status_code == 303
    assert offices.one(mine) is None


def test_somebody_is_registered_and_gets_a_link_that_is_shown_once(offices: Offices) -> None:
    fields = {"name": "Lò Thị Mây", "login": "lo.thi.may", "email": "may@example.vn", "reason": WHY}
    assert send(offices.client, "/admin/people/new", fields).status_code == 303
    who = offices.one(select(person.c.id).where(person.c.login == "lo.thi.may"))
    page = f"/admin/people/{who}/password-link"
    answer = send(offices.client, page, {})
    assert answer.status_code == 200
    assert "/password/" in answer.text
    assert offices.one(select(password_link.c.person)) == who
    assert "/password/" not in offices.client.get(page).text
    assert "may@example.vn" not in json.dumps(last_fact(offices, "person.registered"), ensure_ascii=False)


def test_who_leaves_hands_over_and_nothing_is_lost(offices: Offices) -> None:
    unit = offices.unit(UNIT)
    leaver, heir = offices.seat(unit, "specialist"), offices.seat(unit, "clerk")
    page = f"/admin/people/{leaver.person}/departure"
    fields = {f"successor-{leaver.holding}": heir.login, "last_day": "19/11/2026", "tasks": "successor", "reason": WHY}
    mine = select(user_task.c.id).where(user_task.c.assignee == leaver.person, user_task.c.status == "open")
    before = offices.one(mine)
    assert send(offices.client, page, fields).status_code == 303
    assert offices.row(select(holding).where(holding.c.id == leaver.holding)).valid_to == "2026-11-19"
    assert offices.row(select(holding).where(holding.c.post == leaver.post, holding.c.person == heir.person)).valid_from == "2026-11-20"
    assert offices.one(mine) is None
    if before is not None:
        assert offices.row(select(user_task).where(user_task.c.id == before)).status == "open"
    assert last_fact(offices, "person.left")["reason"] == {"code": "departure", "text": WHY}


def test_a_successor_who_is_nobody_is_refused_and_the_page_keeps_what_was_typed(offices: Offices) -> None:
    leaver = offices.seat(offices.unit(UNIT), "specialist")
    fields = {f"successor-{leaver.holding}": "khong.co", "last_day": "30/11/2026", "tasks": "queue", "reason": WHY}
    answer = send(offices.client, f"/admin/people/{leaver.person}/departure", fields)
    assert answer.status_code == 422
    assert 'value="khong.co"' in answer.text
    assert 'value="30/11/2026"' in answer.text
    assert offices.row(select(holding).where(holding.c.id == leaver.holding)).valid_to is None


def test_a_merger_shows_first_what_it_touches(offices: Offices) -> None:
    edge = offices.row(select(organisation_edge).where(organisation_edge.c.line == "professional").limit(1))
    names = {each: offices.one(select(organisation.c.name).where(organisation.c.id == each)) for each in (edge.parent, edge.child)}
    page = f"/admin/organisations/{edge.child}/merge"
    shown = offices.client.get(page, query_string={"successor": names[edge.parent]})
    assert shown.status_code == 200
    assert names[edge.parent] in shown.text
    refused = send(offices.client, f"{page}?successor={edge.parent}", {"successor": edge.parent, "day": "1", "reason": WHY}, to=page)
    assert refused.status_code == 422
    fields = {"successor": edge.parent, "day": "19/11/2026", "reason": WHY}
    assert send(offices.client, "/admin/people/new", fields, to=page).status_code == 303
    assert offices.row(select(organisation).where(organisation.c.id == edge.child)).valid_to == "2026-11-19"


def test_a_substitution_is_recorded_and_ended(offices: Offices) -> None:
    unit = offices.unit(UNIT)
    head, clerk = offices.seat(unit, "leader"), offices.seat(unit, "clerk")
    page = f"/admin/substitutions/new/{unit}"
    fields = {"post": head.post, "substitute": clerk.login, "valid_from": "20/11/2026", "valid_to": "30/11/2026", "limits": ["approve_sign"], "reason": WHY}
    assert send(offices.client, page, fields).status_code == 303
    assert clerk.name in offices.client.get("/admin/substitutions").text
    made = offices.one(select(holding.c.id).where(holding.c.substitute_for.is_not(None)).order_by(holding.c.id.desc()))
    assert send(offices.client, f"/admin/substitutions/{made}/end", {"reason": WHY}).status_code == 303
    assert clerk.name in offices.client.get("/admin/substitutions?when=past").text


def test_a_day_off_is_entered(offices: Offices) -> None:
    fields = {"day": "01/01/2027", "kind": "off", "note": "Tết Dương lịch", "reason": WHY}
    assert send(offices.client, "/admin/calendar/day", fields).status_code == 303
    assert offices.row(select(calendar_day).where(calendar_day.c.day == "2027-01-01")).kind == "off"
    swapped = send(offices.client, "/admin/calendar/day", {"day": "04/01/2027", "kind": "swapped", "note": "làm bù", "reason": WHY})
    assert swapped.status_code == 422


def test_office_hours_are_entered_from_a_day_on(offices: Offices) -> None:
    fields = {"valid_from": "01/12/2026", "hours": "7:00-11:00, 13:00-17:00", "reason": WHY}
    refused = send(offices.client, "/admin/calendar/hours", fields)
    assert (refused.status_code, "7:00-11:00" in refused.text) == (422, True)
    assert send(offices.client, "/admin/calendar/hours", {**fields, "hours": "07:00-11:00, 13:00-17:00"}).status_code == 303
    page = offices.client.get("/admin/calendar").text
    assert "07:00-11:00, 13:00-17:00" in page
    assert page.index("hôm nay") < page.index("01/12/2026")  # until then the hours of before
    assert "07:00-11:00" in offices.client.get("/admin/calendar/hours?from=01/12/2026").text


def test_a_superior_sets_a_due_day_of_its_own_and_takes_it_back(offices: Offices) -> None:
    unit = offices.unit(UNIT)
    fields = {"superior": UNIT, "level": "district", "frequency": "monthly", "due_day": "17", "reason": WHY}
    assert send(offices.client, "/admin/regimes/change", fields).status_code == 303
    row = offices.row(select(reporting_regime).where(reporting_regime.c.superior == unit))
    assert row.due_day == 17
    assert send(offices.client, "/admin/regimes/change", {**fields, "due_day": "40"}).status_code == 422
    assert send(offices.client, f"/admin/regimes/{row.id}/end", {"reason": WHY}).status_code == 303
    assert offices.one(select(reporting_regime.c.id).where(reporting_regime.c.superior == unit)) is None


def test_a_set_of_indicators_is_kept_and_more_rows_lose_nothing(offices: Offices) -> None:
    fields = {"name": "Tuyên truyền", "label": ["Số buổi", ""], "unit": ["buổi", ""], "aggregation": ["sum", "sum"], "reason": WHY}
    more = send(offices.client, "/admin/indicator-sets/new", {**fields, "more": "1"})
    assert 'value="Số buổi"' in more.text
    assert send(offices.client, "/admin/indicator-sets/new", fields).status_code == 303
    row = offices.row(select(indicator_set_row))
    assert (row.key, row.label, row.unit) == ("so_buoi", "Số buổi", "buổi")


def test_a_setting_is_changed_for_a_reason(offices: Offices) -> None:
    assert send(offices.client, "/admin/settings/extensions_max", {"value": "2", "reason": ""}).status_code == 422
    assert send(offices.client, "/admin/settings/extensions_max", {"value": "2", "reason": WHY}).status_code == 303
    assert last_fact(offices, "setting.changed")["changes"] == [{"field": "extensions_max", "old": 1, "new": 2}]


def test_a_register_goes_on_and_a_term_begins(offices: Offices) -> None:
    fields = {"unit": UNIT, "direction": "outgoing", "doc_type": "thông báo", "symbol": "TB/BTGTU", "day": "20/11/2026", "start": "37"}
    assert send(offices.client, "/admin/registers/new", fields).status_code == 303
    assert send(offices.client, "/admin/registers/new", fields).status_code == 422
    term = {"unit": UNIT, "label": "2025-2030", "begins": "01/10/2025"}
    assert send(offices.client, "/admin/registers/term", term).status_code == 303
    assert "2025-2030" in offices.client.get(f"/admin/registers?unit={offices.unit(UNIT)}").text


def test_an_organisation_is_split_with_a_post_and_its_holder(offices: Offices) -> None:
    unit = offices.unit(UNIT)
    seat = offices.seat(unit, "specialist")
    fields = {"name": "Ban Dân vận", "code": "ban-dan-van", "symbol": "BDV", "level": "province", "begins": "01/12/2026", "posts": [seat.post], "reason": WHY}
    alone = send(offices.client, f"/admin/organisations/{unit}/split", fields)
    assert alone.status_code == 422
    assert "không còn ai giữ vai trò chuyên viên" in alone.text
    door, clerk = offices.app.extensions[EXTENSION], offices.seat(unit, "clerk").login
    made = door.execute(CreatePost(organisation=unit, title="Chuyên viên mới", roles=("specialist", "consolidator"), reason=WHY), SYSTEM, key="test:post")
    door.execute(Appoint(post=made["post"], login=clerk, valid_from="2026-12-01", reason=WHY), SYSTEM, key="test:appoint")
    assert send(offices.client, f"/admin/organisations/{unit}/split", fields).status_code == 303
    made = offices.seat(offices.unit("Ban Dân vận"), "specialist")
    assert (made.person, made.title) == (seat.person, seat.title)
    assert offices.row(select(holding).where(holding.c.id == seat.holding)).valid_to == "2026-11-30"


def test_a_split_shows_the_open_work_and_takes_what_is_chosen(offices: Offices) -> None:
    unit = offices.unit(UNIT)
    page = offices.client.get(f"/admin/organisations/{unit}/split").text
    assert "Việc đang mở" in page
    assert "Theo lựa chọn chung" in page
    seat = offices.seat(unit, "specialist")
    fields = {"name": "Ban Dân vận", "code": "ban-dan-van", "symbol": "", "level": "province", "begins": "01/12/2030", "posts": [seat.post], "work": "go", "reason": WHY}
    later = send(offices.client, f"/admin/organisations/{unit}/split", fields)
    assert later.status_code == 422
    assert "Hãy ghi nhận chia tách khi đến ngày." in later.text
    assert '<option value="go" selected>' in later.text
    with offices.database.reading() as connection:
        everybody = list(connection.execute(select(post.c.id).where(post.c.organisation == unit)).scalars())
    moved = offices.one(select(user_task.c.id).where(user_task.c.organisation == unit, user_task.c.status == "open"))
    assert send(offices.client, f"/admin/organisations/{unit}/split", {**fields, "begins": "01/07/2025", "posts": everybody}).status_code == 303
    assert offices.one(select(user_task.c.organisation).where(user_task.c.id == moved)) == offices.unit("Ban Dân vận")
    assert last_fact(offices, "organisation.work_divided")["reason"] == {"code": "split", "text": WHY}


def test_an_account_is_closed_and_opened_again(offices: Offices) -> None:
    seat = offices.seat(offices.unit(UNIT), "specialist")
    opened = OpenAccount(login=seat.login, password_hash=hashed("bốn từ dễ nhớ", login=seat.login))
    offices.app.extensions[EXTENSION].execute(opened, SYSTEM, key="test:open")
    for closed in (True, False):
        assert send(offices.client, f"/admin/people/{seat.person}/account", {"reason": WHY}).status_code == 303
        assert (offices.row(select(account).where(account.c.person == seat.person)).disabled_at is not None) is closed


def test_an_account_closes_on_the_day_after_the_last_one(offices: Offices) -> None:
    seat = offices.seat(offices.unit(UNIT), "specialist")
    opened = OpenAccount(login=seat.login, password_hash=hashed("bốn từ dễ nhớ", login=seat.login), must_change=False)
    offices.app.extensions[EXTENSION].execute(opened, SYSTEM, key="test:open")
    fields = {f"successor-{seat.holding}": "", "last_day": "30/11/2026", "tasks": "queue", "close_account": "1", "reason": WHY}
    theirs = signed_in(offices.app, seat.login)
    assert send(offices.client, f"/admin/people/{seat.person}/departure", fields).status_code == 303
    assert offices.row(select(account).where(account.c.person == seat.person)).disabled_at == "2026-11-30T17:00:00.000Z"  # midnight in Vietnam
    assert theirs.get("/account").status_code == 200


def test_a_leader_sees_and_records_the_substitutions_of_the_own_office_only(offices: Offices) -> None:
    unit, other = offices.unit(UNIT), offices.unit("Tỉnh ủy Sơn Bình")
    head, clerk = offices.seat(unit, "leader"), offices.seat(unit, "clerk")
    leader = signed_in(offices.app, head.login)
    assert leader.get(f"/admin/substitutions/new/{other}").status_code == 403
    assert leader.get("/admin/people").status_code == 403
    fields = {"post": head.post, "substitute": clerk.login, "valid_from": "21/11/2026", "valid_to": "25/11/2026", "reason": WHY}
    assert send(leader, "/admin/substitutions/new", fields, to=f"/admin/substitutions/new/{unit}").status_code == 303
    page = leader.get("/admin/substitutions?when=coming").text
    assert clerk.name in page
    assert "/admin/settings" not in page
