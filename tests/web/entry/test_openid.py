"""Signing in with the account of the office: a small provider in this process, and everything that it might say wrongly."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask, Response, request
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from sqlalchemy import select, update
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.test import TestResponse

from engine.access.accounts import DisableAccount, OpenAccount
from engine.access.passwords import hashed
from engine.kernel.actor import SYSTEM
from engine.storage import UnitOfWork
from engine.storage.schema import history_record, identity, person
from tests.pages import send, signed_in
from web.door import EXTENSION
from web.entry import provider as our_side

CLERK, EMAIL = "btg.van.thu", "van.thu@example.vn"
CLIENT, SECRET = "chidao", "of-the-server"
KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})


class Silent(WSGIRequestHandler):
    """Says nothing of requests."""

    def log(self, *_: object) -> None:
        """Say nothing."""


class Provider:
    """An OpenID Connect provider that says what it is told to. `says`: what an id token says besides; `asked`: by whom it was asked."""

    def __init__(self) -> None:
        self.says: dict[str, Any] = {}
        self.key = KEY
        self.now = 0
        self.challenge = ""
        self.nonce = ""
        self.app = Flask("provider")
        self.app.add_url_rule("/.well-known/openid-configuration", view_func=self.configuration)
        self.app.add_url_rule("/keys", view_func=self.keys)
        self.app.add_url_rule("/token", view_func=self.token, methods=["POST"])
        self.server = make_server("127.0.0.1", 0, self.app, request_handler=Silent)
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"

    def configuration(self) -> dict[str, str]:
        return {"issuer": self.issuer, **{f"{name}": f"{self.issuer}/{path}" for name, path in ENDPOINTS.items()}}

    def keys(self) -> Response:
        return Response(json.dumps(KeySet([KEY]).as_dict(private=False)), content_type="application/json")

    def token(self) -> Any:
        verifier = request.form["code_verifier"]
        sent = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        if request.form["code"] != "the code" or sent != self.challenge:
            return {"error": "invalid_grant"}, 400
        claims = {"iss": self.issuer, "sub": "4711", "aud": CLIENT, "iat": self.now, "exp": self.now + 300, "nonce": self.nonce, "email": EMAIL, "email_verified": True}
        signed = jwt.encode({"alg": "RS256", "kid": "one"}, {**claims, **self.says}, self.key)
        return {"access_token": "x", "token_type": "Bearer", "id_token": signed}


ENDPOINTS = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    made = Provider()
    thread = threading.Thread(target=made.server.serve_forever, daemon=True)
    thread.start()
    our_side._discovered.cache_clear()
    for name, value in {"ISSUER": made.issuer, "CLIENT_ID": CLIENT, "CLIENT_SECRET": SECRET}.items():
        monkeypatch.setenv(f"CHIDAO_OIDC_{name}", value)
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


@pytest.fixture
def office(office_app: Flask, provider: Provider) -> Flask:
    """The office, whose directory has the e-mail address of its clerk."""
    provider.now = int(office_app.extensions[EXTENSION].clock.now().timestamp())
    with UnitOfWork(office_app.extensions[EXTENSION].database) as unit:
        unit.connection.execute(update(person).where(person.c.login == CLERK).values(email=EMAIL.title()))
        unit.commit()
    return office_app


def leave(client: FlaskClient, provider: Provider, page: str = "/sign-in", **fields: str) -> dict[str, str]:
    """Go to the provider's, and return what we told it."""
    answer = send(client, page, fields, to="/sign-in/openid")
    address = urlsplit(answer.headers["Refresh"].removeprefix("0; url="))
    assert unescape(re.findall(r'href="(http[^"]+)"', answer.text)[0]) == address.geturl()
    told = {name: values[0] for name, values in parse_qs(address.query).items()}
    provider.challenge, provider.nonce = told["code_challenge"], told["nonce"]
    return told


def come_back(client: FlaskClient, told: dict[str, str], **changes: str) -> TestResponse:
    return client.get("/sign-in/openid/back", query_string={"code": "the code", "state": told["state"], **changes})


def test_without_a_provider_nothing_is_offered(office_app: Flask) -> None:
    client = office_app.test_client()
    assert "/sign-in/openid" not in client.get("/sign-in").text
    assert send(client, "/sign-in", {}, to="/sign-in/openid").status_code == 404
    assert client.get("/sign-in/openid/back").status_code == 404


