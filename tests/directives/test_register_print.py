"""The registers print with the columns of Decree 30/2020, annex IV, in number order; nothing that was entered is missing."""

from __future__ import annotations

import csv
import io
import json

import pytest

from engine.directives.numbers import EnterNumber, VoidNumber
from engine.directives.printing import COLUMNS, Printed, PrintRegister, as_csv, as_json, as_text
from engine.kernel.errors import Denied, InvalidInput
from engine.storage import Database
from engine.storage.schema import directive
from tests.directives.test_register_numbers import REGISTERED
from tests.door.office import CHECKED, Office


def printed(office: Office, kind: str, login: str = "van.thu", **bounds: str) -> Printed:
    found = office.door.ask(PrintRegister(organisation=office.unit("btg"), kind=kind, **bounds), office.actor(login))
    assert isinstance(found, Printed)
    assert found.columns == COLUMNS[kind]
    return found


def enter(office: Office, **changes: str) -> str:
    values = {"direction": "outgoing", "doc_type": "công văn", "symbol": "CV/BTGTU", "day": "2024-04-01", "subject": "giấy mời", **changes}
    return str(office.do(EnterNumber(organisation=office.unit("btg"), **values), office.actor("van.thu"))["entry"])


def registered(deployed_database: Database) -> Office:
    office = Office(deployed_database).deploy()
    office.receive()
    office.complete("check_incoming", "van.thu", **CHECKED)
    office.complete("register_incoming", "van.thu", **REGISTERED)
    return office


def test_a_registered_letter_stands_in_the_incoming_register(database: Database) -> None:
    office = registered(database)
    line = printed(office, "incoming").lines[0]
    assert [line[name] for name in COLUMNS["incoming"][:6]] == [
        "01/04/2024",
        "1",
        "Thường trực Tỉnh ủy Mường Sương",
        "07-CV/TU",
        "01/04/2024",
        "công văn: tuyên truyền tháng Tư",
    ]


def test_the_follow_up_register_tells_how_far_a_letter_is_and_when_it_is_overdue(database: Database) -> None:
    office = registered(database)
    line = printed(office, "follow_up").lines[0]
    assert line["Tên loại, số, ký hiệu, ngày, cơ quan ban hành"] == "công văn, 07-CV/TU, 01/04/2024, Thường trực Tỉnh ủy Mường Sương"
    assert (line["Thời hạn"], line["Tiến độ"]) == ("31/05/2024", "đã tiếp nhận")
    office.change(directive.update().values(sunset="2024-03-01"))
    assert printed(office, "follow_up").lines[0]["Tiến độ"] == "đã tiếp nhận, quá hạn"


def test_void_and_withdrawn_entries_stay_and_say_so(database: Database) -> None:
    office = registered(database)
    entry = enter(office)
    enter(office, subject="thư mời", author="", signer="Trần Văn Nam", handed_to="Báo Mường Sương", note="bản giấy")
    office.do(VoidNumber(entry=entry, reason="ghi nhầm"), office.actor("van.thu"))
    office.change(directive.update().values(status="recalled"))
    first, second = printed(office, "outgoing").lines
    assert (first["Số, ký hiệu"], first["Ghi chú"]) == ("01-CV/BTGTU", "hủy: ghi nhầm")
    assert [second[name] for name in ("Số, ký hiệu", "Người ký", "Nơi nhận", "Ghi chú")] == ["02-CV/BTGTU", "Trần Văn Nam", "Báo Mường Sương", "bản giấy"]
    assert printed(office, "incoming").lines[0]["Ghi chú"] == "đã thu hồi"


def test_a_register_is_bounded_by_days_and_by_term(database: Database) -> None:
    office = Office(database)
    for day in ("2024-04-01", "2024-04-02", "2024-05-01"):
        enter(office, day=day)
        enter(office, day=day, symbol="UBND-VX", doc_type="thông báo")
    assert len(printed(office, "outgoing", begin="2024-04-02", end="2024-04-30").lines) == 2
    assert [line["Số, ký hiệu"] for line in printed(office, "outgoing", term="2024").lines] == ["01/UBND-VX", "02/UBND-VX", "03/UBND-VX"]


def test_who_may_read_a_register(database: Database) -> None:
    office = Office(database)
    assert printed(office, "outgoing", "lanh.dao").lines == []
    with pytest.raises(Denied, match=r"'register\.read'"):
        printed(office, "outgoing", "bi.thu")
    with pytest.raises(InvalidInput, match="incoming, outgoing, follow_up, but found 'books'"):
        office.door.ask(PrintRegister(organisation=office.unit("btg"), kind="books"), office.actor("van.thu"))


def test_the_three_formats_hold_the_same_lines(database: Database) -> None:
    office = Office(database)
    enter(office, subject="giấy mời, họp")
    found = printed(office, "outgoing")
    assert list(csv.DictReader(io.StringIO(as_csv(found)))) == found.lines
    assert json.loads(as_json(found))["lines"] == found.lines
    assert "SỔ ĐĂNG KÝ VĂN BẢN ĐI (1)" in as_text(found)
    assert "Tên loại và trích yếu: công văn: giấy mời, họp" in as_text(found)
