"""Issuing a letter: what is written down with it, and what is wrong with a draft before it is signed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import insert, select

from engine.directives.calls import RecordExternalFigures, ShowExternalFigures
from engine.instances.commands import StartProcess
from engine.kernel.errors import Denied, InvalidInput, Refused
from engine.storage import Database
from engine.storage.schema import (
    citation,
    directive,
    directive_attachment,
    directive_item,
    external_figure,
    history_stream,
    indicator,
    obligation,
    recipient_group,
    register_entry,
    user_task,
)
from tests.door.office import Office
from tests.processes.walk import filled

ONCE = {"frequency": "once", "report_type": "báo cáo kết quả đợt", "due_date": "2024-05-10", "due_operator": "before"}


@pytest.fixture
def office(deployed_database: Database) -> Office:
    return Office(deployed_database).deploy()


def draft(**changes: Any) -> dict[str, Any]:
    return filled("draft_directive") | {"recipient_groups": ["duoi"], "obligation": {"frequency": "none"}} | changes


def begin(office: Office, **changes: Any) -> None:
    """The specialist of btg drafts a letter of its own accord."""
    start = StartProcess(process="directive_originate", organisation=office.unit("btg"), directive=None)
    office.do(start, office.actor("chuyen.vien"))
    office.drain()
    office.complete("draft_directive", "chuyen.vien", **draft(**changes))


def issue(office: Office, decision: str = "sign", **changes: Any) -> Any:
    begin(office, **changes)
    return sign(office, decision)


def sign(office: Office, decision: str = "sign") -> Any:
    office.complete("check_form", "lanh.dao", **filled("check_form"))
    office.complete("sign_directive", "lanh.dao", decision=decision)
    office.complete("copy_dispatch" if decision == "relay_only" else "number_dispatch", "van.thu", issued_date="2024-04-01")
    return newest(office)


def newest(office: Office) -> Any:
    """The letter that btg has issued last."""
    return max(rows(office, directive, directive.c.issuer == office.unit("btg")), key=lambda row: row.code)


def rows(office: Office, table: Any, *conditions: Any) -> list[Any]:
    with office.database.reading() as connection:
        return list(connection.execute(select(table).where(*conditions).order_by(*table.primary_key.columns)))


def problems(office: Office, **changes: Any) -> list[str]:
    begin(office, **changes)
    context = json.loads(office.task("draft_directive").context)
    return list(context["draft_problems"])


def test_a_report_that_is_owed_once_has_its_last_day_and_the_day_on_which_it_opens(office: Office) -> None:
    letter = issue(office, obligation=ONCE, phase_end="2024-04-28")
    (owed,) = rows(office, obligation)
    assert (owed.due_date, owed.opens_on, owed.next_period) == ("2024-05-09", "2024-04-28", "final")
    assert owed.report_type == f"báo cáo kết quả đợt ({letter.code})"


def test_a_campaign_without_an_end_ends_a_week_before_its_report(office: Office) -> None:
    issue(office, obligation=ONCE)
    assert rows(office, obligation)[0].opens_on == "2024-05-02"


@pytest.mark.parametrize(("frequency", "first"), [("weekly", "2024-W14"), ("monthly", "2024-04"), ("quarterly", "2024-Q2")])
def test_a_report_that_returns_begins_with_the_period_of_the_letter(office: Office, frequency: str, first: str) -> None:
    issue(office, obligation={"frequency": frequency, "report_type": "báo cáo công tác"})
    (owed,) = rows(office, obligation)
    assert (owed.first_period, owed.due_date, owed.opens_on) == (first, None, None)


def test_two_letters_with_one_code_do_not_share_a_report(office: Office) -> None:
    for _ in range(2):
        issue(office, obligation=ONCE)
        office.change(directive.update().values(code="01-CV/BTGTU"))
        office.change(obligation.update().values(report_type="báo cáo kết quả đợt (02-CV/BTGTU)"))
    issue(office, obligation=ONCE)
    assert len({row.report_type for row in rows(office, obligation)}) == 2


def test_an_item_keeps_its_deadline_as_written_and_its_last_day(office: Office) -> None:
    item = {"item_no": "1", "text": "Nộp dự thảo.", "addressees": [], "mode": "one_off", "due_date": "2024-04-05", "deliverable": "dự thảo"}
    issue(office, items=[{**item, "due_operator": "before"}, {**item, "due_operator": "by"}])
    kept = {row.due_operator: (row.due_date, row.last_day, row.deliverable) for row in rows(office, directive_item)}
    assert kept == {"before": ("2024-04-05", "2024-04-04", "dự thảo"), "by": ("2024-04-05", "2024-04-05", "dự thảo")}


def test_a_citation_is_linked_when_the_issuer_knows_the_letter(office: Office) -> None:
    received = office.receive(33)
    issue(office, basis=[{"code": "33-CV/TU", "date": "2024-04-01", "relation": "attaches"}, "238-QĐ/TW"], attached=[received])
    cited = {row.code: (row.cited, row.relation, row.cited_date) for row in rows(office, citation)}
    assert cited == {"33-CV/TU": (received, "attaches", "2024-04-01"), "238-QĐ/TW": (None, "implements", None)}
    assert [row.attached for row in rows(office, directive_attachment)] == [received]


def test_a_letter_of_one_s_own_is_its_own_root_and_its_case_is_found_in_its_history(office: Office) -> None:
    letter = issue(office)
    assert (letter.root, letter.parent, letter.code) == (letter.id, None, "01-CV/BTGTU")
    before = office.count(history_stream, history_stream.c.stream == letter.id)
    office.clock.advance_to(office.clock.now().replace(year=2026))
    office.drain()
    office.complete("close_directive", "lanh.dao", reason="sunset", date="2025-04-15")
    assert office.count(history_stream, history_stream.c.stream == letter.id) > before


def test_a_received_letter_goes_on_as_a_copy_without_a_number(office: Office) -> None:
    received = office.receive(33)
    office.complete("check_incoming", "van.thu", **filled("check_incoming"))
    office.complete("register_incoming", "van.thu", **filled("register_incoming"))
    office.complete("leader_instruction", "lanh.dao", action="forward", lead_unit="btg", instruction="Sao gửi.")
    office.complete("draft_directive", "chuyen.vien", **draft())
    letter = sign(office, "relay_only")
    assert (letter.number, letter.code, letter.doc_type, letter.parent) == (None, "-SY/BTGTU", "bản sao", received)
    assert [row.attached for row in rows(office, directive_attachment)] == [received]
    assert office.count(register_entry, register_entry.c.directive == letter.id) == 0


def test_what_a_collective_issues_is_signed_by_its_standing_board(office: Office) -> None:
    begin(office, signer_authority="T/M")
    office.complete("check_form", "lanh.dao", **filled("check_form"))
    assert office.task("sign_directive").role == "standing_board"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"process": "no_such_shape"}, "Expected a deployed process"),
        ({"recipient_groups": ["chua-co"]}, "Expected a recipient group of Ban Tuyên giáo Tỉnh ủy Mường Sương, but found 'chua-co'"),
        ({"recipient_groups": ["trong"]}, 'Expected a member of the recipient group "Nhóm trống" (trong)'),
        ({"follows_up": "1337-CV/BTGTU"}, "Expected a letter of Ban Tuyên giáo Tỉnh ủy Mường Sương with the code '1337-CV/BTGTU'"),
        ({"attached": ["nothing"]}, "Expected the id of a registered letter to attach"),
        ({"document": "0" * 64}, "Expected a stored document"),
        ({"milestones": [{"key": "a", "title": "Dự thảo", "owner": "phuong", "depends_on": ["a"]}]}, "Expected milestones that wait for earlier ones"),
        ({"obligation": ONCE, "sunset": "2024-05-01"}, "Expected the tracking to end after the report is due (10/05/2024)"),
        ({"obligation": ONCE, "phase_end": "2024-05-10"}, "Expected the campaign to end by the last day of its report (09/05/2024)"),
    ],
)
def test_what_is_wrong_with_a_draft_is_told_before_anybody_signs(office: Office, changes: dict[str, Any], sentence: str) -> None:
    empty = {"id": "G", "owner": office.unit("btg"), "code": "trong", "name": "Nhóm trống"}
    office.change(insert(recipient_group).values(**empty))
    (found,) = problems(office, **changes)
    assert found.startswith(sentence), found


def handed_down(office: Office, received: dict[str, Any], below: dict[str, Any]) -> list[str]:
    office.receive(33, obligation=received, sunset="2024-12-31", process="campaign_final")
    office.complete("check_incoming", "van.thu", **filled("check_incoming"))
    office.complete("register_incoming", "van.thu", **filled("register_incoming"))
    office.complete("leader_instruction", "lanh.dao", action="forward", lead_unit="btg", instruction="Ban hành xuống.")
    office.complete("draft_directive", "chuyen.vien", **draft(obligation=below))
    with office.database.reading() as connection:
        query = select(user_task.c.context).where(user_task.c.status == "open").order_by(user_task.c.created_at.desc())
        return list(json.loads(connection.execute(query).scalars().first() or "{}")["draft_problems"])


def test_a_report_from_below_is_due_before_one_s_own(office: Office) -> None:
    (found,) = handed_down(office, ONCE, {**ONCE, "due_operator": "by", "due_date": "2024-05-09"})
    assert found.startswith("Expected the report from below by a day before our own last day (09/05/2024), but its last day is 09/05/2024.")


def test_an_earlier_report_from_below_is_in_order(office: Office) -> None:
    assert handed_down(office, ONCE, {**ONCE, "due_date": "2024-05-09"}) == []


# --- figures that come otherwise than by reports ---------------------------------------------------------------------


def figures(office: Office, text: str, letter: str | None = None) -> RecordExternalFigures:
    return RecordExternalFigures(organisation=office.unit("btg"), directive=letter or newest(office).id, text=text)


def counted(office: Office) -> Any:
    wanted = {"key": "entries", "label": "Số tác phẩm", "unit": "tác phẩm", "aggregation": "sum", "required": False}
    return issue(office, indicators=[wanted])


HEAD = "organisation,indicator,value,as_of\n"


def test_the_issuer_enters_what_was_sent_straight_to_it(office: Office) -> None:
    counted(office)
    office.do(figures(office, f"{HEAD}phuong,entries,8,2024-04-30\n"), office.actor("chuyen.vien"))
    (row,) = rows(office, external_figure)
    assert (row.organisation, row.indicator, row.value, row.as_of) == (office.unit("phuong"), "entries", 8, "2024-04-30")
    assert office.count(indicator, indicator.c.key == "entries") == 1
    assert "figures.recorded" in dict(office.outcomes())


def test_the_issuer_sees_who_has_entries_and_who_has_none(office: Office) -> None:
    wanted = {"key": "entries", "label": "Số tác phẩm", "unit": "tác phẩm", "aggregation": "sum", "required": False}
    letter = issue(office, indicators=[wanted], recipient_groups=["duoi", "bao-chi"])
    office.do(figures(office, f"{HEAD}phuong,entries,8,2024-04-30\nphuong,entries,9,2024-05-31\n"), office.actor("chuyen.vien"))
    question = ShowExternalFigures(organisation=office.unit("btg"), directive=letter.id)
    seen = {row["code"]: row["figures"] for row in office.door.ask(question, office.actor("lanh.dao"))}
    assert seen == {"phuong": {"entries": 9}, "bao": {}}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("unit,value\nphuong,8\n", "Expected the columns"),
        (HEAD, "Expected at least one line"),
        (f"{HEAD}bao,entries,8,2024-04-30\n", "Expected an organisation that the directive was sent to in line 2"),
        (f"{HEAD}phuong,people,8,2024-04-30\n", "Expected an indicator of the directive"),
        (f"{HEAD}phuong,entries,tám,2024-04-30\n", "Expected a whole number"),
        (f"{HEAD}phuong,entries,-1,2024-04-30\n", "Expected a number from 0"),
    ],
)
def test_a_line_that_says_nothing_usable_is_refused_with_its_number(office: Office, text: str, sentence: str) -> None:
    counted(office)
    with pytest.raises(InvalidInput, match=sentence):
        office.do(figures(office, text), office.actor("chuyen.vien"))
    assert rows(office, external_figure) == []


def test_only_the_issuer_s_consolidator_enters_figures(office: Office) -> None:
    counted(office)
    with pytest.raises(Denied):
        office.do(figures(office, f"{HEAD}phuong,entries,8,2024-04-30\n"), office.actor("van.thu"))
    received = office.receive(34)
    with pytest.raises(Refused, match="is from Thường trực Tỉnh ủy"):
        office.do(figures(office, f"{HEAD}phuong,entries,8,2024-04-30\n", received), office.actor("chuyen.vien"))
