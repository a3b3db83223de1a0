"""A person starts a process: who may, about which directive, and what is written."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import select

from engine.definitions.command import DeployDefinitions
from engine.instances.commands import StartProcess
from engine.kernel.errors import Denied, NotFound, Refused
from engine.storage import Database
from engine.storage.schema import history_record, instance, user_task
from tests.definitions.drawings import chain, drawing, form, lane, simple
from tests.definitions.drawings import user_task as drawn_task
from tests.door.office import Office

BY_PERSON = 'chidao:startedBy="person"'


def process(key: str, attributes: str = BY_PERSON) -> bytes:
    body = f'<bpmn:startEvent id="s" {attributes}/>{drawn_task("ask")}<bpmn:endEvent id="e"/>' + chain("s", "ask", "e")
    return drawing(body, id=key, lanes=lane("s", "ask", "e", role="specialist"))


@pytest.fixture
def office(deployed_database: Database) -> Office:
    """The office with two processes that a specialist may start, and one that only others call."""
    office = Office(deployed_database).deploy()
    drawn = {"change": process("change"), "note": process("note", f'{BY_PERSON} chidao:subject="none"'), "p": simple()}
    files = {f"{key}.bpmn": content.hex() for key, content in drawn.items()}
    office.do(DeployDefinitions(files={"forms/slip.schema.json": form().hex(), **files}, reason="test"))
    return office


def begin(office: Office, process: str = "change", *, unit: str = "btg", directive: str | None, login: str = "chuyen.vien") -> str:
    command = StartProcess(process=process, organisation=office.unit(unit), directive=directive)
    return str(office.do(command, office.actor(login))["instance"])


def row(office: Office, table: Any, *conditions: Any) -> Any:
    with office.database.reading() as connection:
        return connection.execute(select(table).where(*conditions)).one()


def test_whoever_holds_the_role_of_its_lane_starts_a_process_about_a_directive(office: Office) -> None:
    letter = office.receive()
    started = row(office, instance, instance.c.id == begin(office, directive=letter))
    assert (started.organisation, started.directive, started.status) == (office.unit("btg"), letter, "active")
    assert json.loads(started.roots) == [letter]
    task = row(office, user_task, user_task.c.instance == started.id)
    assert (task.element, task.role, task.status) == ("ask", "specialist", "open")
    assert json.loads(task.context) == {"organisation": office.unit("btg"), "directive": letter, "process": "change"}


def test_a_start_may_name_several_roles_and_each_of_them_starts_it_in_its_own_name(office: Office) -> None:
    drawn = process("urge", f'{BY_PERSON} chidao:role="consolidator leader"')
    office.do(DeployDefinitions(files={"urge.bpmn": drawn.hex(), "forms/slip.schema.json": form().hex()}, reason="test"))
    letter = office.receive()
    started = begin(office, "urge", directive=letter, login="lanh.dao")
    record = row(office, history_record, history_record.c.action == "instance.started", history_record.c.subject == started)
    assert record.actor == office.actor("lanh.dao").id
    assert row(office, user_task, user_task.c.instance == started).role == "specialist"
    with pytest.raises(Denied, match="consolidator"):
        begin(office, "urge", directive=letter, login="van.thu")


def test_the_history_names_the_person_who_started_it(office: Office) -> None:
    started = begin(office, directive=office.receive())
    record = row(office, history_record, history_record.c.action == "instance.started", history_record.c.subject == started)
    assert (record.actor, record.outcome) == (office.actor("chuyen.vien").id, "done")
    assert office.intact()


def test_a_repeated_start_starts_nothing_more(office: Office) -> None:
    wanted = StartProcess(process="change", organisation=office.unit("btg"), directive=office.receive())
    before = office.count(instance)
    first = office.do(wanted, office.actor("chuyen.vien"), key="once")
    assert office.do(wanted, office.actor("chuyen.vien"), key="once") == first
    assert office.count(instance) == before + 1


def test_the_issuer_of_a_directive_may_start_one_about_it(office: Office) -> None:
    wanted = StartProcess(process="change", organisation=office.unit("tinh"), directive=office.receive())
    assert "instance" in office.do(wanted)


def test_a_process_about_nothing_needs_no_directive(office: Office) -> None:
    started = row(office, instance, instance.c.id == begin(office, "note", directive=None))
    assert (started.directive, started.roots, started.business_key) == (None, "[]", "")


@pytest.mark.parametrize(("login", "unit"), [("van.thu", "btg"), ("bi.thu", "btg"), ("chuyen.vien", "phuong")])
def test_nobody_else_starts_it(office: Office, login: str, unit: str) -> None:
    letter, before = office.receive(), office.contents()
    with pytest.raises(Denied, match="specialist"):
        begin(office, unit=unit, directive=letter, login=login)
    assert office.contents() == before
    assert office.outcomes()[-1] == ("process.start", "denied")
    assert office.intact()


@pytest.mark.parametrize(
    ("process", "error", "message"),
    [
        ("absent", NotFound, "Expected a deployed process 'absent'"),
        ("p", Refused, "Expected a process that a person may start, but 'p' starts by"),
        ("coordination_monthly", Refused, "Expected a process that a person may start"),
    ],
)
def test_what_a_person_cannot_start_is_said(office: Office, process: str, error: type[Exception], message: str) -> None:
    letter = office.receive()
    with pytest.raises(error, match=message):
        begin(office, process, directive=letter)
    assert office.outcomes()[-1] == ("process.start", "refused")


def test_a_start_about_a_directive_of_others_says_whose_it_is(office: Office) -> None:
    letter = office.receive()
    with pytest.raises(Refused, match="Expected a directive that Đảng ủy phường Đông Sơn has issued or received, but 07-CV/TU of 2024-04-01 went from Thường trực"):
        begin(office, unit="phuong", directive=letter, login="bi.thu")


def test_a_start_without_the_directive_that_it_needs_is_refused(office: Office) -> None:
    with pytest.raises(Refused, match="Expected the directive that 'change' is to be about"):
        begin(office, directive=None)
    with pytest.raises(NotFound, match="Expected the id of a directive, but found 'nobody'"):
        begin(office, directive="nobody")
