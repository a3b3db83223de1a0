"""The page of retention: two persons let a closed directive go, a hold keeps it; who may not is not offered it."""

from __future__ import annotations

from functools import partial

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from engine.directives.signed_files import AttachSignedFile
from engine.instances.commands import StartProcess
from engine.kernel.actor import SYSTEM
from engine.kernel.errors import Denied, Refused
from engine.retention.removal import WITHHELD
from engine.storage import Database
from engine.storage.schema import person
from tests.pages import application, send, signed_in
from tests.retention.archive import AUTHORITY, Archive
from tests.states import play_whole
from tests.templates import copied

ROOM, CALL = "/audit/retention", "call_from_the_centre"
called = copied(f"played_{CALL}", partial(play_whole, CALL), kinds=("sqlite",))


@pytest.fixture
def archive(called: Database) -> Archive:
    return Archive(called)


@pytest.fixture
def app(archive: Archive) -> Flask:
    return application(archive.door)


def of(archive: Archive, app: Flask, role: str) -> FlaskClient:
    """Sign in somebody with a role where the files are kept, or anywhere."""
    [root] = archive.roots()
    who = archive.person(role) if role in {"admin", "auditor"} else archive.person(role, archive.keeper(root))
    with archive.database.reading() as connection:
        login = connection.execute(select(person.c.login).where(person.c.id == who.id)).scalar_one()
    return signed_in(app, login)


def test_one_proposes_and_another_lets_it_go(archive: Archive, app: Flask) -> None:
    [root] = archive.roots()
    admin, leader = of(archive, app, "admin"), of(archive, app, "leader")
    assert "Có 1 hồ sơ đã hết thời hạn bảo quản." in admin.get(ROOM).text
    proposed = {"what": "dispose", "directive": root, "authority": AUTHORITY, "reason": "Hết thời hạn."}
    assert "Đã gửi đề nghị tiêu hủy." in send(admin, ROOM, proposed, follow_redirects=True).text
    assert "Người khác quyết định." in admin.get(ROOM).text
    page = leader.get(ROOM).text
    assert "theo 15/QĐ-UBND: Hết thời hạn." in page
    named = page.partition('name="disposal" value="')[2].partition('"')[0]
    done = send(leader, ROOM, {"what": "decide_disposal", "disposal": named, "decision": "approve", "reason": "Đã xét."}, follow_redirects=True).text
    assert "Đã tiêu hủy nội dung" in done
    assert "Có 0 hồ sơ" in done
    assert WITHHELD in leader.get(f"/directives/{root}").text


@pytest.mark.parametrize("page", ["/directives/{root}", "/audit/directives/{root}?reads=1&steps=1", "/audit/directives/{root}/cascade", "/audit/directives/{root}/knowledge", "/audit", ROOM, "/audit/search?text=kinh+phi", "/audit/exceptions"])
def test_the_auditors_pages_stand_where_something_was_disposed_of(archive: Archive, app: Flask, page: str) -> None:
    [root] = archive.roots()
    archive.dispose(root)
    auditor = signed_in(app, "auditor")
    assert auditor.get(page.format(root=root)).status_code == 200


def test_nothing_new_begins_where_something_was_disposed_of(archive: Archive) -> None:
    [root] = archive.roots()
    archive.dispose(root)
    leader = archive.person("leader")
    for command in (StartProcess(process="urge_send", organisation="x", directive=root), AttachSignedFile(directive=root, document="x")):
        with pytest.raises((Denied, Refused)):
            archive.do(command, leader)
    with pytest.raises(Refused, match=r"01-CV/TTĐN was disposed of on 02/01/2080\. Choose another one\."):
        archive.do(StartProcess(process="urge_send", organisation="x", directive=root), SYSTEM)


def test_the_page_of_a_record_that_was_disposed_of_says_so(archive: Archive, app: Flask) -> None:
    [root] = archive.roots()
    archive.dispose(root)
    stub = next(each for each in archive.records() if "disposed" in each)
    assert signed_in(app, "auditor").get(f"/audit/records/{stub['log']}/{stub['seq']}").status_code == 200


def test_what_is_refused_is_said_and_changes_nothing(archive: Archive, app: Flask) -> None:
    [root] = archive.roots()
    admin = of(archive, app, "admin")
    answer = send(admin, ROOM, {"what": "dispose", "directive": root, "authority": AUTHORITY, "reason": " "})
    assert answer.status_code == 400
    assert "Chưa ghi lý do." in answer.text
    answer = send(admin, ROOM, {"what": "hold", "from_day": "hôm qua", "to_day": "", "reason": "x"})
    assert answer.status_code == 400
    assert send(admin, ROOM, {"what": "burn"}).status_code == 400


def test_a_hold_is_set_and_lifted_on_the_page(archive: Archive, app: Flask) -> None:
    [root] = archive.roots()
    admin = of(archive, app, "admin")
    assert "Đã tạm giữ." in send(admin, ROOM, {"what": "hold", "from_day": "01/01/2020", "to_day": "31/12/2030", "reason": "Thanh tra."}, follow_redirects=True).text
    refused = send(admin, ROOM, {"what": "dispose", "directive": root, "authority": AUTHORITY, "reason": "x"})
    assert "Hồ sơ đang bị tạm giữ từ 02/01/2080: Thanh tra." in refused.text
    page = admin.get(ROOM).text
    assert "Mọi việc từ 01/01/2020 đến 31/12/2030" in page
    named = page.partition('name="hold" value="')[2].partition('"')[0]
    assert "Đã bỏ tạm giữ." in send(admin, ROOM, {"what": "lift", "hold": named, "reason": "Đã xong."}, follow_redirects=True).text


def test_an_auditor_reads_and_is_offered_nothing(archive: Archive, app: Flask) -> None:
    assert "<form" not in of(archive, app, "auditor").get(ROOM).text.partition("<main")[2].partition("</main>")[0]
