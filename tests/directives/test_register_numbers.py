"""Single numbers: taken for paper, made void for a reason, never given twice; new terms open new books."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, update

from engine.directives.books import BeginTerm, OpenRegister
from engine.directives.numbers import EnterNumber, VoidNumber
from engine.directives.register import same_documents
from engine.kernel.errors import Denied, InvalidInput, NotFound, Refused
from engine.storage import Database
from engine.storage.schema import directive, dispatch, register_entry
from tests.door.office import CHECKED, Office

REGISTERED = {
    "arrival_date": "2024-04-01",
    "issuer_org": "Thường trực Tỉnh ủy",
    "doc_symbol": "CV/TU",
    "issued_date": "2024-04-01",
    "doc_type": "công văn",
    "subject": "tuyên truyền tháng Tư",
    "urgency": "normal",
    "secrecy": "normal",
    "channel": "axis",
}


def paper(office: Office, **changes: str) -> EnterNumber:
    values = {"direction": "outgoing", "doc_type": "công văn", "symbol": "CV/BTGTU", "day": "2024-04-01", "subject": "giấy mời", **changes}
    return EnterNumber(organisation=office.unit("btg"), **values)


def take(office: Office, **changes: str) -> dict[str, object]:
    return office.do(paper(office, **changes), office.actor("van.thu"))


def test_a_clerk_takes_the_next_number_for_a_document_on_paper(database: Database) -> None:
    office = Office(database)
    assert [take(office)["code"] for _ in range(2)] == ["01-CV/BTGTU", "02-CV/BTGTU"]
    assert take(office, direction="incoming", symbol="15-CV/HU")["number"] == 1
    assert take(office, symbol="UBND-VX", day="2024-12-31")["code"] == "01/UBND-VX"
    assert take(office, symbol="UBND-VX", day="2025-01-02")["code"] == "01/UBND-VX"
    with pytest.raises(Denied, match="clerk"):
        office.do(paper(office), office.actor("lanh.dao"))


@pytest.mark.parametrize(
    ("changes", "match"),
    [({"direction": "up"}, "incoming, outgoing, but found 'up'"), ({"subject": " "}, "Expected subject"), ({"day": "1/4"}, "YYYY-MM-DD, but found '1/4'")],
)
def test_a_line_that_lacks_something_is_refused_and_takes_no_number(database: Database, changes: dict[str, str], match: str) -> None:
    office = Office(database)
    with pytest.raises(InvalidInput, match=match):
        take(office, **changes)
    assert take(office)["number"] == 1


def test_a_void_number_stays_in_the_register_and_is_never_given_again(database: Database) -> None:
    office = Office(database)
    entry = str(take(office)["entry"])
    void = VoidNumber(entry=entry, reason="ghi nhầm")
    with pytest.raises(Denied, match="clerk"):
        office.do(void, office.actor("bi.thu"))
    office.do(void, office.actor("van.thu"))
    assert office.outcomes()[-1] == ("register.voided", "done")
    assert take(office)["number"] == 2
    assert office.count(register_entry) == 2
    with pytest.raises(Refused, match=r"made void at .*: ghi nhầm"):
        office.do(void, office.actor("van.thu"))


def test_the_number_of_a_recalled_document_is_never_made_void(database: Database) -> None:
    office = Office(database)
    entry = str(take(office)["entry"])
    office.change(update(register_entry).where(register_entry.c.id == entry).values(frozen_at="2024-04-02T00:00:00.000Z"))
    with pytest.raises(Refused, match="its entry was frozen when the document was recalled"):
        office.do(VoidNumber(entry=entry, reason="ghi nhầm"), office.actor("van.thu"))


def test_a_void_needs_a_reason_and_an_entry(database: Database) -> None:
    office = Office(database)
    entry = str(take(office)["entry"])
    with pytest.raises(InvalidInput, match="Expected a reason for making number 1 void"):
        office.do(VoidNumber(entry=entry, reason=" "), office.actor("van.thu"))
    with pytest.raises(NotFound, match="Expected the id of a register entry"):
        office.do(VoidNumber(entry="none", reason="nhầm"), office.actor("van.thu"))


def test_the_number_of_a_document_that_is_handled_is_not_made_void_but_that_of_a_refused_one_is(deployed_database: Database) -> None:
    office = Office(deployed_database).deploy()
    office.receive()
    office.complete("check_incoming", "van.thu", **CHECKED)
    office.complete("register_incoming", "van.thu", **REGISTERED)
    with deployed_database.reading() as connection:
        entry = connection.execute(select(register_entry.c.id)).scalar_one()
    void = VoidNumber(entry=entry, reason="nhầm")
    with pytest.raises(Refused, match="the only one of 'tuyên truyền tháng Tư', which is being handled"):
        office.do(void, office.actor("van.thu"))
    office.change(dispatch.update().values(status="02"))
    assert office.do(void, office.actor("van.thu"))["number"] == 1


def test_a_new_term_opens_a_new_book_and_an_old_day_stays_in_the_old_one(database: Database) -> None:
    office = Office(database)
    take(office)
    begin = BeginTerm(organisation=office.unit("btg"), label="2025-2030", begins="2025-08-01")
    office.do(begin)
    assert take(office, day="2025-08-01")["code"] == "01-CV/BTGTU"
    assert take(office, day="2025-07-31")["code"] == "02-CV/BTGTU"
    with pytest.raises(Refused, match=r"Expected a new term of Ban Tuyên giáo .* after '2025-2030' of 2025-08-01"):
        office.do(begin)
    with pytest.raises(Denied, match="admin"):
        office.do(begin, office.actor("van.thu"))


def test_an_incoming_register_goes_on_where_the_paper_book_ended(database: Database) -> None:
    office = Office(database)
    office.do(OpenRegister(organisation=office.unit("btg"), direction="incoming", doc_type="all", symbol="", term="2024", day="2024-04-01", start=88))
    assert take(office, direction="incoming", symbol="15-CV/HU")["number"] == 88


def test_a_document_is_known_by_issuer_type_number_symbol_and_date_a_blank_number_too(deployed_database: Database) -> None:
    office = Office(deployed_database).deploy()
    office.receive()
    office.change(directive.update().values(number=None))
    identity = {"issuer": office.unit("tinh"), "doc_type": "công văn", "number": None, "symbol": "CV/TU", "issued": "2024-04-01"}
    with deployed_database.reading() as connection:
        assert len(same_documents(connection, **identity)) == 1
        for other in ({"number": 7}, {"issuer": office.unit("btg")}, {"doc_type": "thông báo"}, {"issued": "2024-04-02"}, {"symbol": "CV/HU"}):
            assert same_documents(connection, **identity | other) == []


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_taken_refused_and_made_void_the_numbers_have_no_gap(database: Database, seed: int) -> None:
    office, chance = Office(database), random.Random(seed)
    entries: list[str] = []
    for _ in range(30):
        act = chance.choice(["take", "take", "other book", "void", "refused"])
        if act == "take":
            entries.append(str(take(office)["entry"]))
        elif act == "other book":
            take(office, doc_type="thông báo", symbol="TB/BTGTU")
        elif act == "refused":
            with pytest.raises(InvalidInput):
                take(office, subject="")
        elif entries:
            entry = entries.pop(chance.randrange(len(entries)))
            office.do(VoidNumber(entry=entry, reason="thử"), office.actor("van.thu"))
    query = select(register_entry.c.register_book, register_entry.c.number).order_by(register_entry.c.number)
    books: dict[str, list[int]] = {}
    with database.reading() as connection:
        for row in connection.execute(query):
            books.setdefault(row.register_book, []).append(row.number)
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in books.values())


def test_clerks_who_take_numbers_at_the_same_time_leave_no_gap(database: Database) -> None:
    office = Office(database)
    clerk, command = office.actor("van.thu"), paper(office)

    def one(place: int) -> int:
        return int(office.do(command, clerk, key=f"clerk:{place}")["number"])

    with ThreadPoolExecutor(4) as clerks:
        assert sorted(clerks.map(one, range(20))) == list(range(1, 21))
