"""The same operations for programs: by a token, once for each key, with problems that say what to do."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from engine.access.sessions import digest
from engine.access.tokens import API, MakeToken, RevokeToken, new_token
from engine.kernel.actor import Actor
from engine.storage.schema import access_token
from tests.pages import person_of, signed_in, somebody_with_work
from web.api.offered import offered
from web.door import EXTENSION

JSON = "application/json"


class Program:
    """Something that acts for a person through the API."""

    def __init__(self, app: Flask, login: str) -> None:
        self.door = app.extensions[EXTENSION]
        self.person = person_of(self.door, login)
        self.client: FlaskClient = app.test_client()
        self.token = new_token(API)
        self.actor = Actor.person(self.person)
        self.door.execute(MakeToken(kind=API, name="chương trình", token_hash=digest(self.token)), self.actor, key=f"token:{self.token}")

    def send(self, name: str, fields: Any, *, key: str = "k1", **headers: str) -> TestResponse:
        told = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": key, **{name.replace("_", "-"): value for name, value in headers.items()}}
        return self.client.post(f"/api/v1/commands/{name}", data=json.dumps(fields), content_type=JSON, headers=told)

    def ask(self, name: str, **fields: Any) -> TestResponse:
        return self.client.get(f"/api/v1/queries/{name}", query_string=fields, headers={"Authorization": f"Bearer {self.token}"})


@pytest.fixture
def app(demo_app: Flask) -> Flask:
    return demo_app


def program_with_work(app: Flask) -> tuple[Program, str]:
    """A program of somebody in whose lane a task waits, and the task."""
    login, task = somebody_with_work(app)
    return Program(app, login), task


def test_a_command_is_done_once_for_its_key(app: Flask) -> None:
    program, task = program_with_work(app)
    first = program.send("claim-task", {"task": task})
    again = program.send("claim-task", {"task": task})
    assert (first.status_code, first.json) == (200, {"task": task, "assignee": program.person})
    assert (again.status_code, again.json) == (200, first.json)
    other = program.send("claim-task", {"task": "another"}, key="k2")
    assert (other.status_code, other.content_type) == (404, "application/problem+json")
    released = program.send("release-task", {"task": task, "reason": "nhầm"})
    assert (released.status_code, released.json["code"]) == (409, "refused")
    assert "idempotency key" in released.json["detail"]


def test_what_is_not_expected_is_said_with_its_field(app: Flask) -> None:
    program, task = program_with_work(app)
    answers = {
        "unknown field": program.send("claim-task", {"task": task, "who": "me"}),
        "wrong type": program.send("claim-task", {"task": 5}),
        "missing": program.send("claim-task", {}),
        "no object": program.send("claim-task", [task]),
        "NUL": program.send("claim-task", {"task": "\x00"}),
    }
    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(answers, 422)
    assert "'who'" in answers["unknown field"].json["detail"]
    assert "$.task" in answers["wrong type"].json["detail"]
    assert {answer.content_type for answer in answers.values()} == {"application/problem+json"}


def test_a_request_that_is_none_is_told_why(app: Flask) -> None:
    program, task = program_with_work(app)
    nobody = program.send("claim-task", {"task": task}, Authorization="Bearer chidao_api_wrong")
    assert (nobody.status_code, nobody.headers["WWW-Authenticate"]) == (401, 'Bearer realm="chidao"')
    assert program.send("claim-task", {"task": task}, key="").status_code == 400
    assert program.send("claim-task", {"task": task}, key="x" * 101).status_code == 400
    assert program.send("begin-session", {"person": "x"}).status_code == 404
    assert program.client.get("/api/v1/commands/claim-task").status_code == 405
    assert program.client.get("/api/v1/nowhere").content_type == "application/problem+json"
    text = program.client.post("/api/v1/commands/claim-task", data="task=1", headers={"Authorization": f"Bearer {program.token}", "Idempotency-Key": "k"})
    assert text.status_code == 415


def test_a_query_is_answered_to_whoever_may_know(app: Flask) -> None:
    program, _ = program_with_work(app)
    refused = program.ask("list-incidents", all="true")
    assert (refused.status_code, refused.json["code"]) == (403, "denied")
    assert program.ask("list-incidents", all="perhaps").status_code == 422
    assert program.ask("list-incidents", nothing="1").status_code == 422


def test_a_revoked_token_opens_nothing(app: Flask) -> None:
    program, task = program_with_work(app)
    with program.door.database.reading() as connection:
        token = connection.execute(select(access_token.c.id).where(access_token.c.person == program.person)).scalars().all()
    for each in token:
        program.door.execute(RevokeToken(token=each), program.actor, key=f"revoke:{each}")
    assert program.send("claim-task", {"task": task}).status_code == 401


def test_a_cookie_opens_nothing(app: Flask) -> None:
    login, task = somebody_with_work(app)
    answer = signed_in(app, login).post("/api/v1/commands/claim-task", json={"task": task}, headers={"Idempotency-Key": "k"})
    assert answer.status_code == 401


def test_every_operation_that_a_person_may_do_is_described(app: Flask) -> None:
    door = app.extensions[EXTENSION]
    document = app.test_client().get("/api/v1/openapi.json").json
    operations = offered(door)
    assert document["openapi"] == "3.1.0"
    assert set(document["paths"]) == {each.address for each in operations.values()}
    assert "/commands/complete-user-task" in document["paths"]
    assert all(path[method]["summary"] for path in document["paths"].values() for method in path)


def test_no_operation_that_is_offered_takes_a_password(app: Flask) -> None:
    fields = [name for each in offered(app.extensions[EXTENSION]).values() for name in each.kind.__dataclass_fields__]
    assert [name for name in fields if "password" in name or "hash" in name] == []
