"""What the pages of reports ask, on a month in which a cell corrected its report and a leader overrode a figure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

import pytest
from sqlalchemy import Connection, select, update

from engine.audit.genealogy_page import ShowFigure, answer_figure
from engine.history.transaction import Reading
from engine.kernel.actor import Actor
from engine.kernel.calendar import start_of_day
from engine.kernel.errors import Denied, NotFound
from engine.reports.consolidation_page import ConsolidationPage, ShowConsolidation, answer_consolidation
from engine.reports.ground import ShowGround, answer_ground
from engine.reports.listing import ListReports, answer_list
from engine.reports.page import ReportPage, ShowReport, answer_report
from engine.storage import Database
from engine.storage.schema import consolidation, obligation, organisation, person, report
from engine.storage.unit_of_work import UnitOfWork
from tests.web.statements import counted


class Office:
    """Asks as a person of the offices."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def reading(self, login: str) -> Reading:
        identity = self.connection.execute(select(person.c.id).where(person.c.login == login)).scalar_one()
        return Reading(connection=self.connection, now=start_of_day(date(2024, 6, 30)), actor=Actor.person(identity, method="test"))

    def unit(self, code: str) -> str:
        return str(self.connection.execute(select(organisation.c.id).where(organisation.c.code == code)).scalar_one())

    def report(self, code: str, login: str, period: str = "2024-04") -> ReportPage:
        query = select(report.c.id).where(report.c.organisation == self.unit(code), report.c.period == period)
        return answer_report(ShowReport(report=self.connection.execute(query).scalar_one()), self.reading(login))

    def above(self, code: str, login: str, period: str = "2024-04", **more: int) -> ConsolidationPage:
        query = select(consolidation.c.id).where(consolidation.c.organisation == self.unit(code), consolidation.c.period == period)
        return answer_consolidation(ShowConsolidation(consolidation=self.connection.execute(query).scalar_one(), **more), self.reading(login))


@pytest.fixture
def corrected(played: Callable[[str], Database]) -> Iterator[Office]:
    with played("report_corrected").reading() as connection:
        yield Office(connection)


@pytest.fixture
def kept(played: Callable[[str], Database]) -> Iterator[Office]:
    with played("report_after_cutoff_next_period").reading() as connection:
        yield Office(connection)


def activities(page: ConsolidationPage) -> list[int]:
    return [total.value for letter in page.letters for total in letter.indicators if total.key == "activities"]


def test_a_correction_is_a_revision_of_its_own_with_its_reason_and_what_it_changed(corrected: Office) -> None:
    page = corrected.report("chi-bo-21", "chi.bo.21")
    newest, first = page.revisions
    assert (newest.kind, first.kind) == ("correction", "regular")
    assert newest.reason
    assert {change.label for change in newest.changes.figures} >= {"Số hoạt động đã tổ chức"}
    assert not first.changes
    assert {answer.status for revision in page.revisions for answer in revision.answers} == {"accepted"}
    assert newest.answers[0].by == "Đặng Ngọc Chi"


def test_a_report_knows_its_way_to_the_top(corrected: Office) -> None:
    path = corrected.report("chi-bo-21", "chi.bo.21").path
    assert [(step.level, step.name) for step in path] == [
        (1, "Đảng ủy phường Nam Bình"),
        (2, "Ban Tuyên giáo Tỉnh ủy Mường Sương"),
        (3, "Thường trực Tỉnh ủy Mường Sương"),
    ]
    assert path[-1].report is None


def test_old_and_new_revisions_of_a_consolidation_stand_side_by_side(corrected: Office) -> None:
    newest = corrected.above("btg", "btg.tong.hop")
    assert [each.number for each in newest.revisions] == [1, 2]
    assert newest.revisions[1].cause == "corrected"
    assert activities(newest) == [13]
    assert activities(corrected.above("btg", "btg.tong.hop", revision=1)) == [12]
    with pytest.raises(NotFound, match="Expected a revision"):
        corrected.above("btg", "btg.tong.hop", revision=9)


