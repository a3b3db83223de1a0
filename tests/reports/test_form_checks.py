"""What the schema of a form cannot know is said to whoever hands it in, in one sentence, and nothing is written."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Connection, insert, update

from engine.kernel.errors import InvalidInput, Refused
from engine.reports.correct import correctable
from engine.reports.form_checks import check_content
from engine.reports.sections import contents_of
from engine.storage import Database
from engine.storage.schema import indicator, obligation, report, report_figure, report_section
from tests.door.office import Office
from tests.reports.test_recipients import issue

KINDS = {"activities": "sum", "peak": "max", "share": "ratio", "opinion": "text"}
FULL = {"assessment": "done", "result_narrative": "Xong.", "indicators": {"activities": 3, "peak": 9, "opinion": "Tốt."}}


@pytest.fixture
def office(deployed_database: Database) -> Office:
    return Office(database=deployed_database).deploy()


@pytest.fixture
def letter(office: Office) -> str:
    letter = issue(office, ["duoi"])
    for place, (key, aggregation) in enumerate(KINDS.items()):
        parts = {"numerator": "activities", "denominator": "peak"} if aggregation == "ratio" else {}
        row = {"directive": letter, "key": key, "position": place, "label": f"Chỉ tiêu {key}", "unit": "", "aggregation": aggregation}
        office.change(insert(indicator).values(**row, **parts, required=int(aggregation != "max")))
    office.change(update(obligation).where(obligation.c.directive == letter).values(id="duty"))
    return letter


def check(office: Office, content: dict[str, Any], *, unit: str = "phuong", section: str = "duty") -> None:
    with office.database.reading() as connection:
        check_content(connection, office.unit(unit), section, content)


@pytest.mark.usefixtures("letter")
def test_a_whole_section_is_taken(office: Office) -> None:
    check(office, FULL)
    check(office, {"assessment": "nil", "nil_reason": "Không có.", "indicators": {}})


@pytest.mark.usefixtures("letter")
@pytest.mark.parametrize(
    ("figures", "words"),
    [
        ({"activities": 3}, "Chỉ tiêu opinion (opinion)"),
        ({"opinion": "Tốt."}, "Chỉ tiêu activities (activities)"),
        ({**FULL["indicators"], "songs": 1}, "Expected only the indicators of 01-CV/BTGTU"),
        ({**FULL["indicators"], "activities": "ba"}, "a whole number"),
        ({**FULL["indicators"], "opinion": 3}, "words for 'Chỉ tiêu opinion'"),
        ({**FULL["indicators"], "share": 3}, "computed from its parts"),
    ],
)
def test_figures_must_be_those_that_the_directive_asks_for(office: Office, figures: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        check(office, {**FULL, "indicators": figures})
    assert words in refusal.value.message


@pytest.mark.usefixtures("letter")
def test_nobody_writes_the_section_of_another_body(office: Office) -> None:
    with pytest.raises(InvalidInput, match="Báo Mường Sương as the section, but found that of Đảng ủy phường Đông Sơn"):
        check(office, FULL, unit="bao")
    with pytest.raises(InvalidInput, match="which nobody has"):
        check(office, FULL, section="other")


@pytest.mark.usefixtures("letter")
def test_a_section_answers_another_directive_too_only_through_another_section(office: Office) -> None:
    with pytest.raises(InvalidInput, match="found this very one"):
        check(office, {"assessment": "elsewhere", "same_as": "duty", "indicators": {}})


def with_report(office: Office, letter: str, status: str) -> None:
    unit = office.unit("phuong")
    row = {"id": "report", "organisation": unit, "report_type": "báo cáo tháng", "period": "2024-04", "revision": 1}
    office.change(insert(report).values(**row, status=status, due_date="2024-04-18", opened_at="2024-04-08T01:00:00.000Z"))
    section = {"id": "section", "report": "report", "revision": 1, "obligation": "duty", "directive": letter, "assessment": "done"}
    office.change(insert(report_section).values(**section, narrative="Xong.", difficulties="", proposals="", next_tasks=""))
    figure = {"id": "figure", "report_section": "section", "indicator": "activities", "own_value": 3, "value": 5}
    office.change(insert(report_figure).values(**figure))


def find(office: Office, connection: Connection, letter: str, period: str) -> str:
    return str(correctable(connection, office.unit("phuong"), letter, {}, {"period": period}).id)


def test_an_accepted_report_can_be_corrected_and_begins_with_what_it_says(office: Office, letter: str) -> None:
    with_report(office, letter, "accepted")
    with office.database.reading() as connection:
        assert find(office, connection, letter, "2024-04") == "report"
        assert contents_of(connection, "report", 1) == {
            "duty": {"assessment": "done", "result_narrative": "Xong.", "indicators": {"activities": 3}}  # its own part, not the whole
        }


@pytest.mark.parametrize(
    ("status", "words"), [("open", "not submitted yet"), ("submitted", "have not answered yet"), ("returned", "is being mended")]
)
def test_a_report_that_is_under_way_is_not_submitted_a_second_time(office: Office, letter: str, status: str, words: str) -> None:
    with_report(office, letter, status)
    with office.database.reading() as connection, pytest.raises(Refused, match=words):
        find(office, connection, letter, "2024-04")


def test_a_period_without_a_report_has_nothing_to_correct(office: Office, letter: str) -> None:
    with_report(office, letter, "accepted")
    with office.database.reading() as connection, pytest.raises(InvalidInput, match="for tháng 5/2024, but there is none"):
        find(office, connection, letter, "2024-05")
