"""The web server drains: what is being answered is answered whole, connections that are silent are closed, within a bounded time."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from threading import Event, Thread

import pytest
from flask import Flask, Response

from engine.kernel.errors import InvalidInput
from web import server as web_server
from web.server import Server, bound

LIMIT = 30.0
LARGE = b"x" * 3_000_000  # more than the system keeps for a receiver that does not read


@dataclass(slots=True)
class Running:
    """A server in a thread of this process, with a page that answers when it is let."""

    server: Server
    thread: Thread
    port: int
    entered: Event
    let: Event

    def ask(self, path: str) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=LIMIT)
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        return connection

    def stop(self) -> None:
        self.server._stopping = True
        self.server._waitress.pull_trigger()

    def stopped(self) -> bool:
        self.thread.join(LIMIT)
        return not self.thread.is_alive()


@pytest.fixture
def running() -> Iterator[Running]:
    entered, let = Event(), Event()
    app = Flask("slow")

    @app.get("/slow")
    def slow() -> Response:
        entered.set()
        let.wait(LIMIT)
        return Response(LARGE)

    @app.get("/quick")
    def quick() -> str:
        return "quick"

    listening = bound("127.0.0.1", 0)
    port = listening.getsockname()[1]
    server = Server(app, listening)
    thread = Thread(target=server.run)
    thread.start()
    yield Running(server=server, thread=thread, port=port, entered=entered, let=let)
    let.set()
    if thread.is_alive():
        server._stopping = True
        server._waitress.pull_trigger()
        thread.join(LIMIT)


def whole(connection: socket.socket) -> bytes:
    """Return everything until the other side closes."""
    found = bytearray()
    while part := connection.recv(1 << 20):
        found += part
    connection.close()
    return bytes(found)


def test_what_is_being_answered_is_answered_whole(running: Running) -> None:
    asked = running.ask("/slow")
    assert running.entered.wait(LIMIT)
    silent = running.ask("/quick")
    heard = b""
    while b"quick" not in heard:
        heard += silent.recv(65536)
    running.stop()
    assert whole(silent) == b""  # closed, as nothing is asked on it
    running.let.set()
    assert whole(asked).endswith(LARGE[-1000:])
    assert running.stopped()


def test_who_has_come_but_was_not_heard_yet_is_answered(running: Running) -> None:
    first = running.ask("/slow")
    assert running.entered.wait(LIMIT)
    came = [running.ask("/quick") for _ in range(20)]
    running.stop()
    running.let.set()
    assert all(b"quick" in whole(each) for each in came)
    assert len(whole(first)) > len(LARGE)
    assert running.stopped()


def test_what_is_not_answered_in_time_does_not_hold_the_end(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_server, "LIMIT", 0.3)
    asked = running.ask("/slow")
    assert running.entered.wait(LIMIT)
    running.stop()
    assert running.stopped()
    running.let.set()
    assert LARGE not in whole(asked)


def test_two_servers_cannot_have_one_port(running: Running) -> None:
    with pytest.raises(InvalidInput, match=f"port {running.port}, but could not: Address already in use"):
        bound("127.0.0.1", running.port)
