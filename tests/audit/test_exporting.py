"""Who takes out the history, how far, and that it is recorded."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select, update

from engine.audit.exports.exporting import EXPORTED, ExportHistory, ExportsPage, ShowExports, written
from engine.audit.exports.spreadsheet import MARK
from engine.directory.directory_import import ImportDirectory
from engine.history.record import ACCESS_LOG, opened
from engine.kernel.actor import SYSTEM, Actor
from engine.kernel.errors import Denied, InvalidInput, NotFound
from engine.storage import Database, UnitOfWork
from engine.storage.schema import directive, history_record
from tests.directives.ward import Ward
from tests.door.office import Office

PEOPLE = "login,name,organisation,title,roles\nkiem.tra,Sùng Thị Dua,tinh,Kiểm tra viên,auditor\nkiem.tra.phuong,Lò Văn Pha,phuong,Kiểm tra viên,auditor\n"


@pytest.fixture
def office(ward_database: Database) -> Office:
    """An office at work, with an auditor above everybody and one of the ward."""
    found = Ward(Office(ward_database)).office
    found.do(ImportDirectory(kind="people", text=PEOPLE, file="people.csv"))
    return found


def taken_out(office: Office, actor: Actor, **asked: str) -> list[dict[str, str]]:
    """Take out a table; return its lines by their headings."""
    answer = office.do(ExportHistory(format="csv", **asked), actor)
    text = "".join(written(office.database, actor, office.clock.now(), answer))
    return list(csv.DictReader(io.StringIO(text.removeprefix(MARK), newline="")))


def last_record(office: Office, log: str = "chidao/log1") -> dict[str, Any]:
    query = select(history_record.c.body).where(history_record.c.log == log).order_by(history_record.c.seq.desc()).limit(1)
    with office.database.reading() as connection:
        return opened(connection.execute(query).scalar_one())


def letter(office: Office) -> Any:
    with office.database.reading() as connection:
        return connection.execute(select(directive).where(directive.c.id == directive.c.root).order_by(directive.c.created_at).limit(1)).one()


def test_the_system_takes_out_all_records_up_to_its_own(office: Office) -> None:
    before = last_record(office)["seq"]
    lines = taken_out(office, SYSTEM)
    assert numbers(lines) == list(range(1, before + 1))
    assert last_record(office)["action"] == EXPORTED


def test_the_record_says_who_took_out_what_how_far_and_for_what(office: Office) -> None:
    found, before = letter(office), last_record(office)["seq"]
    taken_out(office, office.actor("kiem.tra"), directive=found.code, since="2024-04-01", until="2024-12-31", purpose=" Kiểm tra quý II ")
    record = last_record(office)
    said = {change["field"]: change["new"] for change in record["changes"]}
    assert (record["actor"]["name"], record["reason"]) == ("Sùng Thị Dua", {"code": "purpose", "text": "Kiểm tra quý II"})
    assert [stream["id"] for stream in record["streams"]] == [found.id]
    assert (said["format"], said["since"], said["until"]) == ("csv", "2024-04-01", "2024-12-31")
    assert said["numbers"]["chidao/log1"][1] == before


def test_of_a_directive_its_whole_stream_is_taken_out_and_nothing_else(office: Office) -> None:
    found = letter(office)
    lines = taken_out(office, office.actor("kiem.tra"), directive=found.id)
    assert lines
    assert all(found.code in line["Văn bản gốc"] for line in lines)
    assert len(lines) == last_record(office)["streams"][0]["seq"] - 1


def test_days_are_those_of_vietnam_and_both_ends_are_in(office: Office) -> None:
    before = last_record(office)["seq"]
    office.clock.advance_to(datetime(2024, 4, 2, 17, tzinfo=UTC))  # midnight in Vietnam
    office.receive(number=31)
    after = last_record(office)["seq"]
    assert numbers(taken_out(office, SYSTEM, until="2024-04-01")) == list(range(1, before + 1))
    assert numbers(taken_out(office, SYSTEM, since="2024-04-02", until="2024-04-02")) == []
    assert numbers(taken_out(office, SYSTEM, since="2024-04-03", until="2024-04-03"))[: after - before] == list(range(before + 1, after + 1))


def numbers(lines: list[dict[str, str]]) -> list[int]:
    return [int(line["Số bản ghi"]) for line in lines]


def test_what_is_recorded_after_the_export_is_not_in_it(office: Office) -> None:
    answer = office.do(ExportHistory(format="csv"))
    office.receive(number=31)
    assert "".join(written(office.database, SYSTEM, office.clock.now(), answer)).count("directive.dispatched") == 1


def test_an_auditor_takes_out_what_lies_in_their_remit(office: Office) -> None:
    everything = {line["Số bản ghi"] for line in taken_out(office, SYSTEM)}
    above = {line["Số bản ghi"] for line in taken_out(office, office.actor("kiem.tra"))}
    ward = taken_out(office, office.actor("kiem.tra.phuong"))
    assert everything <= above
    assert 0 < len(ward) < len(above)
    assert {line["Hành động"] for line in ward}.isdisjoint({"directory.imported"})


@pytest.mark.parametrize("login", ["van.thu", "lanh.dao", "chuyen.vien"])
def test_nobody_else_takes_out_anything(login: str, office: Office) -> None:
    for asked in (ExportHistory(format="csv"), ExportHistory(format="csv", directive=letter(office).id)):
        with pytest.raises(Denied, match=r"history\.export"):
            office.do(asked, office.actor(login))
    assert last_record(office)["outcome"] == "denied"
    with pytest.raises(Denied):
        office.door.ask(ShowExports(), office.actor(login))


def test_the_page_lists_what_was_taken_out_and_a_look_at_it_is_recorded(office: Office) -> None:
    who = office.actor("kiem.tra")
    taken_out(office, who, directive=letter(office).code, purpose="Thanh tra")
    office.do(ExportHistory(format="xes"))
    page: ExportsPage = office.door.ask(ShowExports(directive=letter(office).id), who)
    assert [(each.format, each.by, each.directive, each.purpose) for each in page.exports] == [
        ("xes", "system", "", ""),
        ("csv", "Sùng Thị Dua", letter(office).code, "Thanh tra"),
    ]
    assert page.directive == letter(office).code
    assert last_record(office, ACCESS_LOG)["action"] == "history.export"
    of_the_ward: ExportsPage = office.door.ask(ShowExports(), office.actor("kiem.tra.phuong"))
    assert [(each.format, each.by) for each in of_the_ward.exports] == [("xes", "system")]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"format": "xls"}, "one of the formats"),
        ({"format": "csv", "since": "01/04/2024"}, "a day as YYYY-MM-DD"),
        ({"format": "csv", "until": "9999-12-31"}, "a day as YYYY-MM-DD"),
        ({"format": "csv", "since": "2024-05-02", "until": "2024-05-01"}, "a last day on or after"),
        ({"format": "csv", "purpose": "x" * 501}, "a purpose of at most"),
    ],
)
def test_what_cannot_be_taken_out_is_refused_in_a_sentence(asked: dict[str, str], message: str, office: Office) -> None:
    with pytest.raises(InvalidInput, match=message):
        office.do(ExportHistory(**asked))


def test_a_directive_is_named_by_its_id_where_its_number_does_not_say_which(office: Office) -> None:
    with pytest.raises(NotFound, match="a directive with the number '9/9'"):
        office.do(ExportHistory(format="csv", directive="9/9"))
    first, other = office.receive(number=41), office.receive(number=42)
    with UnitOfWork(office.database) as unit:  # as two offices may number
        unit.connection.execute(update(directive).where(directive.c.id.in_([first, other])).values(code="41-CV/TU"))
        unit.commit()
    with pytest.raises(InvalidInput, match=f"several: .*{first}"):
        office.do(ExportHistory(format="csv", directive="41-CV/TU"))
    page: ExportsPage = office.door.ask(ShowExports(directive=other), office.actor("kiem.tra"))
    assert page.directive == other
    assert office.do(ExportHistory(format="csv", directive=other))["root"] == other
