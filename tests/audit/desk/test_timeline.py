"""The timeline of a directive: every record of its cascade once, by operations, narrowed by filters, for whom it is; who looks is recorded."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from engine.audit.desk.asked import STEPS, Asked
from engine.audit.desk.timeline import ShowTimeline, Timeline
from engine.audit.desk.told import Told
from engine.directives.standing_page import ShowDirective
from engine.directory.directory_import import ImportDirectory
from engine.history.record import ACCESS_LOG, opened
from engine.instances.commands import CompleteUserTask
from engine.kernel.errors import Denied, NotFound
from engine.storage import Database
from engine.storage.schema import history_record, history_stream
from tests.audit.desk.test_replay import AUDITOR, PEOPLE
from tests.directives.ward import Ward
from tests.door.office import Office

WARDS_AUDITOR = "kiem.tra.xa"
ALL = Asked(steps=True)


@pytest.fixture
def ward(ward_database: Database) -> Ward:
    """A letter of `btg` that the ward works on, and an auditor of the province and one of the ward."""
    office = Office(ward_database)
    office.do(ImportDirectory(kind="people", text=PEOPLE, file="people.csv"))
    return Ward(office)


def timeline(ward: Ward, asked: Asked = ALL, *, letter: str = "", login: str = AUDITOR, **more: Any) -> Timeline:
    found: Timeline = ward.office.door.ask(ShowTimeline(directive=letter or ward.letter, asked=asked, **more), ward.office.actor(login))
    return found


def told(found: Timeline) -> list[Told]:
    return [record for operation in found.operations for record in operation.records]


def stream(ward: Ward, root: str) -> dict[int, dict[str, Any]]:
    """What the records of a cascade tell, by their numbers, read without the product's walk."""
    query = select(history_record.c.seq, history_record.c.body).join(history_stream, history_stream.c.seq == history_record.c.seq)
    with ward.office.database.reading() as connection:
        return {row.seq: opened(row.body) for row in connection.execute(query.where(history_stream.c.stream == root, history_record.c.log == history_stream.c.log))}


def test_every_record_of_the_cascade_stands_there_once_the_newest_first(ward: Ward) -> None:
    found = timeline(ward)
    assert [record.seq for record in told(found)] == sorted(stream(ward, ward.letter), reverse=True)
    assert found.total == len(stream(ward, ward.letter))
    assert (found.on, found.full, found.partial) == ("", True, False)


def test_the_other_way_round_it_is_the_same_from_the_beginning(ward: Ward) -> None:
    numbers = [record.seq for record in told(timeline(ward, oldest=True))]
    assert numbers == sorted(stream(ward, ward.letter))


def test_what_one_command_left_stands_together_under_what_a_person_did(ward: Ward) -> None:
    completed = [each for each in timeline(ward).operations if each.lead.sealed["action"] == "task.completed"]
    assert len(completed) == 3
    for operation in completed:
        assert {record.sealed["command"] for record in operation.records} == {operation.lead.sealed["command"]}
        assert operation.lead.sealed["actor"]["name"] == "Lò Văn Quân"


def test_steps_of_the_system_are_left_out_unless_they_are_asked_for(ward: Ward) -> None:
    without = {record.sealed["action"] for record in told(timeline(ward, Asked()))}
    assert without.isdisjoint(STEPS)
    assert {record.sealed["action"] for record in told(timeline(ward))} - without == {"instance.advanced", "operation.run"}


def form_value(sealed: dict[str, Any]) -> bool:
    return any(change["field"] == "form.action" and change["new"] == "execute" for change in sealed["changes"])


FILTERS: dict[str, tuple[Asked, Callable[[dict[str, Any]], bool]]] = {
    "person": (Asked(person="lo van quan", steps=True), lambda each: each["actor"].get("name") == "Lò Văn Quân"),
    "login": (Asked(person="bi.thu", steps=True), lambda each: each["actor"].get("name") == "Lò Văn Quân"),
    "kind": (Asked(kind="work", steps=True), lambda each: each["action"].startswith(("assignment.", "task.", "choice.", "instance.", "element.", "operation."))),
    "action": (Asked(action="instance.advanced"), lambda each: each["action"] == "instance.advanced"),
    "outcome": (Asked(outcome="denied"), lambda each: each["outcome"] == "denied"),
    "day": (Asked(since="2024-04-01", until="2024-04-01", steps=True), lambda each: each["recorded_at"] < "2024-04-01T17"),
    "later": (Asked(since="2024-04-02", steps=True), lambda each: each["recorded_at"] >= "2024-04-01T17"),
    "element": (Asked(element="in_register", steps=True), lambda each: each["element"] == "in_register" or any(thing == {"type": "element", "id": "in_register", "qualifier": thing["qualifier"]} for thing in each["objects"])),
    "name of the element": (Asked(element="dang ky van ban den", steps=True), lambda each: each["element"] == "in_register"),
    "field": (Asked(field="action", steps=True), lambda each: any(change["field"] == "form.action" for change in each["changes"])),
    "field and value": (Asked(field="action", value="EXECUTE", steps=True), form_value),
    "words": (Asked(text="dang uy nothing", steps=True), lambda _each: False),
    "words with marks": (Asked(text="Quân bí thư", steps=True), lambda each: each["actor"].get("title") == "Bí thư"),
}


