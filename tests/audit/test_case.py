"""A case as pages show it, on both databases: where it stands, its history, what stands beside a task, comments, stored files."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select

from engine.audit.case_beside import ShowBeside
from engine.audit.case_documents import FetchDocument
from engine.audit.case_graph import draw
from engine.audit.case_page import ShowCase
from engine.bootstrap import open_door
from engine.definitions.source import shipped_sources
from engine.directives.receive import StoreDocument
from engine.door import Door
from engine.instances.comments import WriteComment
from engine.kernel.actor import SYSTEM, Actor
from engine.kernel.errors import Denied, InvalidInput, NotFound
from engine.scenario.scenario import play, read_scenario
from engine.storage import Database
from engine.storage.schema import instance, organisation, person, user_task
from tests.pages import clock_after
from tests.processes.walk import PROCESSES
from tests.states import furnish_offices
from tests.templates import copied

SOURCE = PROCESSES / "coordination_monthly" / "scenarios" / "plain.json"


def write_down(database: Database) -> None:
    """Play the scenarios' offices until a letter is on its way down."""
    furnish_offices(database)
    play(replace(read_scenario(SOURCE), until=date(2024, 4, 9)), database, furnished=True)


under_way = copied("under_way", write_down)


@pytest.fixture
def door(under_way: Database) -> Door:
    return open_door(under_way, clock_after(under_way))


def who(door: Door, login: str) -> Actor:
    with door.database.reading() as connection:
        return Actor.person(connection.execute(select(person.c.id).where(person.c.login == login)).scalar_one(), method="password")


def case(door: Door, code: str) -> str:
    query = select(instance.c.id).join(organisation, organisation.c.id == instance.c.organisation).where(organisation.c.code == code)
    with door.database.reading() as connection:
        return str(connection.execute(query.order_by(instance.c.started_at, instance.c.id).limit(1)).scalar_one())


def test_the_history_tells_who_did_what_in_which_post(door: Door) -> None:
    found = door.ask(ShowCase(instance=case(door, "btg")), who(door, "btg.truong.ban"))
    told = [(each.who, each.title, each.unit, each.name) for each in found.entries if each.action == "task.completed"]
    assert any(title and unit and name == "Cho ý kiến chỉ đạo" for _, title, unit, name in told)
    assert found.entries[-1].action == "instance.started"
    assert [each.seq for each in found.entries] == sorted((each.seq for each in found.entries), reverse=True)
    assert found.head.unit
    assert found.here  # it waits for its superior to close it


def test_older_records_stand_on_a_page_of_their_own(door: Door) -> None:
    actor, about = who(door, "btg.truong.ban"), case(door, "btg")
    found = door.ask(ShowCase(instance=about), actor)
    older = door.ask(ShowCase(instance=about, before=found.entries[2].seq), actor)
    assert older.entries == found.entries[3:]


def test_a_comment_stands_in_the_case_and_in_its_history(door: Door) -> None:
    actor, about = who(door, "btg.truong.ban"), case(door, "btg")
    door.execute(WriteComment(instance=about, text=" Cần nhắc các phường. "), actor, key="one")
    door.execute(WriteComment(instance=about, text=" Cần nhắc các phường. "), actor, key="one")
    found = door.ask(ShowCase(instance=about), actor)
    assert [each.text for each in found.comments] == ["Cần nhắc các phường."]
    assert found.entries[0].action == "comment.written"


def test_who_stands_below_neither_sees_nor_comments(door: Door) -> None:
    below, about = who(door, "phuong.1.bi.thu"), case(door, "btg")
    with pytest.raises(Denied):
        door.ask(ShowCase(instance=about), below)
    with pytest.raises(Denied):
        door.execute(WriteComment(instance=about, text="x"), below, key="two")


def test_who_stands_above_sees_and_does_not_comment(door: Door) -> None:
    above, about = who(door, "btg.truong.ban"), case(door, "phuong-1")
    assert door.ask(ShowCase(instance=about), above).head.unit
    with pytest.raises(Denied):
        door.execute(WriteComment(instance=about, text="x"), above, key="three")


def test_an_empty_comment_is_refused_in_one_sentence(door: Door) -> None:
    with pytest.raises(InvalidInput, match="Expected a comment of 1 to 4,000 characters, but found 0"):
        door.execute(WriteComment(instance=case(door, "btg"), text=" "), who(door, "btg.truong.ban"), key="four")


def test_a_file_that_a_form_names_is_seen_at_the_office_of_the_form(door: Door) -> None:
    actor = who(door, "btg.truong.ban")
    with door.database.reading() as connection:
        unit = connection.execute(select(organisation.c.id).where(organisation.c.code == "btg")).scalar_one()
    digest = door.execute(StoreDocument(organisation=unit, name="a.txt", media_type="text/plain", content=b"a".hex()), SYSTEM, key="file")["sha256"]
    with pytest.raises(NotFound):
        door.ask(FetchDocument(sha256=digest), actor)


def test_a_completed_task_still_shows_its_letter(door: Door) -> None:
    query = select(user_task.c.id).where(user_task.c.form == "leader_instruction", user_task.c.instance == case(door, "btg"))
    with door.database.reading() as connection:
        task = connection.execute(query).scalar_one()
    found = door.ask(ShowBeside(task=task), who(door, "btg.truong.ban"))
    assert (found.letter.code, found.is_open, found.evidence) == ("07-CV/TU", False, None)
    assert found.duty["frequency"] == "monthly"


def test_what_follows_is_sure_only_without_a_condition() -> None:
    drawn = draw({name: content for name, content in shipped_sources().files.items() if name.startswith("shared/regular_report")})
    merged = drawn.following("rr_merge", "regular_report")
    assert [(each.name, each.sure) for each in merged] == [("Soạn mục của văn bản đến sau", False), ("Duyệt, ký", False)]
    assert [(each.name, each.sure) for each in drawn.following("rr_late_write", "regular_report")][-1:] == [("Ghép báo cáo định kỳ", False)]
    assert [(each.name, each.sure) for each in drawn.following("rr_ready", "regular_report")] == [("Ghép báo cáo định kỳ", True)]
    assert all(each.waits for each in drawn.following("rr_issue", "regular_report"))
    assert drawn.following("nothing", "regular_report") == ()


def test_what_follows_behind_the_called_process_is_told_only_where_nothing_follows_in_it() -> None:
    ours = ("coordination_monthly/", "shared/")
    drawn = draw({name: content for name, content in shipped_sources().files.items() if name.startswith(ours) and name.endswith(".bpmn")})
    checked = [each.name for each in drawn.following("in_check", "coordination_monthly")]
    assert (checked[0], "Phân tích, dự thảo" in checked) == ("Đăng ký văn bản đến", False)
    assert "Phân tích, dự thảo" in [each.name for each in drawn.following("in_instruct", "coordination_monthly")]
