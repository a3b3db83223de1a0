"""Servers for the tests, each in a thread of its own: one that takes mail, one that answers webhooks, one that only breaks off."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass
class MailBox:
    """What came in. `refuse`: recipients with the reply that they get."""

    refuse: dict[str, str] = field(default_factory=dict)
    reply: str = "250 OK"
    came: list[tuple[list[str], bytes]] = field(default_factory=list)
    secure: list[bool] = field(default_factory=list)

    async def handle_RCPT(self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]) -> str:  # noqa: N802
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content
        assert isinstance(content, bytes)
        self.came.append((list(envelope.rcpt_tos), content))
        self.secure.append(session.ssl is not None)
        return self.reply

    @property
    def mails(self) -> list[EmailMessage]:
        return [parsed for _, content in self.came if isinstance(parsed := message_from_bytes(content, policy=default), EmailMessage)]


@contextmanager
def mail_server(box: MailBox, **options: Any) -> Iterator[int]:
    """Yield the port of a mail server that puts what comes into `box`."""
    controller = Controller(box, hostname="127.0.0.1", port=free_port(), **options)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


def password_is(expected: str) -> Callable[..., AuthResult]:
    def check(_server: object, _session: object, _envelope: object, _mechanism: str, data: LoginPassword) -> AuthResult:
        return AuthResult(success=data.password.decode() == expected, handled=False)

    return check


@dataclass
class Hook:
    """What came to the web server, and what it answers."""

    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    came: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)


@contextmanager
def web_server(hook: Hook) -> Iterator[int]:
    """Yield the port of a web server."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["content-length"]))
            hook.came.append((self.path, {name.lower(): text for name, text in self.headers.items()}, content))
            self.send_response(hook.status)
            for name, text in hook.headers.items():
                self.send_header(name, text)
            self.end_headers()
            self.wfile.write(hook.body)


        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=lambda: server.serve_forever(poll_interval=0.02))
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def talking_server(talk: Callable[[socket.socket], None]) -> Iterator[int]:
    """Yield the port of a server that does `talk` with whoever connects, one after the other, and breaks off."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection:
                try:
                    talk(connection)
                except OSError:
                    continue

    thread = Thread(target=serve)
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])