@pytest.mark.parametrize("name", FILTERS)
def test_a_filter_lets_through_what_fits_and_nothing_else(ward: Ward, name: str) -> None:
    asked, fits = FILTERS[name]
    expected = {seq for seq, sealed in stream(ward, ward.letter).items() if fits(sealed)}
    assert {record.seq for record in told(timeline(ward, asked))} == expected
    assert expected or name in ("outcome", "later", "words")


def test_a_unit_is_found_by_its_code_and_by_a_part_of_its_name(ward: Ward) -> None:
    by_code, by_name = (told(timeline(ward, Asked(unit=typed, steps=True))) for typed in ("phuong", "phuong dong son"))
    assert [each.seq for each in by_code] == [each.seq for each in by_name] != []
    unit = ward.office.unit("phuong")
    assert all(each.sealed["instance"] or unit in json.dumps(each.sealed) for each in by_code)


def test_a_name_that_nobody_has_is_said_and_finds_nothing(ward: Ward) -> None:
    found = timeline(ward, Asked(person="không ai", unit="không đâu"))
    assert (found.unknown, found.operations) == (("person", "unit"), ())


def test_a_denied_attempt_stands_in_it(ward: Ward) -> None:
    task = ward.office.task("execute_update", "phuong").id
    with pytest.raises(Denied):
        ward.office.do(CompleteUserTask(task=task, data={}), ward.office.actor("van.thu"))
    ((operation,),) = [timeline(ward, Asked(outcome="denied")).operations]
    assert (operation.lead.sealed["action"], operation.lead.sealed["outcome"]) == ("task.complete", "denied")


def test_who_looked_is_shown_when_it_is_asked_for(ward: Ward) -> None:
    office = ward.office
    for _ in range(2):
        office.door.ask(ShowDirective(directive=ward.letter), office.actor("lanh.dao"))
    assert not any(operation.reads for operation in timeline(ward).operations)
    looks = [operation for operation in timeline(ward, reads=True).operations if operation.reads and operation.lead.sealed["action"] == "directive.see"]
    assert [(each.lead.sealed["actor"]["name"], len(each.records)) for each in looks] == [("Trần Văn Nam", 2)]
    assert len(told(timeline(ward, reads=True))) > len(stream(ward, ward.letter)), "beside all that was done"


def test_an_auditor_of_the_ward_sees_of_a_letter_from_above_what_concerns_the_ward(ward: Ward) -> None:
    found = timeline(ward, login=WARDS_AUDITOR)
    unit = ward.office.unit("phuong")
    seen = {record.seq for record in told(found)}
    named = {seq for seq, sealed in stream(ward, ward.letter).items() if unit in json.dumps(sealed)}
    assert found.partial
    assert named <= seen
    assert len(seen) == found.total, "here only the ward had to do with it"


def test_of_a_letter_that_never_came_to_the_ward_its_auditor_sees_nothing_and_the_attempt_is_recorded(ward: Ward) -> None:
    other = ward.office.receive()
    with pytest.raises(Denied):
        timeline(ward, letter=other, login=WARDS_AUDITOR)
    assert looks(ward)[-1] == ("audit.see", other, "denied")


@pytest.mark.parametrize("login", ["lanh.dao", "van.thu", "chuyen.vien"])
def test_nobody_else_sees_it(ward: Ward, login: str) -> None:
    with pytest.raises(Denied):
        timeline(ward, login=login)


def test_a_look_at_it_is_recorded(ward: Ward) -> None:
    timeline(ward)
    assert looks(ward)[-1] == ("audit.see", ward.letter, "done")


def test_a_directive_that_there_is_not_has_none(ward: Ward) -> None:
    with pytest.raises(NotFound):
        timeline(ward, letter="018e001b-0000-7000-8000-000000000000")


def test_fields_of_a_form_stand_under_the_titles_of_then_and_ids_under_names(ward: Ward) -> None:
    found = timeline(ward, Asked(field="action", value="execute"))
    (record,) = told(found)
    assert {"action", "lead_unit"} <= record.fields.keys()
    assert all(record.fields[name]["title"] for name in ("action", "lead_unit"))
    assert record.element == "Cho ý kiến chỉ đạo"
    assert found.names[ward.office.unit("phuong")].text == "Đảng ủy phường Đông Sơn"
    assert found.names[ward.letter].kind == "directive"


def looks(ward: Ward) -> list[tuple[str, str, str]]:
    query = select(history_record.c.action, history_record.c.subject, history_record.c.outcome).where(history_record.c.log == ACCESS_LOG)
    with ward.office.database.reading() as connection:
        return [tuple(row) for row in connection.execute(query.order_by(history_record.c.seq))]
