"""The pages of a running process: counts for designers, cases for whoever may open them, and nothing of anybody."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask import Flask
from sqlalchemy import func, select

from engine.history.record import ACCESS_LOG
from engine.storage import Database
from engine.storage.schema import history_record, holding, organisation, person, post_role
from tests.web.conftest import SignIn
from tests.web.read_page import read
from tests.web.statements import counted

ROOM = "/workbench/processes/coordination_monthly/running"
INTAKE = f"{ROOM}?diagram=directive_intake"
MOST_STATEMENTS = 22


def login_of(database: Database, role: str) -> str:
    """The login of somebody with a role."""
    query = select(person.c.login).join(holding, holding.c.person == person.c.id).join(post_role, post_role.c.post == holding.c.post)
    with database.reading() as connection:
        return str(connection.execute(query.where(post_role.c.role == role).order_by(person.c.login).limit(1)).scalar_one())


@pytest.fixture
def designer(demonstration_database: Database) -> str:
    return login_of(demonstration_database, "process_designer")


@pytest.fixture
def auditor(demonstration_database: Database) -> str:
    return login_of(demonstration_database, "auditor")


@pytest.mark.parametrize(
    "address",
    [
        ROOM,
        INTAKE,
        f"{ROOM}?version=all&span=month",
        f"{ROOM}?version=1&span=quarter",
        f"{ROOM}?span=nonsense",
        f"{ROOM}/cases?figure=active",
        f"{ROOM}/cases?figure=here&element=in_instruct",
        f"{ROOM}/cases?figure=stopped&page=9",
        "/workbench/processes/milestone/running",
    ],
)
def test_the_pages_work_and_are_whole_without_scripts(sign_in_to_demo: SignIn, designer: str, address: str) -> None:
    answer = sign_in_to_demo(designer).get(address)
    assert answer.status_code == 200
    assert read(answer.text).faults() == []


@pytest.mark.parametrize("address", [ROOM, f"{ROOM}/cases?figure=active"])
def test_they_are_for_no_staff_and_not_for_nobody(demo_app: Flask, sign_in_to_demo: SignIn, demonstration_database: Database, address: str) -> None:
    assert sign_in_to_demo(login_of(demonstration_database, "specialist")).get(address).status_code == 403
    assert demo_app.test_client().get(address).status_code == 302


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/workbench/processes/nothing/running", 404),
        (f"{ROOM}?version=99", 404),
        (f"{ROOM}?version='", 404),
        (f"{ROOM}?diagram=nothing", 404),
        (f"{ROOM}/cases?figure=here&element=nothing", 404),
        (f"{ROOM}/cases?figure=nonsense&element=in_check", 400),
        (f"{ROOM}/cases", 400),
    ],
)
def test_what_is_not_there_is_said_in_a_sentence(sign_in_to_demo: SignIn, designer: str, address: str, status: int) -> None:
    answer = sign_in_to_demo(designer).get(address)
    assert answer.status_code == status
    told = read(answer.text)
    assert told.faults() == []
    assert "Expected" not in told.main


def test_a_designer_reads_no_name_of_an_office_or_person_and_no_case(sign_in_to_demo: SignIn, designer: str, demonstration_database: Database) -> None:
    client = sign_in_to_demo(designer)
    with demonstration_database.reading() as connection:
        names = set(connection.execute(select(person.c.name).where(person.c.login != designer)).scalars())
        offices = set(connection.execute(select(organisation.c.name)).scalars())
    for address in (INTAKE, f"{ROOM}/cases?figure=active"):
        page = unescape(client.get(address).text).partition("<main")[2]
        assert "/case/" not in page
        assert [each for each in names | offices if re.search(rf"\b{re.escape(each)}\b", page)] == []


def test_an_auditor_is_led_to_the_cases_and_that_is_written_down(sign_in_to_demo: SignIn, auditor: str, demonstration_database: Database) -> None:
    client = sign_in_to_demo(auditor)
    page = client.get(INTAKE).text
    link = re.search(r'href="([^"]+figure=here[^"]+)"', page)
    assert link is not None
    cases = client.get(unescape(link[1])).text
    case = re.search(r'href="(/case/[^"]+)"', cases)
    assert case is not None
    assert client.get(case[1]).status_code == 200
    with demonstration_database.reading() as connection:
        looks = select(func.count()).where(history_record.c.log == ACCESS_LOG, history_record.c.subject == "coordination_monthly")
        assert connection.execute(looks).scalar_one() >= 1


def test_every_figure_leads_somewhere(sign_in_to_demo: SignIn, auditor: str) -> None:
    client = sign_in_to_demo(auditor)
    links = {unescape(each) for each in re.findall(r'href="(/workbench[^"]+)"', client.get(INTAKE).text)}
    assert any("figure=done" in each for each in links)
    assert {each: client.get(each).status_code for each in links if client.get(each).status_code != 200} == {}


def test_the_list_of_processes_leads_here(sign_in_to_demo: SignIn, designer: str) -> None:
    assert f'href="{ROOM}?version=all"' in sign_in_to_demo(designer).get("/workbench").text


def test_the_bar_says_that_it_belongs_to_the_processes(sign_in_to_demo: SignIn, designer: str) -> None:
    assert 'href="/workbench" aria-current="page"' in " ".join(sign_in_to_demo(designer).get(ROOM).text.split())


def test_a_page_takes_few_statements(sign_in_to_demo: SignIn, designer: str) -> None:
    client = sign_in_to_demo(designer)
    for address in (INTAKE, f"{ROOM}/cases?figure=active"):
        client.get(address)
        with counted() as statements:
            client.get(address)
        assert len(statements) <= MOST_STATEMENTS, address
