"""Documents that arrive: with and without a process, twice, at two organisations, and those that may not be entered."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import select

from engine.definitions.command import DeployDefinitions
from engine.directives.receive import ReceiveDocument
from engine.instances.commands import CompleteUserTask
from engine.kernel.errors import Conflict, InvalidInput, Refused
from engine.storage import Database
from engine.storage.schema import directive, dispatch, history_record, inbox, instance, obligation, receipt_source, user_task
from tests.definitions.drawings import chain, drawing, form, lane
from tests.definitions.drawings import user_task as drawn_task
from tests.directives.reading.test_expected import DIRECTIVES, readings, real
from tests.door.office import Office, shipped

WANTED = ("document_arrival.bpmn", "directive_shape.dmn", "confirm_shape.schema.json")
HEARS = '<bpmn:message id="m" name="directive.dispatched"/>'


def case(key: str) -> str:
    """The smallest process that a directive may have: a clerk looks at it."""
    start = '<bpmn:startEvent id="s"><bpmn:messageEventDefinition messageRef="m"/></bpmn:startEvent>'
    body = start + drawn_task("look") + '<bpmn:endEvent id="e"/>' + chain("s", "look", "e")
    return drawing(body, id=key, head=HEARS, lanes=lane("s", "look", "e")).hex()


@pytest.fixture
def office(database: Database) -> Office:
    """The office with the shipped process of arrivals, and two small processes of directives."""
    office = Office(database)
    files = {path: content for path, content in shipped().items() if path.endswith(WANTED)}
    files |= {f"{key}.bpmn": case(key) for key in ("coordination_monthly", "campaign_final")}
    office.do(DeployDefinitions(files={**files, "forms/slip.schema.json": form().hex()}, reason="test"))
    return office


def receive(office: Office, command: ReceiveDocument, login: str = "van.thu") -> dict[str, Any]:
    answer = office.do(command, office.actor(login))
    office.drain()
    return answer


def unclassified(office: Office, **body: Any) -> ReceiveDocument:
    return office.letter(**{"process": "", **body})


def confirm(office: Office, login: str = "van.thu", unit: str = "btg", **data: Any) -> None:
    command = CompleteUserTask(task=office.task("confirm_shape", unit).id, data={"handling": "open", **data})
    office.do(command, office.actor(login))
    office.drain()


def open_forms(office: Office, letter: str) -> list[str]:
    """What people are asked for about a letter."""
    with office.database.reading() as connection:
        rows = connection.execute(select(user_task.c.form).join(instance).where(instance.c.directive == letter, user_task.c.status == "open"))
        return sorted(rows.scalars())


def row(office: Office, table: Any, *conditions: Any) -> Any:
    with office.database.reading() as connection:
        return connection.execute(select(table).where(*conditions)).one()


# --- a document whose process nobody has named ------------------------------------------------------------------------


def test_a_document_without_a_process_waits_for_the_clerk_to_confirm_the_proposed_one(office: Office) -> None:
    letter = receive(office, unclassified(office))["directive"]
    assert open_forms(office, letter) == ["confirm_shape"]
    assert row(office, directive, directive.c.id == letter).process == ""
    confirm(office)
    assert row(office, directive, directive.c.id == letter).process == "coordination_monthly"
    assert open_forms(office, letter) == ["slip"]
    assert office.count(inbox, inbox.c.consumed_ver.is_(None)) == 0


def test_the_history_keeps_what_was_proposed_and_what_was_chosen(office: Office) -> None:
    letter = receive(office, unclassified(office, obligation={"frequency": "none"}))["directive"]
    confirm(office, process="coordination_monthly", reason="Có báo cáo hằng tháng theo quy chế.")
    record = row(office, history_record, history_record.c.action == "directive.classified")
    assert record.subject == letter
    for word in (b"central_call", b"coordination_monthly", b"otherwise", "Có báo cáo hằng tháng".encode()):
        assert word in bytes(record.body)
    assert office.intact()


def test_a_process_that_is_not_deployed_is_told_to_the_clerk_who_chooses_again(office: Office) -> None:
    letter = receive(office, unclassified(office))["directive"]
    confirm(office, process="coordination_weekly")
    assert "'coordination_weekly'" in office.task("confirm_shape").context
    assert row(office, directive, directive.c.id == letter).process == ""
    confirm(office)
    assert open_forms(office, letter) == ["slip"]


def test_a_document_that_needs_no_case_is_kept_and_nothing_is_owed(office: Office) -> None:
    letter = receive(office, unclassified(office))["directive"]
    confirm(office, handling="file", reason="Gửi để biết.")
    assert open_forms(office, letter) == []
    assert row(office, dispatch, dispatch.c.directive == letter).status == "06"
    assert row(office, obligation, obligation.c.directive == letter).status == "closed"


def test_a_directive_that_was_recalled_meanwhile_opens_no_case(office: Office) -> None:
    letter = receive(office, unclassified(office))["directive"]
    office.change(directive.update().where(directive.c.id == letter).values(status="recalled"))
    confirm(office)
    assert open_forms(office, letter) == []
    assert row(office, dispatch, dispatch.c.directive == letter).status == "15"


@real
def test_the_facts_of_a_reading_are_what_the_table_decides_by(office: Office) -> None:
    (read, *_) = readings(DIRECTIVES / "lao-cai-cv-tu.txt")
    command = replace(unclassified(office), reading=read)
    receive(office, command)
    assert '"proposed": "milestone_chain"' in office.task("confirm_shape").context


def test_a_reading_tells_what_the_body_leaves_out(office: Office) -> None:
    read = {"doc_type": "công văn", "symbol": "CV/TU", "subject": "phối hợp", "level": "province", "reporting": {"duty": "none", "due": None}}
    read |= {"items": [], "cited_documents": [], "mandate": None}
    command = replace(office.letter(), reading=read, body={"sunset": "2024-05-31"})
    letter = row(office, directive, directive.c.id == receive(office, command)["directive"])
    assert (letter.code, letter.doc_type, letter.subject) == ("07-CV/TU", "công văn", "phối hợp")


def test_what_is_no_reading_is_refused(office: Office) -> None:
    with pytest.raises(InvalidInput, match="Expected the reading of a document"):
        receive(office, replace(office.letter(), reading={"doc_type": "công văn"}))


def test_without_a_process_for_arrivals_the_document_must_name_its_own(database: Database) -> None:
    office = Office(database)
    with pytest.raises(Refused, match=r"Expected a deployed process that starts with 'document\.arrived'"):
        receive(office, unclassified(office))


# --- the same document twice --------------------------------------------------------------------------------------------


def test_a_second_copy_is_one_receipt_with_another_source(office: Office) -> None:
    """Scenario E10: the province registers both the paper copy and the electronic copy."""
    first = receive(office, office.letter())
    again = receive(office, replace(office.letter(), channel="email"))
    assert (first["duplicate"], again) == (False, {"directive": first["directive"], "duplicate": True})
    assert office.count(directive) == office.count(dispatch) == office.count(obligation) == 1
    assert open_forms(office, first["directive"]) == ["slip"]
    source = row(office, receipt_source, receipt_source.c.directive == first["directive"])
    assert (source.organisation, source.channel, source.same_as) == (office.unit("btg"), "email", None)
    assert office.outcomes()[-1] == ("document.duplicate", "done")
    assert office.intact()


@pytest.mark.parametrize("change", [{"subject": "Tuyên  truyền THÁNG TƯ"}, {"doc_type": "Công văn"}, {"subject": "khác hẳn"}])
def test_a_copy_is_recognised_however_it_is_typed(office: Office, change: dict[str, str]) -> None:
    receive(office, office.letter())
    assert receive(office, office.letter(**change))["duplicate"]


@pytest.mark.parametrize(
    "change",
    [{"number": 8}, {"symbol": "CV/VPTU"}, {"doc_type": "kế hoạch"}],
)
def test_another_number_symbol_or_type_is_another_document(office: Office, change: dict[str, Any]) -> None:
    receive(office, office.letter())
    assert not receive(office, office.letter(**change))["duplicate"]


def test_another_date_or_issuer_is_another_document(office: Office) -> None:
    receive(office, office.letter())
    assert not receive(office, replace(office.letter(), issued="2024-04-02"))["duplicate"]
    assert not receive(office, replace(office.letter(), issuer=office.unit("bao")))["duplicate"]


def test_documents_with_a_blank_number_are_told_apart_by_their_subject(office: Office) -> None:
    blank = replace(office.letter(), number=None)
    receive(office, blank)
    assert receive(office, blank)["duplicate"]
    assert not receive(office, replace(blank, body={**blank.body, "subject": "phòng, chống bão"}))["duplicate"]


def test_the_same_document_in_another_organisation_is_a_receipt_of_the_same_directive(office: Office) -> None:
    first = receive(office, office.letter())["directive"]
    there = replace(office.letter(), organisation=office.unit("phuong"))
    answer = receive(office, there, "bi.thu")
    assert answer == {"directive": first, "duplicate": False}
    assert (office.count(directive), office.count(dispatch), office.count(obligation)) == (1, 2, 2)
    assert office.task("slip", "phuong").organisation == office.unit("phuong")
    assert receive(office, there, "bi.thu")["duplicate"]


def test_each_organisation_confirms_the_process_for_itself(office: Office) -> None:
    letter = receive(office, unclassified(office))["directive"]
    confirm(office)
    receive(office, replace(unclassified(office), organisation=office.unit("phuong")), "bi.thu")
    confirm(office, "bi.thu", "phuong")
    assert open_forms(office, letter) == ["slip", "slip"]


def test_two_copies_at_once_are_one_directive(office: Office) -> None:
    command, clerks = office.letter(), [office.actor("van.thu"), office.actor("van.thu.2")]
    barrier = Barrier(2)

    def enter(number: int) -> bool:
        barrier.wait()
        try:
            return bool(office.door.execute(command, clerks[number], key=f"copy:{number}")["duplicate"])
        except Conflict:
            return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(enter, range(2))) == [False, True]
    assert office.count(directive) == office.count(dispatch) == 1


# --- what may not be entered --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("secrecy", ["confidential", "mật"])
def test_a_classified_document_is_refused_and_nothing_of_it_is_kept(office: Office, secrecy: str) -> None:
    before = office.contents()
    with pytest.raises(Refused, match="Expected a document without a mark of secrecy"):
        receive(office, office.letter(secrecy=secrecy, subject="nội dung mật của văn bản"))
    assert office.contents() == before
    with office.database.reading() as connection:
        kept = [bytes(body) for body in connection.execute(select(history_record.c.body)).scalars()]
    assert not any("nội dung mật của văn bản".encode() in body for body in kept)


@pytest.mark.parametrize("key", ["doc_type", "symbol", "subject", "sunset"])
def test_what_is_missing_is_named(office: Office, key: str) -> None:
    with pytest.raises(InvalidInput, match=f"but {key} is missing"):
        receive(office, office.letter(**{key: ""}))


def test_a_date_that_is_none_is_refused(office: Office) -> None:
    with pytest.raises(InvalidInput, match="YYYY-MM-DD"):
        receive(office, replace(office.letter(), issued="1/4/2024"))
