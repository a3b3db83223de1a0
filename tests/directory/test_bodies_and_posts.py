"""Organisations, lines, posts and groups change one at a time, for a reason, and never into what cannot be."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from engine.audit.directory_pages import ListOrganisations, ShowOrganisation
from engine.audit.people_pages import ListPeople
from engine.directory.bodies import AddEdge, ChangeOrganisation, CreateOrganisation, EndEdge
from engine.directory.calendar_changes import ChangeCalendarDay
from engine.directory.groups import AddGroupMember, CreateGroup
from engine.directory.indicator_sets import KeepIndicatorSet, ListIndicatorSets, RetireIndicatorSet, SetRow
from engine.directory.organisations import superiors
from engine.directory.people import RegisterPerson
from engine.directory.posts import Appoint, CreatePost, EndHolding
from engine.directory.splitting import SplitOrganisation
from engine.directory.working_calendar import calendar_of
from engine.door import Door
from engine.instances.leaving import RecordDeparture, ShowDeparture
from engine.kernel.actor import SYSTEM
from engine.kernel.errors import Denied, InvalidInput, Refused
from engine.reports.regime_changes import ChangeRegime, EndRegime, ListRegimes
from engine.reports.regimes import due_date
from engine.storage import Database
from engine.storage.schema import holding, organisation_edge, post, recipient_group, reporting_regime
from tests.door.office import Office

WHY = "Quyết định số 12-QĐ/TU"
DAY = "2024-04-01"
Commands = Callable[[Office], Any]


@pytest.fixture
def office(database: Database) -> Office:
    return Office(database)


def edge(office: Office, above: str, below: str, **more: Any) -> AddEdge:
    return AddEdge(**{"parent": office.unit(above), "child": office.unit(below), "line": "committee", "valid_from": DAY, "reason": WHY, **more})


def ask(office: Office, query: Any) -> Any:
    door: Door = office.door
    return door.ask(query, SYSTEM)


def held(office: Office, login: str) -> Any:
    with office.database.reading() as connection:
        return connection.execute(select(holding).where(holding.c.person == office.actor(login).id).order_by(holding.c.id)).first()


def test_a_line_counts_from_its_day_until_its_end(office: Office) -> None:
    made = office.do(edge(office, "phuong", "bao"))["edge"]
    office.do(EndEdge(edge=made, last_day="2024-04-30", reason=WHY))
    with office.database.reading() as connection:
        for day, stands in ((date(2024, 3, 31), False), (date(2024, 4, 1), True), (date(2024, 4, 30), True), (date(2024, 5, 1), False)):
            assert (office.unit("phuong") in superiors(connection, office.unit("bao"), day)) is stands


def test_no_line_closes_a_circle_on_any_day(office: Office) -> None:
    with pytest.raises(Refused, match="stands below it already"):
        office.do(edge(office, "phuong", "tinh"))
    office.do(edge(office, "phuong", "bao", valid_to="2024-04-30"))
    with pytest.raises(Refused, match="stands below it already"):
        office.do(edge(office, "bao", "phuong", valid_from="2024-04-30"))
    office.do(edge(office, "bao", "phuong", valid_from="2024-05-01"))


@pytest.mark.parametrize(
    ("wrong", "match"),
    [
        (lambda office: edge(office, "btg", "phuong", line="professional"), "there is one of this kind"),
        (lambda office: edge(office, "btg", "phuong", line="friend"), "Expected a line of"),
        (lambda office: edge(office, "btg", "phuong", valid_to="2024-03-01"), "Expected a last day on or after"),
        (lambda office: edge(office, "btg", "phuong", reason=" "), "Expected a reason"),
        (lambda _office: CreateOrganisation(code="btg", name="X", level="cell", symbol="", valid_from=DAY, reason=WHY), "'btg' exists already"),
        (lambda _office: CreateOrganisation(code="x", name="X", level="moon", symbol="", valid_from=DAY, reason=WHY), "Expected a level"),
        (lambda _office: CreateOrganisation(code="x", name=" ", level="cell", symbol="", valid_from=DAY, reason=WHY), "Expected the name"),
        (lambda office: CreatePost(organisation=office.unit("btg"), title="Phó ban", roles=("king",), reason=WHY), "Expected roles of"),
        (lambda _office: RegisterPerson(login="Văn Thư", name="X", email="", reason=WHY), "Expected a login of small letters"),
        (lambda _office: RegisterPerson(login="van.thu", name="X", email="", reason=WHY), "belongs to somebody already"),
        (lambda _office: ChangeCalendarDay(day="2024-04-02", kind="swapped", note="làm bù", reason=WHY), "Saturday or Sunday"),
        (lambda _office: ChangeRegime(superior=None, level="cell", frequency="monthly", due_day=31, reason=WHY), "from 1 to 28"),
        (lambda _office: KeepIndicatorSet(name="Bộ", rows=(), reason=WHY), "at least one indicator"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(office: Office, wrong: Commands, match: str) -> None:
    command, before = wrong(office), office.contents()
    with pytest.raises((InvalidInput, Refused), match=match):
        office.do(command)
    assert office.contents() == before


def test_only_an_administrator_changes_the_directory(office: Office) -> None:
    with pytest.raises(Denied, match="admin"):
        office.do(edge(office, "phuong", "bao"), office.actor("lanh.dao"))
    with pytest.raises(Denied, match="admin"):
        office.door.ask(ListOrganisations(day=DAY), office.actor("lanh.dao"))


def test_the_list_goes_level_by_level_and_a_name_finds_without_marks(office: Office) -> None:
    top = ask(office, ListOrganisations(day=DAY))
    assert [(row.code, top.below.get(row.id)) for row in top.rows] == [("tinh", 1)]
    below = ask(office, ListOrganisations(day=DAY, parent=office.unit("btg")))
    assert sorted(row.code for row in below.rows) == ["bao", "phuong"]
    assert [row.code for row in ask(office, ListOrganisations(day=DAY, text="dong son")).rows] == ["phuong"]


def test_a_changed_name_is_told_with_the_old_one(office: Office) -> None:
    office.do(ChangeOrganisation(organisation=office.unit("bao"), name="Báo mới", level="grassroots", symbol="BC", represented_by=office.unit("btg"), reason=WHY))
    shown = ask(office, ShowOrganisation(organisation=office.unit("bao"), day=DAY))
    assert (shown.row.name, shown.representative) == ("Báo mới", "Ban Tuyên giáo Tỉnh ủy Mường Sương")
    assert office.outcomes()[-1] == ("organisation.changed", "done")


def test_somebody_is_registered_and_appointed_once_for_the_same_days(office: Office) -> None:
    office.do(RegisterPerson(login="moi", name="Lò Thị Mây", email="", reason=WHY))
    made = office.do(CreatePost(organisation=office.unit("btg"), title="Phó ban", roles=("leader",), reason=WHY))["post"]
    appointment = Appoint(post=made, login="moi", valid_from=DAY, reason=WHY)
    office.do(appointment)
    with pytest.raises(Refused, match="is not Phó ban yet"):
        office.do(appointment)
    office.do(EndHolding(holding=held(office, "moi").id, last_day="2024-04-02", reason=WHY))
    office.do(Appoint(post=made, login="moi", valid_from="2024-04-03", reason=WHY))
    assert [row.login for row in ask(office, ListPeople(text="may")).rows] == ["moi"]


def test_a_group_and_its_members(office: Office) -> None:
    made = office.do(CreateGroup(owner=office.unit("btg"), name="Các cơ quan báo chí tỉnh", reason=WHY))["group"]
    office.do(AddGroupMember(group=made, code="bao", reports=True, reason=WHY))
    office.do(AddGroupMember(group=made, code="bao", reports=False, reason=WHY))
    with pytest.raises(InvalidInput, match="just so"):
        office.do(AddGroupMember(group=made, code="bao", reports=False, reason=WHY))
    with office.database.reading() as connection:
        assert connection.execute(select(recipient_group.c.code).where(recipient_group.c.id == made)).scalar_one() == "cac-co-quan-bao-chi-tinh"


def test_a_day_off_is_in_force_at_once(office: Office) -> None:
    office.do(ChangeCalendarDay(day="2024-04-02", kind="off", note="nghỉ", reason=WHY))
    with office.database.reading() as connection:
        assert not calendar_of(connection).is_working(date(2024, 4, 2))
    office.do(ChangeCalendarDay(day="2024-04-02", kind="", note="", reason=WHY))
    with office.database.reading() as connection:
        assert calendar_of(connection).is_working(date(2024, 4, 2))


def test_a_default_due_day_and_one_of_a_superior(office: Office) -> None:
    office.do(ChangeRegime(superior=None, level="grassroots", frequency="monthly", due_day=12, reason=WHY))
    with office.database.reading() as connection:
        assert due_date(connection, office.unit("phuong"), "2024-05") == date(2024, 5, 12)
    own = office.do(ChangeRegime(superior=office.unit("btg"), level="grassroots", frequency="monthly", due_day=10, reason=WHY))["regime"]
    assert [row.unit for row in ask(office, ListRegimes()) if row.superior] == ["Ban Tuyên giáo Tỉnh ủy Mường Sương"]
    office.do(EndRegime(regime=own, reason=WHY))
    assert office.count(reporting_regime) == 18


def test_a_set_of_indicators_is_replaced_and_withdrawn(office: Office) -> None:
    rows = (SetRow(label="Số buổi tuyên truyền", unit="buổi", aggregation="sum"),)
    made = office.do(KeepIndicatorSet(name="Bộ A", rows=rows, reason=WHY))["indicator_set"]
    more = (*rows, SetRow(label="Số người dự", unit="người", aggregation="sum"))
    office.do(KeepIndicatorSet(identity=made, name="Bộ B", rows=more, reason=WHY))
    (kept,) = ask(office, ListIndicatorSets())
    assert (kept.name, [row.key for row in kept.rows]) == ("Bộ B", ["so_buoi_tuyen_truyen", "so_nguoi_du"])
    office.do(RetireIndicatorSet(identity=made, reason=WHY))
    assert ask(office, ListIndicatorSets()) == []


def test_a_split_takes_posts_and_bodies_and_leaves_the_work(office: Office) -> None:
    seat = held(office, "chuyen.vien")
    split = SplitOrganisation(
        organisation=office.unit("btg"),
        code="bdv",
        name="Ban Dân vận",
        level="province",
        symbol="BDV",
        begins="2024-05-01",
        posts=(seat.post,),
        children=(office.unit("bao"),),
        reason=WHY,
    )
    office.do(split)
    with office.database.reading() as connection:
        assert superiors(connection, office.unit("bao"), date(2024, 5, 1)) == {office.unit("bdv"), office.unit("tinh")}
        assert superiors(connection, office.unit("bao"), date(2024, 4, 30)) == {office.unit("btg"), office.unit("tinh")}
        places = connection.execute(select(post.c.organisation, holding.c.valid_from, holding.c.valid_to).join(holding).where(holding.c.person == seat.person)).all()
    assert sorted(places) == sorted([(office.unit("btg"), "2020-01-01", "2024-04-30"), (office.unit("bdv"), "2024-05-01", None)])
    with pytest.raises(InvalidInput, match="exists already"):
        office.do(split)
    assert office.count(organisation_edge) == 5


def test_who_leaves_is_followed_by_the_successor(office: Office) -> None:
    seat = held(office, "van.thu")
    departure = RecordDeparture(
        person=seat.person, last_day="2024-04-30", successors=((seat.id, "van.thu.2"),), tasks="queue", close_account=True, reason=WHY
    )
    assert len(ask(office, ShowDeparture(person=seat.person)).posts) == 1
    office.do(departure)
    with office.database.reading() as connection:
        rows = connection.execute(select(holding.c.person, holding.c.valid_from, holding.c.valid_to).where(holding.c.post == seat.post)).all()
    assert sorted(rows) == sorted([(seat.person, "2020-01-01", "2024-04-30"), (office.actor("van.thu.2").id, "2024-05-01", None)])
    with pytest.raises((InvalidInput, Refused)):
        office.do(RecordDeparture(person=seat.person, last_day="2024-04-30", successors=((seat.id, "van.thu"),), tasks="queue", close_account=False, reason=WHY))
