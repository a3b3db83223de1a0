"""`chidao serve` as a process: it starts, its worker comes back, goes with it, and what was asked is answered before it ends."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.bootstrap import prepare
from engine.commands.worker_watch import CHILD
from engine.directory.demonstration import BeginDemonstration
from engine.kernel.actor import SYSTEM
from engine.kernel.clock import SystemClock
from engine.storage import Database
from tests.serve.served import LIMIT, Served, command

Start = Callable[..., Served]


@pytest.fixture
def start() -> Iterator[Start]:
    running: list[Served] = []

    def begin(database: str, *options: str) -> Served:
        running.append(Served.start(database, *options))
        return running[-1]

    yield begin
    for served in running:
        served.close()


def shared_folders() -> set[Path]:
    return set(Path("/dev/shm").glob("chidao-metrics-*")) if Path("/dev/shm").is_dir() else set()


def test_its_worker_comes_back_when_it_dies_and_all_end_when_told(start: Start, database_url: str) -> None:
    served = start(database_url)
    first = served.event("the worker begins")["pid"]
    assert served.get("/health/live")[0] == 200
    os.kill(first, signal.SIGKILL)
    died = served.event("the worker died and is started again")
    assert died["exit"] == -signal.SIGKILL
    second = served.event("the worker begins")["pid"]
    assert second not in {first, served.process.pid}
    assert served.get("/health/ready")[0] in {200, 503}  # whether it has looked yet
    served.tell()
    assert served.ended() == 0
    assert served.all_are_gone()
    assert [event["event"] for event in served.seen[-2:]] == ["the worker ends", "stopped"]


def test_the_worker_goes_when_the_web_process_is_killed(start: Start, sqlite_url: str) -> None:
    before = shared_folders()
    served = start(sqlite_url)
    served.event("the worker begins")
    assert len(shared_folders() - before) == 1
    served.tell(signal.SIGKILL)
    assert served.event("the worker ends")
    assert served.all_are_gone()
    assert shared_folders() <= before


@pytest.mark.parametrize("said", ["", '{"database": "sqli'])
def test_a_worker_whose_web_process_died_before_it_said_what_to_do_goes(said: str) -> None:
    done = subprocess.run([sys.executable, "-m", CHILD], check=False, input=said, capture_output=True, text=True, timeout=LIMIT)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_request_that_has_begun_is_answered_before_it_ends(start: Start, sqlite_url: str) -> None:
    served = start(sqlite_url, "--no-worker")
    with socket.create_connection(("127.0.0.1", served.port), timeout=LIMIT) as asking:
        asking.sendall(b"POST /health/live HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n12345")
        served.tell()
        refused = 0
        while not refused:  # it takes no newcomers any more
            try:
                socket.create_connection(("127.0.0.1", served.port), timeout=LIMIT).close()
            except ConnectionError:
                refused = 1
        asking.sendall(b"67890")
        answer = b""
        while part := asking.recv(65536):
            answer += part
    assert answer.startswith(b"HTTP/1.1 405")
    assert b"</html>" in answer
    assert served.ended() == 0


def test_a_port_in_use_an_unknown_host_and_no_demonstration_are_one_sentence_each(sqlite_url: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        found = [
            subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            for arguments in (
                command(sqlite_url, port=port),
                command(sqlite_url, "--host", "no.such.host.invalid"),
                command(sqlite_url, "--demo"),
            )
        ]
        said = [each.communicate(timeout=LIMIT) for each in found]
    assert [each.returncode for each in found] == [1, 1, 1]
    assert [output for output, _ in said] == ["", "", ""]
    errors = [error for _, error in said]
    assert f"Expected to listen at 127.0.0.1, port {port}, but could not: Address already in use. Stop what listens there" in errors[0]
    assert "no.such.host.invalid" in errors[1]
    assert "Expected a database that `chidao demo` made" in errors[2]
    assert [error.count("\n") for error in errors] == [1, 1, 1]


def test_a_demonstration_is_served_as_one(start: Start, sqlite_url: str) -> None:
    database = Database(sqlite_url)
    prepare(database, SystemClock()).execute(BeginDemonstration(), SYSTEM, key="demo")
    database.dispose()
    served = start(sqlite_url, "--demo", "--no-worker")
    status, page = served.get("/")
    assert (status, "Bản trình diễn" in page) == (200, True)
    served.tell(signal.SIGINT)
    assert served.ended() == 0
