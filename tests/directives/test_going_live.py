"""Going live in mid-term: numbers go on, open directives are tracked to their end, reports go on from the next period."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from engine.directives.going_live import ImportRunning
from engine.directives.numbers import EnterNumber
from engine.kernel.errors import Denied, InvalidInput
from engine.storage import Database
from engine.storage.schema import directive, dispatch, inbox, instance, obligation, report, subscription, timer, user_task
from tests.door.office import Office

REGISTERS = "organisation,direction,doc_type,term,next_number\n"
DIRECTIVES = "issuer,number,symbol,doc_type,issued_date,subject,process,recipients,sunset\n"
OBLIGATIONS = "issuer,directive,organisation,report_type,frequency,first_period,due_date,end_period\n"
LETTER = "btg,370,CV/BTGTU,công văn,2024-02-20,tuyên truyền,coordination_monthly,phuong; bao,2024-06-30\n"
DUTY = "btg,370-CV/BTGTU,phuong,báo cáo công tác tháng,monthly,2024-04,,2024-04\n"
HEADS = {"registers": REGISTERS, "directives": DIRECTIVES, "obligations": OBLIGATIONS}


def bring(office: Office, kind: str, lines: str) -> None:
    office.do(ImportRunning(kind=kind, text=HEADS[kind] + lines, file=f"{kind}.csv"))
    office.drain()


def test_registers_go_on_with_the_number_after_the_paper_book(database: Database) -> None:
    office = Office(database)
    bring(office, "registers", "btg,outgoing,công văn,term,371\nbtg,outgoing,thông báo,2024,12\nbtg,incoming,all,2024,905\n")
    codes = [
        office.do(EnterNumber(organisation=office.unit("btg"), day="2024-04-01", subject="x", **values), office.actor("van.thu"))["number"]
        for values in (
            {"direction": "outgoing", "doc_type": "công văn", "symbol": "CV/BTGTU"},
            {"direction": "outgoing", "doc_type": "thông báo", "symbol": "UBND-VX"},
            {"direction": "incoming", "doc_type": "công văn", "symbol": "15-CV/HU"},
        )
    ]
    assert codes == [371, 12, 905]


def test_an_open_directive_is_tracked_and_reported_on_until_its_end(deployed_database: Database) -> None:
    office = Office(deployed_database).deploy()
    bring(office, "directives", LETTER)
    bring(office, "obligations", DUTY)
    assert office.count(dispatch, dispatch.c.status == "05") == 2
    assert office.count(user_task) == 0
    office.clock.advance_to(datetime(2024, 4, 15, tzinfo=UTC))
    office.drain()
    assert office.count(report, report.c.organisation == office.unit("phuong"), report.c.period == "2024-04") == 1
    office.clock.advance_to(datetime(2024, 7, 1, tzinfo=UTC))
    office.drain()
    assert office.count(dispatch, dispatch.c.status == "06") == 2
    assert office.count(obligation, obligation.c.status == "closed") == 1
    assert office.intact()


def test_a_closing_ends_the_tracking_at_once_and_leaves_nothing(deployed_database: Database) -> None:
    office = Office(deployed_database).deploy()
    bring(office, "directives", LETTER)
    office.clock.advance_to(datetime(2024, 7, 1, tzinfo=UTC))
    office.drain()
    assert office.count(instance, instance.c.status == "active") == 0
    assert office.count(subscription) == office.count(timer, timer.c.status == "open") == 0
    assert office.count(inbox, inbox.c.consumed_ver.is_(None)) == 0


def test_a_child_is_imported_under_the_directive_that_it_carries_out(deployed_database: Database) -> None:
    office = Office(deployed_database).deploy()
    above = "tinh,993,CV/TU,công văn,2024-02-10,tuyên truyền,coordination_monthly,btg,2024-06-30,\n"
    below = LETTER.rstrip("\n") + ",tinh:993-CV/TU\n"
    office.do(ImportRunning(kind="directives", text=DIRECTIVES.rstrip("\n") + ",parent\n" + above + below, file="directives.csv"))
    with deployed_database.reading() as connection:
        parent, child = connection.execute(select(directive).order_by(directive.c.code.desc())).all()
    assert (child.parent, child.root) == (parent.id, parent.id)


@pytest.mark.parametrize(
    ("kind", "lines", "match"),
    [
        ("registers", "btg,outgoing,công văn,term,0\n", "registers.csv:2: Expected next_number as a number from 1, but found '0'"),
        ("registers", "btg,up,công văn,term,1\n", "registers.csv:2: Expected direction as incoming or outgoing, but found 'up'"),
        ("registers", "btg,outgoing,x,term,1\nbtg,outgoing,x,term,5\n", "registers.csv:3: Expected a register of Ban Tuyên giáo"),
        ("registers", "xa,outgoing,x,term,1\n", "registers.csv:2: organisation: .*'xa'"),
        ("directives", LETTER + LETTER, "directives.csv:3: Expected a directive that is not here yet, but 370-CV/BTGTU of Ban Tuyên giáo"),
        ("directives", LETTER.replace("phuong", "xa"), "directives.csv:2: recipients: .*'xa'"),
        ("directives", LETTER.replace("coordination_monthly", "dance"), "directives.csv:2: Expected process as one that is deployed, but 'dance'"),
        ("directives", LETTER.replace("2024-06-30", "30/6"), "directives.csv:2: Expected sunset as YYYY-MM-DD, but found '30/6'"),
        ("directives", LETTER.replace("tuyên truyền", ""), "directives.csv:2: Expected subject to be filled in"),
        ("obligations", DUTY.replace("370", "371"), "obligations.csv:2: Expected directive as the code of one open directive of .*'371-CV/BTGTU' is that of 0"),
        ("obligations", DUTY.replace(",phuong,", ",tinh,"), "obligations.csv:2: Expected organisation as a recipient of 370-CV/BTGTU"),
        ("obligations", DUTY + DUTY, "obligations.csv:3: Expected one obligation of Đảng ủy phường Đông Sơn"),
        ("obligations", DUTY.replace("2024-04", "2024-Q2", 1), "obligations.csv:2: first_period: Expected a monthly period, but found '2024-Q2'"),
        ("obligations", DUTY.replace("monthly", "once"), "obligations.csv:2: Expected due_date as YYYY-MM-DD, but found ''"),
        ("obligations", DUTY.replace("monthly", "daily"), "obligations.csv:2: Expected frequency as weekly or monthly"),
    ],
)
def test_a_wrong_line_is_named_with_its_column_and_nothing_is_imported(deployed_database: Database, kind: str, lines: str, match: str) -> None:
    office = Office(deployed_database).deploy()
    if kind == "obligations":
        bring(office, "directives", LETTER)
    before = office.contents()
    with pytest.raises(InvalidInput, match=match):
        bring(office, kind, lines)
    assert office.contents() == before


def test_only_an_administrator_imports(deployed_database: Database) -> None:
    office = Office(deployed_database).deploy()
    with pytest.raises(Denied, match="admin"):
        office.do(ImportRunning(kind="directives", text=DIRECTIVES + LETTER, file="d.csv"), office.actor("lanh.dao"))
    with pytest.raises(InvalidInput, match="Expected one of registers, directives, obligations, but found 'tasks'"):
        office.do(ImportRunning(kind="tasks", text="", file="d.csv"))
