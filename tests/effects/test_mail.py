"""A mail as a mail server gets it, and what its answers mean."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from engine.effects.delivering import Outcome
from engine.effects.outbox import Effect
from engine.execution.mail import MailServer, MailTransport, configured_mail_server
from engine.execution.transports import Delivery
from engine.kernel.clock import stopwatch
from engine.kernel.email_address import email_address, without_addresses
from engine.kernel.errors import InvalidInput
from tests.effects.conftest import Certified
from tests.effects.servers import MailBox, free_port, mail_server, password_is, talking_server

NOW = datetime(2024, 4, 1, 1, 0, tzinfo=UTC)
TEXT = "Kính gửi đồng chí,\n\n.Đề nghị nộp báo cáo tháng trước ngày 25.\n.\nTrân trọng."


def effect_of(key: str = "0192.1", **payload: Any) -> Effect:
    whole = {"to": "an@example.vn", "subject": "Nhắc báo cáo tháng Tư", "text": TEXT, **payload}
    return Effect(key=key, kind="email", channel="email", payload=whole, attempt=1, created_at="2024-04-01T01:00:00.000Z")


def server(port: int, **more: Any) -> MailServer:
    return MailServer(**{"host": "localhost", "port": port, "security": "off", "sender": "van.thu@muongsuong.vn", "sender_name": "Văn thư", **more})


def send(port: int, *, limit: float = 20, sent: Effect | None = None, **more: Any) -> Delivery:
    return MailTransport(server(port, **more), limit=limit).send(sent or effect_of(), NOW)


@pytest.fixture
def box() -> MailBox:
    return MailBox()


@pytest.fixture
def port(box: MailBox) -> Iterator[int]:
    with mail_server(box) as found:
        yield found


# -------------------------------------------------------------------------------------------------------------- the mail


def test_a_vietnamese_mail_arrives_as_it_was_written(box: MailBox, port: int) -> None:
    assert send(port).outcome == Outcome.SENT
    (mail,) = box.mails
    assert mail["Subject"] == "Nhắc báo cáo tháng Tư"
    assert mail.get_content().replace("\r\n", "\n").rstrip("\n") == TEXT
    assert mail["From"] == "Văn thư <van.thu@muongsuong.vn>"
    assert mail["To"] == "an@example.vn"
    assert mail["Message-ID"] == "<0192.1@muongsuong.vn>"
    assert mail["Date"].datetime == NOW
    assert mail["Auto-Submitted"] == "auto-generated"
    assert box.came[0][0] == ["an@example.vn"]
    assert max(box.came[0][1]) < 128  # servers without 8BITMIME take it


def test_a_mail_is_the_same_at_every_attempt(box: MailBox, port: int) -> None:
    send(port)
    MailTransport(server(port)).send(replace(effect_of(), attempt=2), datetime(2024, 4, 2, tzinfo=UTC))
    first, second = (mail for mail in box.mails)
    assert (first["Message-ID"], first["Date"], first.get_content()) == (second["Message-ID"], second["Date"], second.get_content())


@pytest.mark.parametrize("evil", ["Chào\r\nBcc: tat.ca@example.vn", "Chào\nBcc: tat.ca@example.vn", "a\r\n\r\nbody", "a\x0bBcc: x", "a\x85Bcc: y"])
def test_no_subject_makes_another_header(box: MailBox, port: int, evil: str) -> None:
    assert send(port, sent=effect_of(subject=evil)).outcome == Outcome.SENT
    (mail,) = box.mails
    assert mail["Bcc"] is None
    assert sorted(mail.keys()) == sorted(["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "Content-Type", "Content-Transfer-Encoding", "MIME-Version"])
    assert mail.get_content().rstrip("\r\n").endswith("Trân trọng.")


@pytest.mark.parametrize("address", ["", "an", "an@", "@vn", "an @x.vn", "an@x.vn\r\nDATA", "an@x.vn>", "<an@x.vn", "a,b@x.vn", "an@-x.vn", "ấn@x.vn", "a" * 65 + "@x.vn", None, 5])
def test_what_is_no_address_never_reaches_a_mail_server(box: MailBox, port: int, address: object) -> None:
    with pytest.raises(InvalidInput, match="Expected an e-mail address"):
        email_address(address)
    assert send(port, sent=effect_of(to=address)).outcome == Outcome.REFUSED
    assert box.came == []


# -------------------------------------------------------------------------------------------------------------- its answers


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [("550 5.1.1 <an@example.vn>: no such user", Outcome.REFUSED), ("450 4.2.0 greylisted, an@example.vn", Outcome.LATER), ("552 full", Outcome.REFUSED)],
)
def test_a_refused_recipient_is_refused_for_ever_or_for_now(box: MailBox, port: int, reply: str, outcome: Outcome) -> None:
    box.refuse["an@example.vn"] = reply
    found = send(port)
    assert found.outcome == outcome
    assert reply[:3] in found.said
    assert "example.vn" not in found.said
    assert box.came == []


@pytest.mark.parametrize(("reply", "outcome"), [("554 spam", Outcome.REFUSED), ("451 try again", Outcome.LATER), ("250 OK", Outcome.SENT)])
def test_a_refused_message_is_refused_for_ever_or_for_now(box: MailBox, port: int, reply: str, outcome: Outcome) -> None:
    box.reply = reply
    assert send(port).outcome == outcome


def test_a_server_that_is_down_is_tried_later() -> None:
    found = send(free_port())
    assert found == Delivery(outcome=Outcome.LATER, said="the mail server does not answer: connection refused")


def test_a_name_that_is_unknown_is_tried_later() -> None:
    assert send(25, host="mail.invalid").outcome == Outcome.LATER


def test_a_connection_that_breaks_before_the_mail_is_handed_over_is_tried_later() -> None:
    def talk(connection: socket.socket) -> None:
        connection.sendall(b"220 hello\r\n")
        connection.recv(1000)

    with talking_server(talk) as found:
        assert send(found).outcome == Outcome.LATER


def dialogue(connection: socket.socket, *, last: bytes) -> None:
    """Play a mail server until the message is there, then say `last`."""
    lines = connection.makefile("rb")
    connection.sendall(b"220 hello\r\n")
    for line in lines:
        word = line.split()[0].upper() if line.split() else b""
        if word == b"DATA":
            connection.sendall(b"354 go on\r\n")
            while lines.readline() not in (b".\r\n", b""):
                pass
            connection.sendall(last)
            return
        connection.sendall(b"250 OK\r\n")


def test_a_connection_that_breaks_after_the_mail_was_handed_over_leaves_it_unknown() -> None:
    with talking_server(lambda connection: dialogue(connection, last=b"")) as found:
        answer = send(found)
    assert answer.outcome == Outcome.UNKNOWN
    assert "the answer was lost" in answer.said


def test_an_accepted_mail_is_sent_although_the_server_breaks_off_then() -> None:
    with talking_server(lambda connection: dialogue(connection, last=b"250 OK\r\n")) as found:
        assert send(found).outcome == Outcome.SENT


def test_a_server_that_says_one_letter_after_the_other_is_left_in_the_end() -> None:
    stop = Event()

    def drip(connection: socket.socket) -> None:
        connection.sendall(b"220-")
        while not stop.wait(0.05):
            connection.sendall(b"x")

    with talking_server(drip) as found:
        begin = stopwatch()
        answer = send(found, limit=0.5)
        took = stopwatch() - begin
        stop.set()
    assert answer.outcome == Outcome.LATER
    assert took < 10


# -------------------------------------------------------------------------------------------------------------- encryption


def test_starttls_and_the_password_are_used(box: MailBox, certified: Certified) -> None:
    options = {"tls_context": certified.server, "require_starttls": True, "authenticator": password_is("mat-khau"), "auth_required": True}
    with mail_server(box, **options) as found:
        assert send(found, security="starttls", tls=certified.client, user="van.thu", password="mat-khau").outcome == Outcome.SENT
    assert box.secure == [True]


def test_a_wrong_password_is_tried_later_and_never_told(box: MailBox, certified: Certified) -> None:
    options = {"tls_context": certified.server, "authenticator": password_is("right-one"), "auth_required": True}
    with mail_server(box, **options) as found:
        answer = send(found, security="starttls", tls=certified.client, user="van.thu", password="wrong-one")
    assert answer.outcome == Outcome.LATER
    assert answer.said.startswith("the mail server refuses the sign-in")
    assert "wrong-one" not in answer.said + repr(server(1, password="wrong-one"))


def test_encryption_from_the_first_byte(box: MailBox, certified: Certified) -> None:
    with mail_server(box, ssl_context=certified.server) as found:
        assert send(found, security="tls", tls=certified.client).outcome == Outcome.SENT
    assert len(box.came) == 1


def test_nothing_is_sent_in_clear_where_encryption_is_asked_for(box: MailBox, port: int, certified: Certified) -> None:
    answer = send(port, security="starttls", tls=certified.client, user="van.thu", password="x")
    assert answer.outcome == Outcome.LATER
    assert "does not offer the encryption" in answer.said
    assert box.came == []


def test_a_certificate_that_nobody_vouches_for_is_not_trusted(box: MailBox, certified: Certified) -> None:
    with mail_server(box, ssl_context=certified.server) as found:
        answer = send(found, security="tls", tls=ssl.create_default_context())
    assert answer.outcome == Outcome.LATER
    assert "not trusted" in answer.said
    assert box.came == []


# -------------------------------------------------------------------------------------------------------------- settings


def configure(monkeypatch: pytest.MonkeyPatch, url: str, sender: str | None = "Văn thư <van.thu@muongsuong.vn>", **more: str) -> None:
    monkeypatch.setenv("CHIDAO_SMTP_URL", url)
    if sender is not None:
        monkeypatch.setenv("CHIDAO_MAIL_FROM", sender)
    for name, text in more.items():
        monkeypatch.setenv(name, text)


def test_the_environment_names_the_server_and_a_file_its_password(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("geheim\n", encoding="utf-8")
    configure(monkeypatch, "smtp://van.thu%40muongsuong.vn@mail.muongsuong.vn", CHIDAO_SMTP_PASSWORD_FILE=str(tmp_path / "password"))
    found = configured_mail_server()
    assert found is not None
    assert (found.host, found.port, found.security) == ("mail.muongsuong.vn", 587, "starttls")
    assert (found.user, found.password, found.sender, found.sender_name) == ("van.thu@muongsuong.vn", "geheim", "van.thu@muongsuong.vn", "Văn thư")
    assert "geheim" not in repr(found)


@pytest.mark.parametrize(
    ("url", "port", "security"),
    [("smtps://u@h", 465, "tls"), ("smtps://u@h:1465", 1465, "tls"), ("smtp://u@localhost?tls=off", 25, "off"), ("smtp://h?tls=off", 25, "off"), ("smtp://h:2525", 2525, "starttls")],
)
def test_the_scheme_says_how_it_is_encrypted(monkeypatch: pytest.MonkeyPatch, url: str, port: int, security: str) -> None:
    configure(monkeypatch, url)
    found = configured_mail_server()
    assert found is not None
    assert (found.port, found.security) == (port, security)


@pytest.mark.parametrize(
    "url",
    ["http://h", "smtp://", "smtp://u:geheim@h", "smtp://h/path", "smtp://h?tls=maybe", "smtp://h?x=1", "smtp://u@h?tls=off", "smtp://h:99999"],
)
def test_a_wrong_address_is_refused_in_a_sentence_that_does_not_repeat_it(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    configure(monkeypatch, url)
    with pytest.raises(InvalidInput, match="Expected CHIDAO_SMTP_URL as") as refused:
        configured_mail_server()
    assert "geheim" not in refused.value.message


@pytest.mark.parametrize("sender", [None, "Văn thư", "a@b@c", "x <y>"])
def test_mail_needs_a_sender(monkeypatch: pytest.MonkeyPatch, sender: str | None) -> None:
    configure(monkeypatch, "smtp://h", sender)
    with pytest.raises(InvalidInput, match="CHIDAO_MAIL_FROM"):
        configured_mail_server()


def test_a_password_with_which_nobody_can_sign_in_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, "smtps://u@h", CHIDAO_SMTP_PASSWORD="mật khẩu")
    with pytest.raises(InvalidInput, match="ASCII") as refused:
        configured_mail_server()
    assert "mật" not in refused.value.message


def test_without_an_address_no_mail_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CHIDAO_SMTP_URL", raising=False)
    assert configured_mail_server() is None


def test_addresses_are_taken_out_of_what_servers_say() -> None:
    assert without_addresses("550 <an.le@x.vn>: unknown; see bounce+1@y.z, ok") == "550 <…>: unknown; see …, ok"
