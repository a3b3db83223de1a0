"""Logs and metrics hold no personal data: whatever people type, are called or send, whatever fails and however."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from engine.directory.directory_import import ImportDirectory
from engine.door import Door
from engine.kernel import observed
from engine.kernel.clock import SystemClock
from engine.kernel.errors import EngineError, InvalidInput
from engine.kernel.faults import unexpected
from engine.observation.logs import JsonLines, Readable, configure, log_command
from engine.observation.metrics import count_command, exposition
from engine.storage import Database
from tests.door.office import CHECKED, CSV, Office
from web.application import create_app
from web.visitor import for_all

NAME, LOGIN, TYPED = "Hoàng Thị Tuyệt Mật", "tuyet.mat.1987", "số căn cước 079087001234"
PERSONAL = (NAME, "Tuyệt", LOGIN, TYPED, "079087001234")


@pytest.fixture(params=[JsonLines, Readable])
def lines(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    """Everything that is logged, from the lowest level on, while commands are told to logs and metrics."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(request.param("test"))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    ends = [observed.watch(log_command), observed.watch(count_command)]
    yield stream
    for end in ends:
        end()
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.fixture
def office(sqlite_database: Database) -> Office:
    office = Office(sqlite_database).deploy()
    people = CSV["people"] + f"{LOGIN},{NAME},btg,Văn thư,clerk\n"
    office.do(ImportDirectory(kind="people", text=people, file=f"{NAME}.csv"))
    return office


def hidden(said: str) -> None:
    assert [each for each in PERSONAL if each in said] == []


def test_commands_of_a_person_leave_their_codes_and_nothing_of_them(office: Office, lines: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    person = office.actor(LOGIN)
    office.do(office.letter(subject=f"Về việc của {NAME}"), person, key=f"{LOGIN}-{TYPED}")
    office.drain()
    with pytest.raises(EngineError, match="decision"):
        office.complete("check_incoming", LOGIN, decision=TYPED, authentic=NAME)
    with pytest.raises(EngineError):
        office.do(ImportDirectory(kind="people", text=f"login,name\n{LOGIN},{NAME}\n", file=TYPED), person)

    def broken(*_arguments: Any, **_named: Any) -> Any:
        raise IntegrityError("INSERT", {"name": NAME, "login": LOGIN}, Exception(f"duplicate key: {TYPED}"))

    monkeypatch.setattr(Door, "_attempt", broken)
    with pytest.raises(EngineError, match=TYPED):  # who sent it may read it
        office.complete("check_incoming", LOGIN, **CHECKED, remarks=TYPED)
    said = lines.getvalue()
    hidden(said)
    hidden(exposition(office.door).decode())
    assert "task.complete" in said
    assert "invalid_input" in said
    assert "step_failed" in said
    assert "IntegrityError" in said
    assert "engine/door.py" in said


def test_requests_leave_the_rule_of_their_address(office: Office, lines: io.StringIO) -> None:
    app = create_app(office.door)

    def fail(words: str) -> str:
        raise KeyError(words)

    app.add_url_rule("/people/<words>", view_func=for_all(fail), methods=["GET", "POST"])
    client = app.test_client()
    for path in (f"/{NAME}", f"/?q={TYPED}", f"/people/{NAME}?as={LOGIN}"):
        client.get(path)
    client.post(f"/people/{LOGIN}", data={"name": NAME}, headers={"User-Agent": TYPED.encode().decode("latin-1"), "Cookie": f"who={LOGIN}"})
    client.open("/", method="TUYETMAT")
    hidden(lines.getvalue())
    hidden(exposition(office.door).decode())
    assert "/people/<words>" in lines.getvalue()
    assert "KeyError" in lines.getvalue()
    assert "TUYETMAT" not in lines.getvalue() + exposition(office.door).decode()


def test_a_field_that_is_not_listed_is_left_out_and_free_text_is_only_comparable(lines: io.StringIO) -> None:
    log = logging.getLogger("engine.test")
    log.warning("somebody signed in", extra={"login": LOGIN, "command": TYPED, "action": NAME, "count": NAME, "seconds": 0.5})
    log.warning("an argument: %s", NAME)
    logging.getLogger("library").warning(f"a text of {NAME}")  # noqa: G004  as libraries do
    unexpected(ValueError(NAME), TYPED)
    said = lines.getvalue()
    hidden(said)
    assert "somebody signed in" in said
    assert "an argument" in said
    assert "a message of library, test_logs:" in said
    assert said.count("#") == 2  # two digests, of the key and of the action that is none


def test_a_line_is_an_object_with_time_level_event_and_process() -> None:
    record = logging.makeLogRecord({"name": "engine.door", "msg": "command", "levelname": "INFO", "created": 0.5, "process": 7, "action": "task.claim"})
    found = json.loads(JsonLines("worker").format(record))
    assert found == {
        "time": "1970-01-01T00:00:00.500Z",
        "level": "info",
        "event": "command",
        "process": "worker",
        "pid": 7,
        "logger": "engine.door",
        "action": "task.claim",
    }
    assert Readable("worker").format(record) == "00:00:00 info    worker command action=task.claim"


@pytest.mark.parametrize(("name", "wrong"), [("CHIDAO_LOG_LEVEL", "loud"), ("CHIDAO_LOG_FORMAT", "xml")])
def test_an_unknown_level_or_form_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, wrong: str) -> None:
    monkeypatch.setenv(name, wrong)
    with pytest.raises(InvalidInput, match=f"{name}, but found '{wrong}'"):
        configure("test")


def test_a_watcher_that_fails_does_not_fail_the_command(office: Office) -> None:
    def broken(*_told: Any) -> None:
        raise OSError

    end = observed.watch(broken)
    try:
        assert "directive" in office.do(office.letter(9), office.actor(LOGIN))
    finally:
        end()


def test_watching_costs_a_command_next_to_nothing() -> None:
    end = observed.watch(lambda *_told: None)
    clock = SystemClock()
    began = clock.now()
    for _ in range(10_000):
        with observed.Observed("task.complete", "key"):
            pass
    end()
    assert (clock.now() - began).total_seconds() < 0.5  # 50 microseconds each, on a machine that is busy with other tests