def test_a_figure_comes_down_to_the_cells_in_one_statement_a_level(corrected: Office) -> None:
    top = corrected.above("tinh", "tinh.bi.thu")
    (total,) = [each.id for letter in top.letters for each in letter.indicators if each.key == "activities"]
    assert total is not None
    with counted() as statements:
        page = answer_figure(ShowFigure(total=total), corrected.reading("tinh.bi.thu"))
    assert page.levels == 3
    assert len(statements) <= 2 + page.levels  # who asks, the total itself, and each level
    assert sum(row.value for row in page.rows if row.level == 1) == page.value == sum(row.own for row in page.rows)
    assert {row.unit for row in page.rows if row.level == 3} == {"Chi bộ tổ 1, phường Đông Sơn", "Chi bộ tổ 2, phường Đông Sơn", "Chi bộ tổ 1, phường Nam Bình"}


def test_what_comes_after_the_cut_off_is_carried_and_says_so(kept: Office) -> None:
    periods = kept.connection.execute(select(consolidation.c.period).where(consolidation.c.organisation == kept.unit("phuong-1"))).scalars().all()
    lines = [line for period in periods for line in kept.above("phuong-1", "phuong.1.can.bo", period).lines]
    assert [line.carried_from for line in lines if line.carried_from] == ["2024-04"]
    assert "missing" in {line.state for line in lines}


def test_the_list_counts_every_unit_once(corrected: Office) -> None:
    found = answer_list(ListReports(organisation=corrected.unit("btg")), corrected.reading("btg.tong.hop"))
    for row in found.below:
        assert row.expected == row.on_time + row.late + row.unread + row.returned + row.missing + row.waiting
    assert {row.period for row in found.below} == {"2024-04", "2024-05"}
    assert [row.status for row in found.own] == ["accepted"] * found.own_count


@pytest.mark.parametrize(
    ("next_period", "end_period", "shown"),
    [("2024-05", None, ["2024-06"]), ("2024-07", None, ["2024-07"]), ("2024-05", "2024-05", [])],
    ids=["the report of the month is open already", "the month is still to open", "nothing comes after"],
)
def test_a_letter_that_comes_after_the_report_was_opened_has_its_section_in_the_next(
    played: Callable[[str], Database], next_period: str, end_period: str | None, shown: list[str]
) -> None:
    with UnitOfWork(played("report_corrected")) as work:  # and is not kept
        office = Office(work.connection)
        late = {"status": "open", "next_period": next_period, "end_period": end_period}
        work.connection.execute(update(obligation).where(obligation.c.organisation == office.unit("btg")).values(late))
        found = answer_list(ListReports(organisation=office.unit("btg")), office.reading("btg.tong.hop"))
        assert [each.period for each in found.to_come] == shown


def test_the_list_is_filtered_and_paged(corrected: Office) -> None:
    reading, unit = corrected.reading("btg.tong.hop"), corrected.unit("btg")
    assert answer_list(ListReports(organisation=unit, year="2023"), reading).own == ()
    assert answer_list(ListReports(organisation=unit, state="finished"), reading).own_count == 2
    assert answer_list(ListReports(organisation=unit, state="unfinished"), reading).below == ()
    assert answer_list(ListReports(organisation=unit, page=1, below_page=1), reading).own == ()


def test_what_is_not_submitted_is_shown_to_its_writers_only(corrected: Office) -> None:
    page = corrected.report("phuong-2", "phuong.2.can.bo")
    ground = answer_ground(ShowGround(report=page.id), corrected.reading("phuong.2.can.bo"))
    assert [figure.key for section in ground.sections for figure in section.figures] == ["activities", "people"]
    with pytest.raises(Denied, match="Expected somebody of Đảng ủy phường Nam Bình"):
        answer_ground(ShowGround(report=page.id), corrected.reading("btg.tong.hop"))


def test_the_last_period_stands_beside_this_one(corrected: Office) -> None:
    may = corrected.report("chi-bo-21", "chi.bo.21", "2024-05")
    assert may.last_period == "2024-04"
    assert {key for _directive, key in may.last} == {"activities", "people"}


def test_what_no_id_names_is_not_found(corrected: Office) -> None:
    reading = corrected.reading("btg.tong.hop")
    for ask in (lambda: answer_report(ShowReport(report="none"), reading), lambda: answer_figure(ShowFigure(total="none"), reading)):
        with pytest.raises(NotFound):
            ask()
    with pytest.raises(NotFound):
        answer_consolidation(ShowConsolidation(consolidation="none"), reading)
