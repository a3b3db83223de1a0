"""The addresses of the API. Whoever asks is known by a token alone: no cookie is read, so no page elsewhere can misuse one."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import msgspec
from flask import Blueprint, Response, current_app, request
from sqlalchemy import Row

from engine.access.tokens import API, person_of_token
from engine.kernel.actor import Actor
from engine.kernel.errors import EngineError
from web.api.asked import asked
from web.api.description import description
from web.api.offered import Offered, offered
from web.door import the_door
from web.problems import problem, problem_of
from web.visitor import own_keys

JSON = "application/json"
KEY = "Idempotency-Key"
LONGEST_KEY = 100  # characters
EXTENSION = "chidao_api"
pages = Blueprint("api", __name__, url_prefix="/api/v1")
pages.register_error_handler(EngineError, problem_of)


@pages.get("/openapi.json")
@own_keys
def openapi() -> Response:
    """Describe the API."""
    return _json(description(_operations()))


@pages.post("/commands/<name>")
@own_keys
def command(name: str) -> Response:
    """Execute a command."""
    operation = _operations().get(name)
    if operation is None or operation.reads:
        return problem(HTTPStatus.NOT_FOUND, f"Expected the name of a command, but found {name!r}. See /api/v1/openapi.json.")
    if wrong := _wrong():
        return wrong
    key = request.headers.get(KEY, "")
    if not key or len(key) > LONGEST_KEY or not key.isprintable() or not key.isascii():
        said = f"Expected the header {KEY} with 1 to {LONGEST_KEY} printable ASCII characters, a new one for each command, but found {'none' if not key else 'another'}."
        return problem(HTTPStatus.BAD_REQUEST, said)
    actor = _actor()
    if actor is None:
        return _nobody()
    return _json(the_door().execute(asked(operation), actor, key=f"api:{actor.id}:{key}"))


@pages.route("/queries/<name>", methods=["GET", "POST"])
@own_keys
def query(name: str) -> Response:
    """Answer a query."""
    operation = _operations().get(name)
    if operation is None or not operation.reads:
        return problem(HTTPStatus.NOT_FOUND, f"Expected the name of a query, but found {name!r}. See /api/v1/openapi.json.")
    if request.method not in {operation.method, "HEAD"}:
        answer = problem(HTTPStatus.METHOD_NOT_ALLOWED, f"Expected {operation.method}, but found {request.method}.")
        answer.headers["Allow"] = operation.method
        return answer
    if request.method == "POST" and (wrong := _wrong()):
        return wrong
    actor = _actor()
    if actor is None:
        return _nobody()
    return _json({"answer": the_door().ask(asked(operation), actor)})


def _operations() -> dict[str, Offered]:
    """Return the operations of this application: found once."""
    known: dict[str, Offered] | None = current_app.extensions.get(EXTENSION)
    if known is None:
        known = current_app.extensions[EXTENSION] = offered(the_door())
    return known


def _actor() -> Actor | None:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token.strip():
        return None
    door = the_door()
    with door.database.reading() as connection:
        found = person_of_token(connection, token.strip(), API, door.clock.now())
    return Actor.person(found.person, method="token") if found else None


def _nobody() -> Response:
    return problem(HTTPStatus.UNAUTHORIZED, "Expected a token of yours as `Authorization: Bearer …`, but found none that is valid. Make one on the page of your account.")


def _wrong() -> Response | None:
    if request.mimetype != JSON:
        return problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"Expected {JSON}, but found {request.mimetype or 'no type'!r}.")
    return None


def _json(value: Any) -> Response:
    return Response(msgspec.json.encode(value, enc_hook=_plain), content_type=JSON)


def _plain(value: Any) -> Any:
    """Return what JSON has no word for as what it has: rows and objects by their fields."""
    match value:
        case Row():
            return value._asdict()
        case Mapping():
            return dict(value)
        case set() | frozenset():
            return sorted(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {each.name: getattr(value, each.name) for each in dataclasses.fields(value)}
    return str(value)
