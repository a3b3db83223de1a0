"""A body without an account: the clerk of the one that represents it acts for it, and every record says so."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from engine.audit.report_text import report_text
from engine.directives.printing import PrintRegister, register_lines
from engine.directory.directory_import import ImportDirectory
from engine.directory.organisations import holders, organisation_by_code
from engine.history.record import opened
from engine.instances.commands import CompleteUserTask
from engine.kernel.clock import local_date
from engine.kernel.errors import Denied, EngineError
from engine.scenario.scenario import play, read_scenario
from engine.storage import Database
from engine.storage.schema import consolidation, history_record, organisation, user_task
from tests.directives.test_register_numbers import REGISTERED
from tests.door.office import CHECKED, START, Office
from tests.processes.walk import PROCESSES

HEAD = "code,name,level,symbol,valid_from,valid_to,represented_by\n"


def represented(deployed_database: Database) -> Office:
    """The letter is addressed to `btg`, whose people have left; `phuong` speaks for it."""
    office = Office(deployed_database).deploy()
    office.receive()
    office.change(organisation.update().where(organisation.c.code == "btg").values(represented_by=office.unit("phuong")))
    return office


def test_the_representing_clerk_completes_any_lane_and_is_marked(database: Database) -> None:
    office = represented(database)
    office.complete("check_incoming", "bi.thu", **CHECKED)
    office.complete("register_incoming", "bi.thu", **REGISTERED)
    office.complete("leader_instruction", "bi.thu", action="file", instruction="Lưu", report_needed=False)
    assert office.count(user_task, user_task.c.entered_by_unit == office.unit("phuong")) == 3
    query = select(history_record.c.body).where(history_record.c.action == "task.completed").order_by(history_record.c.seq.desc())
    with database.reading() as connection:
        body = opened(connection.execute(query.limit(1)).scalar_one())
    assert (body["on_behalf_of"], body["policy"]) == (office.unit("btg"), "task.complete:clerk:represents")
    assert body["actor"]["unit"] == office.unit("phuong")
    found = office.door.ask(PrintRegister(organisation=office.unit("btg"), kind="incoming"), office.actor("van.thu"))
    assert found.lines[0]["Ghi chú"] == "Đảng ủy phường Đông Sơn nhập thay"


def test_nobody_else_acts_for_it(database: Database) -> None:
    office = represented(database)
    with pytest.raises(Denied):
        office.do(CompleteUserTask(task=office.task("check_incoming").id, data=CHECKED), office.actor("tong.bien.tap"))
    office.complete("check_incoming", "van.thu", **CHECKED)
    assert office.count(user_task, user_task.c.entered_by_unit.is_not(None)) == 0


def test_whoever_is_asked_for_in_a_body_without_people_is_the_representing_clerk(database: Database) -> None:
    office = Office(database)
    office.do(ImportDirectory(kind="organisations", text=HEAD + "nha-in,Xí nghiệp in,grassroots,XNI,2020-01-01,,btg\n", file="o.csv"))
    with database.reading() as connection:
        found = holders(connection, office.unit("nha-in"), "specialist", local_date(START))
        assert [row.name for row in found] == ["Lê Thị Lan", "Vũ Thị Mai"]
        assert holders(connection, office.unit("tinh"), "specialist", local_date(START)) == []
    with pytest.raises(EngineError, match=r"o.csv:2: .*'nowhere'"):
        office.do(ImportDirectory(kind="organisations", text=HEAD + "x,X,grassroots,X,2020-01-01,,nowhere\n", file="o.csv"))


def test_a_report_that_was_entered_for_it_says_so_wherever_it_is_printed(sqlite_database: Database) -> None:
    path = PROCESSES / "shared" / "scenarios" / "recipient_without_account.json"
    assert play(read_scenario(path), sqlite_database) == []
    with sqlite_database.reading() as connection:
        unit, superior = (organisation_by_code(connection, code).id for code in ("nha-in", "btg"))
        outgoing = register_lines(connection, unit, "outgoing").lines
        assert [(line["Số, ký hiệu"], line["Người ký"], line["Ghi chú"]) for line in outgoing] == [
            ("01-BC/XNI", "Lê Thị Lan", "Ban Tuyên giáo Tỉnh ủy Mường Sương nhập thay")
        ]
        number = connection.execute(select(consolidation.c.id).where(consolidation.c.organisation == superior)).scalar_one()
        assert re.search(r"Xí nghiệp in Mường Sương .*nhập thay", report_text(connection, number))
        (sent,) = register_lines(connection, superior, "outgoing", term="term").lines[-1:]
    assert "Xí nghiệp in Mường Sương" in sent["Nơi nhận"]
