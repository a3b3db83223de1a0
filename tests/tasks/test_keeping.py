"""What somebody keeps for their lists: tasks put aside, filters under a name."""

from __future__ import annotations

import pytest

from engine.instances.commands import CompleteUserTask
from engine.kernel.errors import Denied, InvalidInput, NotFound
from engine.storage import Database
from engine.tasks.keeping import DropFilter, KeepFilter, PutAside, RenameFilter
from engine.tasks.lists import MyWork, Tab
from tests.door.office import Office
from tests.interleavings.copies import Again
from tests.interleavings.desk import desk, task


@pytest.fixture
def office(database: Database) -> Office:
    desk(database)
    return Again(database=database)


def kept(office: Office, login: str) -> list[tuple[str, bool, str | None]]:
    found = office.door.ask(MyWork(tab=Tab.INBOX), office.actor(login)).filters
    return [(each.name, each.own, each.unit) for each in found]


def keep(office: Office, login: str, *, share: str | None = None, name: str = "  Trễ   hạn ") -> str:
    command = KeepFilter(page="work", name=name, query="/work?due=overdue", organisation=office.unit(share) if share else None)
    return str(office.do(command, office.actor(login))["filter"])


@pytest.mark.parametrize("until", ["2024-04-01", "2024-03-31", "ngày mai"])
def test_a_task_is_put_aside_until_a_day_that_lies_ahead(office: Office, until: str) -> None:
    with pytest.raises(InvalidInput):
        office.do(PutAside(task=task(office).id, until=until), office.actor("van.thu"))


def test_what_is_completed_is_not_put_aside(office: Office) -> None:
    row = task(office)
    office.do(CompleteUserTask(task=row.id, data={}), office.actor("van.thu"))
    with pytest.raises(InvalidInput, match="Nothing is to be put aside"):
        office.do(PutAside(task=row.id, until="2024-04-03"), office.actor("van.thu"))


def test_nobody_puts_aside_what_is_not_theirs_to_do(office: Office) -> None:
    with pytest.raises(Denied):
        office.do(PutAside(task=task(office).id, until="2024-04-03"), office.actor("bi.thu"))


def test_putting_aside_leaves_no_record_because_it_touches_no_case(office: Office) -> None:
    before = office.outcomes()
    office.do(PutAside(task=task(office).id, until="2024-04-03"), office.actor("van.thu"))
    assert office.outcomes() == before


def test_a_filter_of_ones_own_is_seen_by_nobody_else(office: Office) -> None:
    keep(office, "van.thu")
    assert kept(office, "van.thu") == [("Trễ hạn", True, None)]
    assert kept(office, "van.thu.2") == []
    assert office.outcomes()[-1] == ("filter.kept", "done")


def test_a_shared_filter_is_seen_by_everybody_in_the_organisation(office: Office) -> None:
    keep(office, "van.thu", share="btg")
    assert kept(office, "lanh.dao") == [("Trễ hạn", False, "Ban Tuyên giáo Tỉnh ủy Mường Sương")]
    assert kept(office, "bi.thu") == []


def test_nobody_shares_a_filter_where_they_have_no_post(office: Office) -> None:
    with pytest.raises(Denied, match="one of your own organisations"):
        keep(office, "van.thu", share="phuong")


@pytest.mark.parametrize("name", ["", "   ", "x" * 101])
def test_a_filter_has_a_name_of_its_own(office: Office, name: str) -> None:
    with pytest.raises(InvalidInput, match="name of 1 to 100 characters"):
        keep(office, "van.thu", name=name)


def test_a_filter_is_renamed_and_deleted_by_its_owner_alone(office: Office) -> None:
    identity = keep(office, "van.thu", share="btg")
    for command in (RenameFilter(filter=identity, name="Khác"), DropFilter(filter=identity)):
        with pytest.raises(NotFound, match="a filter of your own"):
            office.do(command, office.actor("van.thu.2"))
    office.do(RenameFilter(filter=identity, name="Khác"), office.actor("van.thu"))
    assert kept(office, "van.thu.2") == [("Khác", False, "Ban Tuyên giáo Tỉnh ủy Mường Sương")]
    office.do(DropFilter(filter=identity), office.actor("van.thu"))
    assert kept(office, "van.thu") == []
    assert office.intact()