def test_whom_the_directory_knows_by_a_verified_address_comes_in_and_stays_linked(office: Flask, provider: Provider) -> None:
    client = office.test_client()
    told = leave(client, provider, next="/account")
    assert (told["response_type"], told["scope"], told["code_challenge_method"]) == ("code", "openid email profile", "S256")
    answer = come_back(client, told)
    assert answer.headers["Location"] == "/account"
    assert "tài khoản của cơ quan" in client.get("/account").text
    with office.extensions[EXTENSION].database.reading() as connection:
        assert connection.execute(select(identity.c.issuer, identity.c.subject)).all() == [(provider.issuer, "4711")]
        told_of = str(connection.execute(select(history_record.c.body)).all())
    assert "identity.linked" in told_of
    assert EMAIL not in told_of
    provider.says = {"email": "khac@example.vn", "email_verified": False}
    again = office.test_client()
    assert come_back(again, leave(again, provider)).status_code == 302


@pytest.mark.parametrize(
    "says",
    [
        {"email": "khong.ai@example.vn"},
        {"email_verified": False},
        {"email": ""},
    ],
)
def test_whom_the_directory_does_not_know_is_told_whom_to_ask(office: Flask, provider: Provider, says: dict[str, Any]) -> None:
    provider.says = says
    client = office.test_client()
    answer = come_back(client, leave(client, provider))
    assert answer.status_code == 403
    assert 'id="problem"' in answer.text
    assert client.get("/account").status_code == 302


@pytest.mark.parametrize(
    "says",
    [
        {"nonce": "of somebody else"},
        {"aud": "another program"},
        {"iss": "https://elsewhere.example"},
        {"exp": 1_000_000_000},
    ],
)
def test_a_token_for_something_else_proves_nothing(office: Flask, provider: Provider, says: dict[str, Any]) -> None:
    provider.says = says
    client = office.test_client()
    assert come_back(client, leave(client, provider)).status_code == 403
    assert client.get("/account").status_code == 302


def test_a_token_that_somebody_else_signed_proves_nothing(office: Flask, provider: Provider) -> None:
    provider.key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
    client = office.test_client()
    assert come_back(client, leave(client, provider)).status_code == 403


@pytest.mark.parametrize("changes", [{"state": "of somebody else"}, {"code": "another"}, {"error": "access_denied", "code": ""}])
def test_an_answer_to_somebody_else_proves_nothing(office: Flask, provider: Provider, changes: dict[str, str]) -> None:
    client = office.test_client()
    assert come_back(client, leave(client, provider), **changes).status_code == 403


def test_an_answer_counts_once_and_only_where_it_was_asked_for(office: Flask, provider: Provider) -> None:
    client = office.test_client()
    told = leave(client, provider)
    assert come_back(office.test_client(), told).status_code == 404
    assert come_back(client, told).status_code == 302
    assert come_back(client, told).status_code == 404


def test_a_closed_account_stays_closed(office: Flask, provider: Provider) -> None:
    door = office.extensions[EXTENSION]
    client = office.test_client()
    assert come_back(client, leave(client, provider)).status_code == 302
    door.execute(OpenAccount(login=CLERK, password_hash=hashed("bốn từ chẳng liên quan", login=CLERK)), SYSTEM, key="open")
    door.execute(DisableAccount(login=CLERK, reason="nghỉ hưu"), SYSTEM, key="close")
    again = office.test_client()
    assert come_back(again, leave(again, provider)).status_code == 403


def test_a_provider_that_does_not_answer_leaves_the_password(office: Flask, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHIDAO_OIDC_ISSUER", f"{provider.issuer}/other")
    answer = send(office.test_client(), "/sign-in", {}, to="/sign-in/openid")
    assert answer.status_code == 503
    assert 'id="password"' in answer.text


def test_what_was_typed_survives_the_way_to_the_provider(office: Flask, provider: Provider) -> None:
    client = signed_in(office, CLERK)
    fields = dict(re.findall(r'name="(csrf_token|_once|_for)" value="([^"]+)"', client.get("/account").text))
    client.get("/account")
    clock = office.extensions[EXTENSION].clock
    clock.advance_to(clock.now().replace(hour=23))
    provider.now = int(clock.now().timestamp())
    late = client.post("/account/tokens", data={**fields, "kind": "api", "name": "Sổ văn bản đi"}, headers={"Referer": "http://localhost/account"})
    assert late.status_code == 401
    carried = re.findall(r'name="_carried" value="([^"]+)"', late.text)[0]
    told = leave(client, provider, _carried=carried)
    assert come_back(client, told).headers["Location"] == "/account"
    assert 'value="Sổ văn bản đi"' in client.get("/account").text
