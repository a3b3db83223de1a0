"""Each page of reports: for whom it is, for whom not, what it says when there is nothing, and in how many statements."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import insert, select

from engine.history.record import ACCESS_LOG
from engine.storage.schema import (
    consolidation,
    consolidation_total,
    expected_report,
    history_record,
    organisation,
    register_book,
    register_entry,
    report,
    report_figure,
    report_section,
)
from engine.storage.unit_of_work import UnitOfWork
from tests.pages import send
from tests.web.conftest import SignIn
from tests.web.reports.conftest import Office, words_of
from tests.web.statements import counted

CONSOLIDATOR, LEADER, CLERK = "lominhnam.10", "vungocha.6", "buivanlan.8"  # of the department of the province
CELL = "dangminhoanh.115"  # two levels below
OTHER = "hoangvanchi.29"  # a specialist of another department below
PROVINCE = "ban-tuyen-giao-tinh-uy-son-binh"
MOST = 14  # reading statements of a page: who is here, whether it is theirs, and what it shows


@pytest.fixture
def addresses(demo_app: Flask) -> dict[str, str]:
    """The addresses of what the department of the province has: its report of March, what it consolidated, a total."""
    with demo_app.extensions["chidao_door"].database.reading() as connection:
        unit = select(organisation.c.id).where(organisation.c.code == PROVINCE).scalar_subquery()
        own = connection.execute(select(report.c.id).where(report.c.organisation == unit, report.c.period == "2025-03")).scalar_one()
        above = connection.execute(select(consolidation.c.id).where(consolidation.c.organisation == unit, consolidation.c.period == "2025-03")).scalar_one()
        total = connection.execute(select(consolidation_total.c.id).where(consolidation_total.c.consolidation == above)).scalars().first()
        identity = connection.execute(select(organisation.c.id).where(organisation.c.code == PROVINCE)).scalar_one()
    return {
        "list": f"/reports?unit={identity}",
        "report": f"/reports/{own}",
        "consolidation": f"/consolidations/{above}",
        "figure": f"/figures/{total}",
        "register": f"/registers?unit={identity}",
        "file": f"/registers.csv?unit={identity}",
    }


PAGES = ["list", "report", "consolidation", "figure", "register", "file"]


def read(statements: list[str]) -> list[str]:
    """Return those that read."""
    return [each for each in statements if each.startswith(("SELECT", "WITH"))]


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("login", [CONSOLIDATOR, LEADER, CLERK])
def test_the_staff_of_the_organisation_see_it(sign_in_to_demo: SignIn, addresses: dict[str, str], name: str, login: str) -> None:
    assert sign_in_to_demo(login).get(addresses[name]).status_code == 200


@pytest.mark.parametrize("name", PAGES)
def test_a_cell_does_not_see_what_is_above_it(sign_in_to_demo: SignIn, addresses: dict[str, str], name: str) -> None:
    assert sign_in_to_demo(CELL).get(addresses[name]).status_code == 403


def test_a_specialist_below_does_not_see_what_is_above(sign_in_to_demo: SignIn, addresses: dict[str, str]) -> None:
    assert {sign_in_to_demo(OTHER).get(addresses[name]).status_code for name in PAGES} == {403}


@pytest.mark.parametrize("name", PAGES)
def test_nobody_is_led_to_the_door(demo_app: Flask, addresses: dict[str, str], name: str) -> None:
    answer = demo_app.test_client().get(addresses[name])
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/sign-in")


@pytest.mark.parametrize("path", ["/reports/none", "/consolidations/none", "/figures/none", "/reports?unit=none", "/registers?unit=none"])
def test_what_is_not_there_is_not_found(sign_in_to_demo: SignIn, path: str) -> None:
    assert sign_in_to_demo(CONSOLIDATOR).get(path).status_code in (403, 404)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_asks_few_statements(demo_app: Flask, sign_in_to_demo: SignIn, addresses: dict[str, str], name: str) -> None:
    client = sign_in_to_demo(CONSOLIDATOR)
    client.get(addresses[name])
    with counted() as statements:
        client.get(addresses[name])
    assert len(read(statements)) <= MOST


def test_who_looked_at_a_report_is_written_down(demo_app: Flask, sign_in_to_demo: SignIn, addresses: dict[str, str]) -> None:
    sign_in_to_demo(CONSOLIDATOR).get(addresses["report"])
    with demo_app.extensions["chidao_door"].database.reading() as connection:
        looks = connection.execute(select(history_record.c.action).where(history_record.c.log == ACCESS_LOG, history_record.c.subject == addresses["report"][9:]))
        assert "report.see" in looks.scalars().all()


def test_the_list_is_filtered_by_its_address(sign_in_to_demo: SignIn, addresses: dict[str, str]) -> None:
    client = sign_in_to_demo(CONSOLIDATOR)
    assert "tháng 03/2025" in client.get(addresses["list"] + "&year=2025").text
    assert "tháng 03/2025" not in client.get(addresses["list"] + "&year=2026").text
    assert "Không có báo cáo nào của đơn vị khớp" in client.get(addresses["list"] + "&year=1999").text
    assert client.get(addresses["list"] + "&year=x&state=nonsense&page=999&below=-3").status_code == 200


def test_a_figure_leads_down_to_the_cells(sign_in_to_demo: SignIn, addresses: dict[str, str]) -> None:
    page = sign_in_to_demo(CONSOLIDATOR).get(addresses["figure"]).text
    rows = re.findall(r'<tr><td>(\d)</td>.*?class="figure">([\d.–]+)</td><td class="figure"><strong>([\d.]+)</strong>', page, re.DOTALL)
    numbers = [(int(level), int(own.replace(".", "")), int(whole.replace(".", ""))) for level, own, whole in rows]
    assert {level for level, _own, _whole in numbers} == {1, 2, 3}
    (written,) = re.findall(r"<h1>[^:]*: ([\d.]+)", page)
    total = int(written.replace(".", ""))
    assert total == sum(whole for level, _own, whole in numbers if level == 1)
    assert total == sum(own for _level, own, _whole in numbers)


def test_a_register_shows_a_void_number_and_gives_it_as_a_file(demo_app: Flask, sign_in_to_demo: SignIn, addresses: dict[str, str]) -> None:
    database = demo_app.extensions["chidao_door"].database
    with UnitOfWork(database) as unit:
        owner = unit.connection.execute(select(organisation.c.id).where(organisation.c.code == PROVINCE)).scalar_one()
        book = unit.connection.execute(select(register_book.c.id).where(register_book.c.organisation == owner, register_book.c.direction == "outgoing")).scalars().first()
        values = {"id": "void-one", "register_book": book, "number": 9999, "entry_date": "2026-11-20", "subject": "ghi nhầm"}
        unit.connection.execute(insert(register_entry).values(**values, voided_at="2026-11-20T02:00:00.000Z", void_reason="trùng số"))
        unit.commit()
    client = sign_in_to_demo(CLERK)
    page = client.get(addresses["register"] + "&kind=outgoing&all=1").text
    assert "hủy: trùng số" in page
    assert [name for name in ("Số, ký hiệu", "Nơi nhận", "Số lượng bản") if name in page] == ["Số, ký hiệu", "Nơi nhận", "Số lượng bản"]
    file = client.get(addresses["file"] + "&kind=outgoing")
    assert file.mimetype == "text/csv"
    assert file.text.startswith('\ufeff"Số, ký hiệu",Ngày tháng,')
    assert "hủy: trùng số" in file.text
    assert "hủy: trùng số" not in client.get(addresses["register"] + "&kind=outgoing&all=1&to=19/11/2026").text


def test_a_long_register_is_read_a_page_at_a_time_and_opened_at_its_end(demo_app: Flask, sign_in_to_demo: SignIn, addresses: dict[str, str]) -> None:
    database = demo_app.extensions["chidao_door"].database
    with UnitOfWork(database) as unit:
        owner = unit.connection.execute(select(organisation.c.id).where(organisation.c.code == PROVINCE)).scalar_one()
        unit.connection.execute(insert(register_book).values(id="long", organisation=owner, direction="outgoing", doc_type="quyết định", term="2019", next_number=131))
        rows = [{"id": f"long-{n:05}", "register_book": "long", "number": n, "entry_date": "2019-03-01", "subject": f"việc {n}"} for n in range(1, 131)]
        unit.connection.execute(insert(register_entry), rows)
        unit.commit()
    client, path = sign_in_to_demo(CLERK), addresses["register"] + "&kind=outgoing&term=2019"
    with counted() as statements:
        page = client.get(path).text
    assert "việc 130<" in page
    assert "việc 100<" not in page, "each page has fifty lines"
    assert any("LIMIT" in each and "register_entry" in each for each in statements), "what is not shown is not read"
    assert "việc 1<" in client.get(path + "&page=1").text
    assert "việc 130<" in client.get(path + "&page=99").text
    assert client.get(path + "&all=1").text.count("việc ") >= 130
    assert client.get(addresses["file"] + "&kind=outgoing&term=2019").text.count("việc ") == 130


def test_a_day_that_is_none_is_told_and_the_register_stands(sign_in_to_demo: SignIn, addresses: dict[str, str]) -> None:
    page = sign_in_to_demo(CLERK).get(addresses["register"] + "&from=31/02/2026")
    assert page.status_code == 200
    assert "Ngày được viết theo dạng dd/mm/yyyy" in page.text
    assert 'value="31/02/2026"' in page.text


def test_a_consolidation_of_many_units_asks_no_more_and_comes_page_by_page(month: Office) -> None:
    client, above = month.client("btg.tong.hop"), month.consolidation("btg")
    address = f"/consolidations/{above}"
    client.get(address)
    with counted() as few:
        client.get(address)
    crowd(month, above, 120)
    with counted() as many:
        page = client.get(address).text
    assert len(read(many)) == len(read(few))
    assert page.count("/reports/crowd-") <= 2 * 50 * 1
    assert "Trang 1/3" in page
    assert "Đơn vị 119" in client.get(address + "?page=3").text


def crowd(month: Office, above: str, number: int) -> None:
    """Add units that were accepted, each with a report and a figure."""
    with UnitOfWork(month.database) as unit:
        connection = unit.connection
        row = connection.execute(select(consolidation).where(consolidation.c.id == above)).one()
        like = connection.execute(
            select(report_section).join(report, report.c.id == report_section.c.report).join(organisation, organisation.c.id == report.c.organisation).where(organisation.c.code == "phuong-1")
        ).first()
        assert like is not None
        for each in range(number):
            here, name = f"crowd-{each:03d}", f"Đơn vị {each:03d}"
            connection.execute(insert(organisation).values(id=here, code=here, name=name, level="grassroots", valid_from="2020-01-01"))
            paper = {"id": here, "organisation": here, "report_type": row.report_type, "period": row.period, "revision": 1, "status": "accepted"}
            connection.execute(insert(report).values(**paper, due_date="2024-04-18", opened_at="2024-04-08T01:00:00.000Z"))
            line = {"consolidation": above, "organisation": here, "status": "accepted", "late": 0, "nil": 0, "returned": 0, "urged": 0}
            connection.execute(insert(expected_report).values(**line, report=here, revision=1))
            section = dict(like._mapping) | {"id": here, "report": here}
            connection.execute(insert(report_section).values(**section))
            connection.execute(insert(report_figure).values(id=here, report_section=here, indicator="activities", own_value=1, value=1))
        unit.commit()


def test_an_office_to_which_nobody_reports_is_told_what_will_stand_here(month: Office) -> None:
    page = words_of(month.client("bao.tong.bien.tap").get("/reports").text)
    assert "Chưa có đơn vị nào phải báo cáo về đây." in page
    assert "Các báo cáo mà đơn vị phải gửi sẽ hiện ở đây" in page


def test_the_addressee_sees_a_report_and_another_ward_does_not(month: Office) -> None:
    address = f"/reports/{month.report('phuong-1')}"
    assert month.client("btg.chuyen.vien").get(address).status_code == 200
    assert month.client("phuong.1.can.bo").get(address).status_code == 200
    assert month.client("phuong.2.can.bo").get(address).status_code == 403
    assert month.client("phuong.2.bi.thu").get(address).status_code == 403


def test_urging_starts_in_one_click(month: Office) -> None:
    client, address = month.client("btg.tong.hop"), f"/consolidations/{month.consolidation('btg')}"
    page = client.get(address).text
    fields = dict(re.findall(r'<input type="hidden" name="(process|organisation|directive)" value="([^"]+)">', page))
    answer = send(client, address, fields, to="/start")
    assert answer.status_code == 303
    month.settle()
    assert month.task("btg", "urge")


def test_a_form_without_its_token_is_refused(month: Office) -> None:
    assert month.client("btg.tong.hop").post("/start", data={"process": "urge_send"}).status_code == 400

