"""After a split every open task, duty and expected report has somebody who can do it, and the rest of the year goes on."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from engine.directives.open_work import Piece, ShowOpenWork
from engine.directory.organisations import holders
from engine.directory.splitting import SplitOrganisation
from engine.instances.commands import ClaimTask
from engine.kernel.actor import SYSTEM
from engine.kernel.errors import InvalidInput, Refused
from engine.storage import Database
from engine.storage.schema import (
    assignment,
    dispatch,
    expected_report,
    holding,
    instance,
    obligation,
    organisation,
    person,
    post,
    user_task,
)
from tests.door.office import Office

WHY = "Quyết định số 12-QĐ/TU"
DAY = date(2024, 4, 1)


@pytest.fixture
def office(deployed_database: Database) -> Office:
    found = Office(deployed_database).deploy()
    found.receive(7)
    found.receive(8, subject="treo cờ", obligation={"frequency": "once", "report_type": "báo cáo treo cờ", "due_date": "2024-04-25", "due_operator": "by"})
    return found


def pieces(office: Office) -> tuple[Piece, ...]:
    found: tuple[Piece, ...] = office.door.ask(ShowOpenWork(organisation=office.unit("btg")), SYSTEM)
    return found


def seats(office: Office, *logins: str) -> tuple[str, ...]:
    query = select(holding.c.post).join(person, person.c.id == holding.c.person).where(person.c.login.in_(logins))
    with office.database.reading() as connection:
        return tuple(connection.execute(query.order_by(person.c.login)).scalars())


def split(office: Office, *logins: str, **more: Any) -> SplitOrganisation:
    told = {"code": "bdv", "name": "Ban Dân vận", "level": "province", "symbol": "BDV", "begins": "2024-04-01", "children": (), "reason": WHY}
    return SplitOrganisation(organisation=office.unit("btg"), posts=seats(office, *logins), **{**told, **more})


def assert_nothing_is_lost(office: Office) -> None:
    """Every open task lies where somebody holds its role; every duty and expectation with a body that is in being; every lead is held."""
    with office.database.reading() as connection:
        for task in connection.execute(select(user_task).where(user_task.c.status == "open")):
            people = {row.person for row in holders(connection, task.organisation, task.role, DAY)}
            assert people, (task.name, task.role)
            assert task.assignee is None or task.assignee in people
            case = connection.execute(select(instance.c.organisation).where(instance.c.id == task.instance)).scalar_one()
            assert case == task.organisation
        living = set(connection.execute(select(organisation.c.id).where(organisation.c.valid_to.is_(None))).scalars())
        for duty in connection.execute(select(obligation).where(obligation.c.status == "open")):
            assert {duty.organisation, duty.superior} <= living
            assert connection.execute(select(dispatch.c.status).where(dispatch.c.directive == duty.directive, dispatch.c.organisation == duty.organisation)).scalar_one() != "moved"
        assert {row.organisation for row in connection.execute(select(expected_report).where(expected_report.c.status != "accepted"))} <= living
        for lead in connection.execute(select(assignment.c.lead, assignment.c.organisation).where(assignment.c.status.not_in(("done", "cancelled", "withdrawn")))):
            held = select(post.c.organisation).join(holding, holding.c.post == post.c.id).where(post.c.id == lead.lead, holding.c.valid_to.is_(None))
            assert set(connection.execute(held).scalars()) == {lead.organisation}


def test_a_page_shows_the_open_work_in_pieces(office: Office) -> None:
    shown = {each.title: dict(each.counts) for each in pieces(office)}
    assert any("treo cờ" in title for title in shown)
    assert sum(counts.get("tasks", 0) for counts in shown.values()) == office.count(user_task, user_task.c.status == "open")


@pytest.mark.parametrize("work", ["stay", "go"])
@pytest.mark.parametrize("swapped", [False, True])
def test_every_open_piece_has_a_living_holder_whatever_is_chosen(office: Office, work: str, swapped: bool) -> None:
    first, *_ = pieces(office)
    office.do(split(office, "van.thu.2", work=work, otherwise=(first.key,) if swapped else ()))
    office.drain()
    assert_nothing_is_lost(office)
    here = office.count(instance, instance.c.organisation == office.unit("btg"), instance.c.status != "ended")
    there = office.count(instance, instance.c.organisation == office.unit("bdv"), instance.c.status != "ended")
    assert {("stay", False): there == 0, ("go", False): here == 0}.get((work, swapped), here > 0 and there > 0)


def test_the_new_body_goes_on_where_the_old_one_stood(office: Office) -> None:
    task = first_task(office)
    office.do(split(office, "van.thu", "van.thu.2", "lanh.dao", "chuyen.vien", work="go"))
    with office.database.reading() as connection:
        moved = connection.execute(select(user_task).where(user_task.c.id == task.id)).one()
    assert moved.organisation == office.unit("bdv")
    office.do(ClaimTask(task=task.id), office.actor("van.thu"))
    assert_nothing_is_lost(office)


def first_task(office: Office) -> Any:
    query = select(user_task).where(user_task.c.status == "open", user_task.c.role == "clerk").order_by(user_task.c.id)
    with office.database.reading() as connection:
        return connection.execute(query).first()


def test_what_somebody_had_taken_is_offered_again_where_it_stays(office: Office) -> None:
    task = first_task(office)
    office.do(ClaimTask(task=task.id), office.actor("van.thu.2"))
    office.do(split(office, "van.thu.2"))
    assert office.count(user_task, user_task.c.assignee.is_not(None), user_task.c.status == "open") == 0
    assert [each for each in office.outcomes() if each[0] == "task.released"] == [("task.released", "done")]
    assert_nothing_is_lost(office)


@pytest.mark.parametrize(
    ("logins", "more", "match"),
    [
        (("van.thu", "van.thu.2"), {"work": "stay"}, "nobody would hold the role clerk"),
        (("chuyen.vien",), {"work": "go"}, "nobody would hold the role clerk"),
        (("van.thu.2",), {"work": "go", "begins": "2024-05-01"}, "Record the split when the day has come"),
        (("van.thu.2",), {"otherwise": ("letter:none",)}, "Open the page again and choose anew"),
        (("van.thu.2",), {"work": "halve"}, "as stay or go"),
    ],
)
def test_work_goes_nowhere_where_nobody_could_do_it(office: Office, logins: tuple[str, ...], more: dict[str, Any], match: str) -> None:
    before = office.contents()
    with pytest.raises((InvalidInput, Refused), match=match):
        office.do(split(office, *logins, **more))
    assert office.contents() == before
