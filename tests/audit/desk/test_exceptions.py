"""Exceptions are found in the sealed records, by kind, in the period and the remit that were asked for; a review of them is recorded."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from engine.audit.desk.exceptions import Exceptions, Found, ShowExceptions
from engine.audit.desk.review import ListReviews, RecordReview
from engine.audit.desk.rules import KINDS
from engine.audit.verifying import RecordVerification
from engine.directory.directory_import import ImportDirectory
from engine.directory.settings import ChangeSetting
from engine.directory.substitution import RecordSubstitution
from engine.history.log import append
from engine.history.record import ACCESS_LOG, Change, Circumstances, Fact, Subject, opened
from engine.kernel.actor import Actor
from engine.kernel.clock import stamp
from engine.kernel.errors import Denied, InvalidInput
from engine.kernel.ids import new_id
from engine.storage import Database, UnitOfWork
from engine.storage.schema import history_record, post, user_task
from tests.access.test_separation import drafted
from tests.door.office import Office

AUDITORS = "login,name,organisation,title,roles\nkiem.tra,Hà Văn Kiểm,tinh,Kiểm tra viên,auditor\nkiem.tra.2,Lý Thị Tra,phuong,Kiểm tra viên,auditor\n"
WHY = {"code": "decided", "text": "Theo ý kiến Thường trực."}


@pytest.fixture
def office(deployed_database: Database) -> Office:
    """The office with an auditor of all of it, and one of a ward."""
    found = Office(deployed_database).deploy()
    found.do(ImportDirectory(kind="people", text=AUDITORS, file="people.csv"))
    return found


def tell(office: Office, action: str, *, about: tuple[str, str] = ("task", "x"), login: str = "", delegation: dict[str, Any] | None = None, **more: Any) -> int:
    """Seal a record as a command would; return its number."""
    changes = tuple(Change(field=name, old=old, new=new) for name, (old, new) in more.pop("changed", {}).items())
    fact = Fact(action=action, subject=Subject(type=about[0], id=about[1]), changes=changes, **more)
    now = office.clock.now()
    who = {"type": "person", "id": office.actor(login).id, "name": login, "post": "p", "unit": office.unit("btg")} if login else {"type": "system", "id": "system", "name": "system", "post": None}
    seen = Circumstances(recorded_at=stamp(now), actor=who, on_behalf_of=None, delegation=delegation, auth={"method": "test"}, policy="test", command=new_id(now), correlation="x")
    with UnitOfWork(office.database) as unit:
        (receipt,) = append(unit.connection, [fact], seen, [new_id(now)])
        unit.commit()
    return receipt.seq


def look(office: Office, login: str = "kiem.tra", **asked: Any) -> Exceptions:
    found: Exceptions = office.door.ask(ShowExceptions(**asked), office.actor(login))
    return found


def of(office: Office, kind: str, **asked: Any) -> list[Found]:
    """The exceptions of one kind; that they are on the page of the kind and nothing else is."""
    found = look(office, kind=kind, **asked)
    assert {each.kind for each in found.rows} <= {kind}
    assert found.looked.counts[kind] == found.total
    return list(found.rows)


def test_a_report_that_came_late_and_work_that_was_overdue_are_found_and_the_others_not(office: Office) -> None:
    late = tell(office, "report.submitted", about=("report", "a"), changed={"late": (None, True)})
    tell(office, "report.submitted", about=("report", "b"), changed={"late": (None, False)})
    overdue = tell(office, "assignment.overdue", about=("assignment", "c"))
    assert {each.seq for each in of(office, "late")} == {late, overdue}


def test_a_day_that_was_moved_after_it_had_passed_is_found_and_one_that_was_moved_in_time_is_not(office: Office) -> None:
    moved = tell(office, "assignment.due_changed", about=("assignment", "a"), changed={"due_at": ("2024-03-29", "2024-04-20")}, reason=WHY)
    tell(office, "assignment.due_changed", about=("assignment", "b"), changed={"due_at": ("2024-04-01", "2024-04-20")}, reason=WHY)
    asked = tell(office, "extension.requested", changed={"late": (None, 1), "old_due": (None, "2024-03-29"), "new_due": (None, "2024-04-20")}, reason=WHY)
    found = {each.seq: each.told for each in of(office, "extended")}
    assert found == {moved: {"old": "2024-03-29", "new": "2024-04-20", "asked": False}, asked: {"old": "2024-03-29", "new": "2024-04-20", "asked": True}}


def test_what_was_returned_often_is_told_once_with_how_often_also_before_the_period(office: Office) -> None:
    for _ in range(2):
        tell(office, "report.returned", about=("report", "often"), reason=WHY)
    tell(office, "report.returned", about=("report", "once"), reason=WHY)
    office.clock.advance_to(office.clock.now() + timedelta(days=30))
    last = tell(office, "report.returned", about=("report", "often"), reason=WHY)
    assert [(each.seq, each.told) for each in of(office, "returned", returns=3)] == [(last, {"times": 3})]
    assert [(each.seq, each.told) for each in of(office, "returned", since="2024-05-01", returns=2)] == [(last, {"times": 3})]
    assert of(office, "returned", returns=4) == []
    assert {each.told["times"] for each in of(office, "returned", returns=1)} == {1, 3}


def test_an_exempted_act_and_a_forbidden_pair_that_somebody_let_through_are_found(database: Database) -> None:
    office = drafted(database)
    office.do(ImportDirectory(kind="people", text=AUDITORS, file="people.csv"))
    earlier = tell(office, "task.completed", about=("task", "drafted"), login="pho.ban")
    tell(office, "task.completed", about=("task", "to sign"), login="lanh.dao")
    assert of(office, "both_sides") == []
    later = tell(office, "task.completed", about=("task", "to sign"), login="pho.ban")
    assert [(each.seq, each.told["rule"], each.told["earlier"]) for each in of(office, "both_sides")] == [(later, "author, approver", earlier)]
    exempted = tell(office, "task.completed", about=("task", "to sign"), login="pho.ban", changed={"exempted": (None, "author, approver: single_holder")})
    assert {each.seq: each.told.get("exempted") for each in of(office, "both_sides")} == {later: None, exempted: "author, approver: single_holder"}


def test_a_forbidden_pair_is_found_through_a_loop_and_for_whomever_it_was_done(database: Database) -> None:
    office = drafted(database)
    office.do(ImportDirectory(kind="people", text=AUDITORS, file="people.csv"))
    with database.reading() as connection:
        row = connection.execute(user_task.select().where(user_task.c.id == "to sign")).one()
    office.change(user_task.insert().values(**{**row._mapping, "id": "to sign again"}))
    tell(office, "task.completed", about=("task", "drafted"), login="pho.ban")
    days = {"valid_from": "2024-01-01", "valid_to": "2030-01-01"}
    given = {"id": "s", "mark": "K/T", "for": {"id": "p", "name": "Trần Văn Nam"}, **days}
    again = tell(office, "task.completed", about=("task", "to sign again"), login="pho.ban", delegation=given)
    assert [each.seq for each in of(office, "both_sides")] == [again]


def test_who_proposed_and_approved_is_found(office: Office) -> None:
    tell(office, "proposal.made", about=("proposal", "a"), login="lanh.dao", reason=WHY)
    tell(office, "proposal.approved", about=("proposal", "a"), login="bi.thu", reason=WHY)
    assert of(office, "both_sides") == []
    approved = tell(office, "proposal.approved", about=("proposal", "a"), login="lanh.dao", reason=WHY)
    assert [each.seq for each in of(office, "both_sides")] == [approved]


def test_an_act_outside_the_days_of_a_substitution_is_found_and_one_within_them_is_not(office: Office) -> None:
    given = {"id": "s", "mark": "K/T", "for": {"id": "p", "name": "Trần Văn Nam"}, "valid_from": "2024-03-01"}
    tell(office, "task.completed", login="chuyen.vien", delegation={**given, "valid_to": "2024-04-01"})
    ended = tell(office, "task.completed", login="chuyen.vien", delegation={**given, "valid_to": "2024-03-31"})
    [found] = of(office, "substitution")
    assert (found.seq, found.told) == (ended, {"from": "2024-03-01", "to": "2024-03-31", "for": "Trần Văn Nam"})


def test_who_tried_to_act_after_a_substitution_is_found_apart_from_others_who_may_not(office: Office) -> None:
    with office.database.reading() as connection:
        seat = str(connection.execute(select(post.c.id).where(post.c.title == "Trưởng ban")).scalar_one())
    today: dict[str, Any] = {"valid_from": "2024-04-01", "valid_to": "2024-04-01", "limits": (), "reason": "Đi công tác."}
    office.do(RecordSubstitution(post=seat, substitute="chuyen.vien", **today), office.actor("lanh.dao"))
    office.clock.advance_to(office.clock.now() + timedelta(days=3))
    with pytest.raises(Denied, match="within the substitution"):
        office.do(RecordSubstitution(post=seat, substitute="van.thu", **today), office.actor("chuyen.vien"))
    with pytest.raises(Denied):
        office.do(ChangeSetting(key="extensions_max", value=3, reason="x"), office.actor("van.thu"))
    assert [(each.action, each.told) for each in of(office, "substitution")] == [("substitution.record", {"tried": True})]
    assert [each.action for each in of(office, "denied")] == ["setting.change"]


def test_a_day_that_was_stated_too_early_is_found_and_one_of_today_is_not(office: Office) -> None:
    early = tell(office, "document.registered", about=("directive", "a"), changed={"arrival_date": (None, "2024-03-30")})
    tell(office, "document.registered", about=("directive", "b"), changed={"arrival_date": (None, "2024-04-01")})
    stated = tell(office, "activity.noted", about=("assignment", "c"), occurred_at="2024-03-20T01:00:00.000Z", occurred_source="stated")
    found = {each.seq: each.told for each in of(office, "backdated")}
    assert found == {early: {"field": "arrival_date", "stated": "2024-03-30"}, stated: {"field": "occurred_at", "stated": "2024-03-20"}}


def test_acts_of_administration_what_was_erased_and_a_clock_that_was_set_are_found(office: Office) -> None:
    before = {each.seq for each in of(office, "administration")}
    office.do(ChangeSetting(key="extensions_max", value=3, reason="Theo quy chế."))
    [changed] = [each for each in of(office, "administration") if each.seq not in before]
    assert (changed.action, changed.reason) == ("setting.changed", "Theo quy chế.")
    erased = tell(office, "value.erased", about=("value", "v"), reason=WHY)
    set_back = tell(office, "clock.stepped", about=("clock", "clock"), changed={"offset_ms": (None, -3_600_000)})
    assert [each.seq for each in of(office, "erased")] == [erased]
    assert [(each.seq, each.told["offset_ms"]) for each in of(office, "clock")] == [(set_back, -3_600_000)]


def test_a_long_time_without_a_check_or_a_review_is_a_gap_until_it_is_made(office: Office) -> None:
    assert look(office).looked.gaps == []
    office.clock.advance_to(office.clock.now() + timedelta(days=40))
    assert {(each.what, each.days, each.ended) for each in look(office).looked.gaps} == {("verification", 40, None), ("review", 40, None)}
    logs = ({"log": "chidao/log1", "records": 5, "since": 0, "good": 5, "findings": 0},)
    office.do(RecordVerification(result="unchecked", levels=(1,), logs=logs, findings=(), missing=("x",)))
    assert {each.ended for each in look(office).looked.gaps} == {None}
    office.do(RecordVerification(result="intact", levels=(1,), logs=logs, findings=(), missing=()))
    office.do(RecordReview(kind="", since="", until="", returns=2), office.actor("kiem.tra"))
    assert all(each.ended for each in look(office).looked.gaps)


def test_only_the_period_is_looked_at_both_days_included(office: Office) -> None:
    first = tell(office, "assignment.overdue", about=("assignment", "a"))
    office.clock.advance_to(office.clock.now() + timedelta(days=10))
    second = tell(office, "assignment.overdue", about=("assignment", "b"))
    assert [each.seq for each in of(office, "late", until="2024-04-10")] == [first]
    assert [each.seq for each in of(office, "late", since="2024-04-11")] == [second]
    assert [each.seq for each in of(office, "late", since="2024-04-01", until="2024-04-11")] == [second, first]
    assert of(office, "late", since="2024-04-02", until="2024-04-10") == []


@pytest.mark.parametrize("asked", [{"since": "2024-04-02", "until": "2024-04-01"}, {"since": "hôm qua"}, {"since": "0001-01-01"}, {"until": "9999-12-31"}, {"kind": "nothing"}])
def test_a_period_or_a_kind_that_is_none_is_told(office: Office, asked: dict[str, str]) -> None:
    with pytest.raises(InvalidInput, match="Expected"):
        look(office, **asked)


def test_an_auditor_sees_only_the_remit_and_others_nothing(office: Office) -> None:
    others = tell(office, "account.opened", about=("person", "a"), login="lanh.dao")
    theirs = tell(office, "assignment.overdue", about=("organisation", office.unit("phuong")))
    assert {each.seq for each in look(office, "kiem.tra.2").rows if each.seq >= others} == {theirs}
    assert {each.seq for each in look(office).rows if each.seq >= others} == {theirs, others}
    with pytest.raises(Denied):
        look(office, "lanh.dao")


def test_a_look_is_recorded_with_what_for(office: Office) -> None:
    auditor = office.actor("kiem.tra")
    office.door.ask(ShowExceptions(), Actor.person(auditor.id, purpose="Kiểm tra quý II"))
    with office.database.reading() as connection:
        query = history_record.select().where(history_record.c.log == ACCESS_LOG).order_by(history_record.c.seq.desc())
        newest = opened(connection.execute(query.limit(1)).one().body)
    assert (newest["action"], newest["reason"]) == ("audit.see", {"code": "purpose", "text": "Kiểm tra quý II"})


def test_a_review_tells_what_was_looked_at_how_much_and_up_to_which_record(office: Office) -> None:
    tell(office, "assignment.overdue", about=("assignment", "a"))
    last = tell(office, "assignment.created", about=("assignment", "b"))
    answer = office.do(RecordReview(kind="late", since="2024-04-01", until="", returns=3, note="Đề nghị đôn đốc."), office.actor("kiem.tra"))
    assert answer == {"findings": 1, "record": last}
    [review] = office.door.ask(ListReviews(), office.actor("kiem.tra"))
    assert (review.findings, review.record, review.note, review.by) == (1, last, "Đề nghị đôn đốc.", "Hà Văn Kiểm")
    assert review.asked == {"kind": "late", "since": "2024-04-01", "until": "2024-04-01", "returns": 3}
    assert office.intact()
    with pytest.raises(Denied):
        office.do(RecordReview(kind="late", since="", until="", returns=3), office.actor("lanh.dao"))
    assert office.door.ask(ListReviews(), office.actor("kiem.tra.2")) == []


def test_bytes_that_are_no_record_do_not_keep_the_others_from_being_seen(office: Office) -> None:
    late = tell(office, "assignment.overdue", about=("assignment", "a"))
    broken = tell(office, "assignment.overdue", about=("assignment", "b"))
    office.change(history_record.update().where(history_record.c.log == "chidao/log1", history_record.c.seq == broken).values(body=b"{"))
    assert [each.seq for each in of(office, "late")] == [late]


def test_every_kind_is_told_of_even_where_there_is_none(office: Office) -> None:
    assert set(look(office).looked.counts) == set(KINDS)
