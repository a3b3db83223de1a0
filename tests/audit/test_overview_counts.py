"""What the leader's page counts: tasks that are late or soon due where the organisations lie today, by directive too."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event, update

from engine.audit.overview import Overview, Standing
from engine.kernel.clock import stamp
from engine.kernel.errors import Denied
from engine.storage import Database, UnitOfWork
from engine.storage.schema import organisation_edge, user_task
from tests.directives.ward import Ward
from tests.door.office import START, Office


@pytest.fixture
def ward(ward_database: Database) -> Ward:
    return Ward(Office(ward_database))


def standing(office: Office, login: str = "lanh.dao", unit: str = "btg") -> Standing:
    found: Standing = office.door.ask(Overview(organisation=office.unit(unit)), office.actor(login))
    return found


def make_due(office: Office, unit: str, days: int | None) -> int:
    """Give every open task of a unit this due day; return how many there are."""
    due = None if days is None else stamp(START + timedelta(days=days))
    with UnitOfWork(office.database) as work:
        where = (user_task.c.organisation == office.unit(unit), user_task.c.status == "open")
        changed = work.connection.execute(update(user_task).where(*where).values(due_at=due)).rowcount
        work.commit()
    return changed


def below(found: Standing) -> dict[str, tuple[int, int, int]]:
    return {each.name: (each.open, each.late, each.soon) for each in found.below}


@pytest.mark.parametrize(("days", "late", "soon"), [(-1, True, False), (1, False, True), (3, False, True), (9, False, False), (None, False, False)])
def test_a_task_is_late_after_its_day_and_at_risk_three_working_days_before(ward: Ward, days: int | None, late: bool, soon: bool) -> None:
    number = make_due(ward.office, "phuong", days)
    make_due(ward.office, "bao", None)
    found = standing(ward.office)
    assert number > 0
    assert below(found)["Đảng ủy phường Đông Sơn"] == (number, number * late, number * soon)
    assert found.total[1:] == (number * late, number * soon)
    (letter,) = (each for each in found.followed if each.recipients)
    assert bool(letter.late) is late
    assert letter.behind == ((("Đảng ủy phường Đông Sơn", letter.late),) if late else ())


def test_whoever_has_the_most_that_is_late_comes_first(ward: Ward) -> None:
    make_due(ward.office, "phuong", -1)
    make_due(ward.office, "bao", 9)
    assert [each.name for each in standing(ward.office).below] == ["Đảng ủy phường Đông Sơn", "Báo Mường Sương"]


def test_a_unit_counts_where_it_lies_today_with_all_below_it(ward: Ward) -> None:
    make_due(ward.office, "phuong", -1)
    above = standing(ward.office, "bi.thu", "phuong")
    assert above.own[1] > 0
    with UnitOfWork(ward.office.database) as work:
        gone = organisation_edge.c.child == ward.office.unit("phuong")
        work.connection.execute(update(organisation_edge).where(gone).values(valid_to="2024-03-31"))
        work.commit()
    assert list(below(standing(ward.office))) == ["Báo Mường Sương"]


def test_it_is_for_those_who_lead_the_unit_or_one_above(ward: Ward) -> None:
    for login, unit in (("van.thu", "btg"), ("bi.thu", "btg"), ("lanh.dao", "tinh")):
        with pytest.raises(Denied):
            standing(ward.office, login, unit)
    assert standing(ward.office, "lanh.dao", "phuong").name == "Đảng ủy phường Đông Sơn"


def test_the_roles_that_begin_an_urge_are_told_with_those_who_draft_it(ward: Ward) -> None:
    found = standing(ward.office)
    assert found.urging == ("urge_send", frozenset({"consolidator", "leader"}))
    assert found.drafts == ("Phạm Minh An",)


def test_no_statement_reads_all_tasks(sqlite_database: Database) -> None:
    ward = Ward(Office(sqlite_database))
    sent: dict[str, Any] = {}

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        sent.setdefault(statement, parameters)

    event.listen(Engine, "before_cursor_execute", note)
    standing(ward.office)
    event.remove(Engine, "before_cursor_execute", note)
    with sqlite_database.reading() as connection:
        for statement, parameters in sent.items():
            if statement.startswith(("SELECT", "WITH")):
                steps = [row[-1] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
                assert not any(step.startswith(("SCAN user_task", "SCAN instance", "SCAN directive", "SCAN dispatch")) for step in steps), statement
