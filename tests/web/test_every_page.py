"""Every page works, is not for the wrong person nor for nobody, knows no bad id, and needs neither scripts nor styles of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from engine.history.record import ACCESS_LOG, opened
from engine.storage.schema import history_record
from tests.pages import signed_in
from tests.web.every_page import NO_LOOKS, NO_PAGES, OWN, PAGES, EveryPage
from tests.web.read_page import Read, read
from tests.web.stage import Stage, staged
from web.door import EXTENSION
from web.visitor import PURPOSE

ELSEWHERE = ("/api/", "/static/")  # programs and files: tried in rooms of their own
LEAST_TEXT = 40  # characters of the main part beside its heading: more than a frame that a script would fill
Clients = dict[str | None, FlaskClient]


@pytest.fixture(scope="module")
def stage(demonstration_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """One for all: pages only read."""
    with staged(demonstration_file, tmp_path_factory.mktemp("stage")) as made:
        yield made


@pytest.fixture(scope="module")
def clients(stage: Stage) -> Clients:
    """Everybody of the table, and nobody."""
    logins = {login for each in PAGES for login in (each.login(stage), each.may_not) if login and login != OWN}
    return {None: stage.app.test_client(), **{login: signed_in(stage.app, login) for login in sorted(logins)}}


def test_no_page_is_forgotten(stage: Stage) -> None:
    routes = {rule.rule for rule in stage.app.url_map.iter_rules() if "GET" in (rule.methods or ()) and not rule.rule.startswith(ELSEWHERE)}
    assert routes - NO_PAGES.keys() == {each.route for each in PAGES}
    assert NO_PAGES.keys() <= routes


def called(each: EveryPage) -> str:
    return f"{each.may} {each.template} {' '.join(each.given.values())}".strip()


@pytest.mark.parametrize("each", PAGES, ids=called)
def test_it_works_and_is_whole_without_scripts(stage: Stage, clients: Clients, each: EveryPage) -> None:
    answer = clients[each.login(stage)].get(each.address(stage))
    assert answer.status_code == 200
    found = read(answer.text)
    assert found.faults() == []
    assert len(found.main) >= LEAST_TEXT


@pytest.mark.parametrize("each", [each for each in PAGES if each.may], ids=called)
def test_nobody_is_led_to_the_door(stage: Stage, clients: Clients, each: EveryPage) -> None:
    answer = clients[None].get(each.address(stage))
    assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (302, "/sign-in")


@pytest.mark.parametrize("each", [each for each in PAGES if each.may_not != OWN], ids=called)
def test_whose_it_is_not_is_told_so(stage: Stage, clients: Clients, each: EveryPage) -> None:
    last = last_look(stage)
    answer = clients[each.may_not].get(each.address(stage))
    assert answer.status_code in {403, 404}
    told(read(answer.text))
    if answer.status_code == 403:  # else there is nothing of theirs that could be looked at
        assert "denied" in {sealed["outcome"] for sealed in looks(stage, after=last)}


@pytest.mark.parametrize("each", [each for each in PAGES if each.may], ids=called)
def test_who_looks_is_recorded_with_what_for(stage: Stage, clients: Clients, each: EveryPage) -> None:
    client, last = clients[each.login(stage)], last_look(stage)
    with client.session_transaction() as session:
        session[PURPOSE] = "Kiểm tra quý II"
    client.get(each.address(stage))
    with client.session_transaction() as session:
        session.pop(PURPOSE)
    told = {(sealed["outcome"], sealed["actor"]["type"], sealed["reason"]["text"]) for sealed in looks(stage, after=last)}
    assert told == (set() if each.route in NO_LOOKS else {("done", "person", "Kiểm tra quý II")})


@pytest.mark.parametrize(("each", "name"), [(each, name) for each in PAGES for name in each.names])
def test_what_is_not_there_is_not_found(stage: Stage, clients: Clients, each: EveryPage, name: str) -> None:
    answer = clients[each.login(stage)].get(each.address(stage, wrong=name))
    assert answer.status_code in ({403, 404} if name in each.query else {404})  # a filter is asked about before it is looked for
    told(read(answer.text))


def test_no_page_is_excused_from_being_recorded_that_is_not_there() -> None:
    assert NO_LOOKS.keys() <= {each.route for each in PAGES}


def looks(stage: Stage, *, after: int) -> list[dict[str, Any]]:
    """Return the records of reads behind a number (AUDIT.md 9.11), oldest first."""
    with stage.app.extensions[EXTENSION].database.reading() as connection:
        query = select(history_record.c.body).where(history_record.c.log == ACCESS_LOG, history_record.c.seq > after).order_by(history_record.c.seq)
        return [opened(body) for body in connection.execute(query).scalars()]


def last_look(stage: Stage) -> int:
    """Return the number of the last record of reads."""
    with stage.app.extensions[EXTENSION].database.reading() as connection:
        return int(connection.execute(select(func.max(history_record.c.seq)).where(history_record.c.log == ACCESS_LOG)).scalar_one() or 0)


def told(found: Read) -> None:
    """See that a page of an error is a whole page too, which says in a sentence what to do."""
    assert found.faults() == []
    assert "." in found.main
    assert "Expected" not in found.main
