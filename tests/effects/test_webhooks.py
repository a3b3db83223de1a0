"""A webhook as its endpoint gets it, and what its answers mean. The signature is checked by an implementation of its own."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from engine.effects.delivering import Outcome
from engine.effects.outbox import Effect
from engine.execution.transports import Delivery
from engine.execution.webhooks import Endpoint, WebhookTransport, configured_endpoints, delivery, headers
from engine.kernel.clock import stopwatch
from engine.kernel.errors import InvalidInput
from tests.effects.conftest import Certified
from tests.effects.servers import Hook, free_port, talking_server, web_server

NOW = datetime(2024, 4, 1, 1, 0, tzinfo=UTC)
SECRET = base64.b64decode("C2FVsBQIhrscChlQIMV+b5sSYspob7oD")
TEXT = "whsec_" + base64.b64encode(SECRET).decode()
BODY = {"unit": "Đảng ủy phường Đông Sơn", "area": 12, "done": True}


def effect_of(body: Any = BODY, key: str = "0192") -> Effect:
    return Effect(key=key, kind="webhook", channel="webhook:land", payload={"endpoint": "land", "body": body}, attempt=1, created_at="x")


def send(port: int, *, path: str = "/hook", limit: float = 20, scheme: str = "http", sent: Effect | None = None, tls: Any = None) -> Delivery:
    endpoint = Endpoint(name="land", url=f"{scheme}://localhost:{port}{path}", secret=SECRET)
    return WebhookTransport(endpoint, limit=limit, tls=tls).send(sent or effect_of(), NOW)


@pytest.fixture
def hook() -> Hook:
    return Hook()


@pytest.fixture
def port(hook: Hook) -> Iterator[int]:
    with web_server(hook) as found:
        yield found


def is_signed(secret: str, given: dict[str, str], content: bytes) -> bool:
    """Verify as the specification says it: base64 of HMAC-SHA256 of `id.timestamp.body`, with the secret's bytes behind its prefix."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = b".".join((given["webhook-id"].encode("ascii"), given["webhook-timestamp"].encode("ascii"), content))
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    versions = (entry.split(",", 1) for entry in given["webhook-signature"].split(" "))
    return any(version == "v1" and hmac.compare_digest(found, expected) for version, found in versions)


# -------------------------------------------------------------------------------------------------------------- the call


def test_a_call_arrives_signed_with_its_key(hook: Hook, port: int) -> None:
    assert send(port, path="/a/b?c=d").outcome == Outcome.SENT
    ((path, given, content),) = hook.came
    assert path == "/a/b?c=d"
    assert json.loads(content) == BODY
    assert "Đông Sơn".encode() in content
    assert given["content-type"] == "application/json; charset=utf-8"
    assert given["webhook-id"] == given["idempotency-key"] == "0192"
    assert given["webhook-timestamp"] == str(int(NOW.timestamp()))
    assert is_signed(TEXT, given, content)


def test_the_signature_does_not_fit_another_body_secret_or_moment(hook: Hook, port: int) -> None:
    send(port)
    ((_, given, content),) = hook.came
    assert not is_signed(TEXT, given, content + b" ")
    assert not is_signed("whsec_" + base64.b64encode(b"x" * 24).decode(), given, content)
    assert not is_signed(TEXT, {**given, "webhook-timestamp": "1"}, content)
    assert not is_signed(TEXT, {**given, "webhook-id": "0193"}, content)


def test_the_example_of_the_specification_has_its_signature() -> None:
    given = dict(headers("msg_p5jXN8AQM9LWM0D4loKWxJek", b'{"test": 2432232314}', base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), datetime.fromtimestamp(1614265330, UTC)))
    assert given["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_body_is_the_same_at_every_attempt(hook: Hook, port: int) -> None:
    send(port, sent=effect_of({"b": 1, "a": 2}))
    send(port, sent=effect_of({"a": 2, "b": 1}))
    assert hook.came[0][2] == hook.came[1][2] == b'{"a":2,"b":1}'


def whole(connection: socket.socket) -> bytes:
    """Read a call to its end: closing before that would break the answer off."""
    content = b""
    while not content.endswith(b"}") and (more := connection.recv(10_000)):
        content += more
    return content


# -------------------------------------------------------------------------------------------------------------- its answers


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        *((status, "sent") for status in (200, 202, 204)),
        *((status, "refused") for status in (301, 304, 307, 400, 401, 404, 410, 422)),
        *((status, "later") for status in (100, 408, 409, 425, 429, 500, 502, 503)),
    ],
)
def test_what_an_answer_means(status: int, outcome: str) -> None:
    assert delivery(status, None, NOW).outcome == outcome


def test_a_redirection_is_not_followed(hook: Hook, port: int) -> None:
    hook.status, hook.headers = 307, {"Location": f"http://localhost:{port}/elsewhere"}
    found = send(port)
    assert found.outcome == Outcome.REFUSED
    assert [path for path, _, _ in hook.came] == ["/hook"]


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("120", 120), (" 7 ", 7), ("99999999999999999999", 999_999_999), ("soon", None), ("-5", None), ("", None), ("²", None), (None, None)],
)
def test_retry_after_in_seconds(said: str | None, seconds: int | None) -> None:
    assert delivery(503, said, NOW).wait == seconds


def test_retry_after_as_a_moment() -> None:
    assert delivery(429, format_datetime(NOW + timedelta(hours=1), usegmt=True), NOW).wait == 3600
    assert delivery(429, format_datetime(NOW - timedelta(hours=1), usegmt=True), NOW).wait == 0
    assert delivery(429, "Mon, 99 Apr 2024 99:00:00 GMT", NOW).wait is None


