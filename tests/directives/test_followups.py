"""A letter that follows up an earlier one: how everybody stands to that, and who is urged (DOMAIN.md 2.5)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from engine.directives.followups import earlier_directive
from engine.storage import Database
from engine.storage.schema import citation, directive, dispatch, inbox, obligation, reminder, setting
from tests.directives.test_issue import ONCE, begin, issue, rows, sign
from tests.door.office import Office

MONTHLY = {"frequency": "monthly", "report_type": "báo cáo công tác tháng", "first_period": "2024-04", "end_period": "2024-06"}


@pytest.fixture
def office(deployed_database: Database) -> Office:
    office = Office(deployed_database).deploy()
    issue(office, obligation=MONTHLY)
    return office


def follow_up(office: Office) -> dict[str, tuple[str, int]]:
    """Follow the first letter up to everybody; return how each stands to it, and which urge this is."""
    begin(office, follows_up="01-CV/BTGTU", recipient_groups=["duoi", "bao-chi"])
    letter = sign(office)
    with office.database.reading() as connection:
        sent = connection.execute(select(inbox).where(inbox.c.key == letter.id, inbox.c.name == "directive.dispatched")).all()
    payloads = {row.organisation: json.loads(row.payload) for row in sent}
    return {code: (payloads[office.unit(code)]["standing"], payloads[office.unit(code)]["urge_number"]) for code in ("phuong", "bao")}


def state(office: Office, table: Any, **values: Any) -> None:
    first = rows(office, directive, directive.c.code == "01-CV/BTGTU")[0].id
    column = table.c.id if table is directive else table.c.directive
    office.change(update(table).where(column == first).values(**values))


def test_whoever_is_silent_is_urged_and_whoever_never_had_the_letter_gets_it_as_a_first_one(office: Office) -> None:
    assert follow_up(office) == {"phuong": ("urge", 1), "bao": ("first", 0)}
    (urge,) = rows(office, reminder, reminder.c.urge_level > 0)
    assert (urge.organisation, urge.from_organisation, urge.number) == (office.unit("phuong"), office.unit("btg"), 1)
    assert "urge.sent" in dict(office.outcomes())


def test_every_further_letter_is_one_urge_more(office: Office) -> None:
    follow_up(office)
    assert follow_up(office)["phuong"] == ("urge", 2)


@pytest.mark.parametrize(("table", "values"), [(dispatch, {"status": "06"}), (directive, {"status": "closed"})], ids=["completed", "closed"])
def test_whoever_has_nothing_open_is_only_told(office: Office, table: Any, values: dict[str, str]) -> None:
    state(office, table, **values)
    assert follow_up(office)["phuong"] == ("note", 0)
    assert [row.urge_level for row in rows(office, reminder, reminder.c.from_organisation.is_not(None))] == [0]


@pytest.mark.parametrize("status", ["02", "15"])
def test_whoever_sent_the_earlier_letter_back_gets_this_one_as_a_first_one(office: Office, status: str) -> None:
    state(office, dispatch, status=status)
    assert follow_up(office)["phuong"] == ("first", 0)


def test_whoever_drafts_sees_how_everybody_stands(office: Office) -> None:
    begin(office, follows_up="01-CV/BTGTU")
    shown = json.loads(office.task("check_form").context)["open_items"]
    assert shown == [{"organisation": "Đảng ủy phường Đông Sơn", "standing": "urge"}]


def test_what_replaced_the_earlier_letter_is_followed_up_in_its_place(office: Office) -> None:
    issue(office)
    old, new = sorted(rows(office, directive), key=lambda row: row.code)
    office.change(update(directive).where(directive.c.id == old.id).values(status="replaced"))
    office.change(insert(citation).values(id="C", directive=new.id, code=old.code, relation="replaces", cited=old.id))
    with office.database.reading() as connection:
        assert earlier_directive(connection, office.unit("btg"), old.code) == new.id
        assert earlier_directive(connection, office.unit("btg"), "99-CV/BTGTU") is None


def test_before_a_day_may_mean_that_day_too(office: Office) -> None:
    """DOMAIN.md E3: overdue a day later in the inclusive mode."""
    office.change(insert(setting).values(key="before_is_strict", value="false"))
    issue(office, obligation=ONCE)
    assert rows(office, obligation, obligation.c.frequency == "once")[0].due_date == "2024-05-10"