def test_a_busy_endpoint_says_when_to_come_back(hook: Hook, port: int) -> None:
    hook.status, hook.headers, hook.body = 429, {"Retry-After": "300"}, b"x" * 100_000
    assert send(port) == Delivery(outcome=Outcome.LATER, said="the endpoint answers 429", wait=300)


def test_an_endpoint_that_is_down_is_tried_later() -> None:
    found = send(free_port())
    assert found == Delivery(outcome=Outcome.LATER, said="the endpoint does not answer: connection refused")


@pytest.mark.parametrize("answer", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 two hundred\r\n\r\n", b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 500 + b"\r\n"])
def test_an_endpoint_that_answers_nonsense_is_tried_later(answer: bytes) -> None:
    def talk(connection: socket.socket) -> None:
        whole(connection)
        connection.sendall(answer)

    with talking_server(talk) as found:
        assert send(found).outcome == Outcome.LATER


def test_an_endpoint_that_says_one_letter_after_the_other_is_left_in_the_end() -> None:
    stop = Event()

    def drip(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 ")
        while not stop.wait(0.05):
            connection.sendall(b"x")

    with talking_server(drip) as found:
        begin = stopwatch()
        answer = send(found, limit=0.5)
        took = stopwatch() - begin
        stop.set()
    assert answer.outcome == Outcome.LATER
    assert took < 10


def test_https_is_checked_against_the_endpoint_s_name(certified: Certified) -> None:
    def talk(connection: socket.socket) -> None:
        with certified.server.wrap_socket(connection, server_side=True) as secure:
            whole(secure)
            secure.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    with talking_server(talk) as found:
        assert send(found, scheme="https", tls=certified.client) == Delivery(outcome=Outcome.SENT)
        untrusted = send(found, scheme="https")
    assert untrusted.outcome == Outcome.LATER
    assert "not trusted" in untrusted.said


# -------------------------------------------------------------------------------------------------------------- settings


def configure(monkeypatch: pytest.MonkeyPatch, folder: Path, text: str) -> None:
    (folder / "webhooks.toml").write_text(text, encoding="utf-8")
    monkeypatch.setenv("CHIDAO_WEBHOOKS", str(folder / "webhooks.toml"))


def test_endpoints_stand_in_a_file_and_their_secrets_in_others(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "land.secret").write_text(TEXT + "\n", encoding="utf-8")
    configure(
        monkeypatch,
        tmp_path,
        '[[endpoint]]\nname = "land"\nurl = "https://land.example.vn/hook?token=geheim"\nsecret_file = "land.secret"\n'
        f'[[endpoint]]\nname = "own"\nurl = "http://127.0.0.1:8080/x"\nallow_http = true\nsecret = "{TEXT}"\n',
    )
    found = configured_endpoints()
    assert sorted(found) == ["land", "own"]
    assert found["land"].secret == found["own"].secret == SECRET
    assert "geheim" not in repr(found)
    assert TEXT not in repr(found)
    assert repr(SECRET) not in repr(found)


GOOD = f'name = "land"\nurl = "https://land.example.vn/"\nsecret = "{TEXT}"\n'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[[endpoint]", "as TOML"),
        ('other = "x"', "only tables"),
        ("endpoint = 5", "only tables"),
        ('[[endpoint]]\nnome = "x"\n', "but found nome"),
        ("[[endpoint]]\n" + GOOD.replace('"land"', '"Land Office"'), "the name of an endpoint"),
        ("[[endpoint]]\n" + GOOD.replace("https://", "http://"), "https:// address"),
        ("[[endpoint]]\nallow_http = true\n" + GOOD.replace("https://", "http://"), "https:// address"),
        ("[[endpoint]]\n" + GOOD.replace("land.example.vn", "u:p@land.example.vn"), "https:// address"),
        ("[[endpoint]]\n" + GOOD.replace("land.example.vn", "land.example.vn:99999"), "https:// address"),
        ("[[endpoint]]\n" + GOOD.replace("https://land.example.vn/", "file:///etc/passwd"), "https:// address"),
        ("[[endpoint]]\n" + GOOD.replace("whsec_", "geheim_"), "the secret of endpoint"),
        ("[[endpoint]]\n" + GOOD.replace(TEXT, "whsec_Z2VoZWlt"), "the secret of endpoint"),
        ("[[endpoint]]\n" + GOOD + 'secret_file = "x"\n', "either secret or secret_file"),
        ("[[endpoint]]\n" + GOOD.replace("secret = ", "secret_file = "), "cannot be read"),
        ("[[endpoint]]\n" + GOOD + "[[endpoint]]\n" + GOOD, "twice"),
    ],
)
def test_a_wrong_file_is_refused_in_a_sentence_without_secrets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str, expected: str) -> None:
    configure(monkeypatch, tmp_path, text)
    with pytest.raises(InvalidInput, match=expected) as refused:
        configured_endpoints()
    assert "geheim" not in refused.value.message
    assert "Z2VoZWlt" not in refused.value.message
    assert "u:p" not in refused.value.message


def test_a_missing_file_is_refused_and_no_setting_means_no_endpoint(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CHIDAO_WEBHOOKS", str(tmp_path / "nothing.toml"))
    with pytest.raises(InvalidInput, match="cannot be read"):
        configured_endpoints()
    monkeypatch.delenv("CHIDAO_WEBHOOKS")
    assert configured_endpoints() == {}
