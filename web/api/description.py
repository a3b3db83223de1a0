"""The description of the API, made from the code: OpenAPI 3.1 with JSON Schema 2020-12."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any, get_type_hints

import msgspec

from web.api.offered import Offered
from web.problems import TYPE

REFERENCE = "#/components/schemas/{name}"
PROBLEM = {
    "type": "object",
    "description": "What went wrong (RFC 9457).",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "For people: what was expected, what was found, what to do."},
        "code": {"type": "string", "description": "Stable, for programs."},
        "details": {"type": "object"},
    },
    "required": ["type", "title", "status", "detail"],
}
SAID = {
    "400": "the request cannot be read",
    "401": "no valid token",
    "403": "not yours to do or to see",
    "404": "there is no such thing",
    "409": "the state of things does not allow it, or the key was used for another command",
    "413": "larger than is taken",
    "415": "not JSON",
    "422": "a field is not what is expected",
    "503": "busy: send it again, with the same key",
}


def description(operations: Mapping[str, Offered]) -> dict[str, Any]:
    """Return the document for these operations."""
    kinds = [each.kind for each in operations.values() if not each.by_address]
    _, schemas = msgspec.json.schema_components(kinds, ref_template=REFERENCE)
    for schema in schemas.values():
        if schema.get("type") == "object" and "properties" in schema:
            schema["additionalProperties"] = False
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "chidao",
            "version": version("chidao"),
            "description": "Directives that travel down an organisation, reports that travel back up. Whoever holds a token acts as its person, in that person's posts.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/api/v1"}],
        "security": [{"token": []}],
        "tags": [{"name": tag} for tag in sorted({_tag(each) for each in operations.values()})],
        "paths": {each.address: {each.method.lower(): _operation(each)} for each in operations.values()},
        "components": {
            "schemas": {**schemas, "Problem": PROBLEM},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "description": "A token from the page of one's account."}},
        },
    }


def _operation(each: Offered) -> dict[str, Any]:
    told = inspect.getdoc(each.kind) or each.name
    first, _, rest = told.partition("\n")
    found: dict[str, Any] = {
        "operationId": each.kind.__name__,
        "summary": first,
        "tags": [_tag(each)],
        "parameters": _parameters(each) if each.by_address else [],
        "responses": _responses(each),
        "x-permission": each.action,
    }
    if rest.strip():
        found["description"] = rest.strip()
    if not each.by_address:
        found["requestBody"] = {"required": True, "content": {"application/json": {"schema": {"$ref": REFERENCE.format(name=each.kind.__name__)}}}}
    if not each.reads:
        said = "A new one for each command; the same again returns the same answer and does nothing."
        key = {"name": "Idempotency-Key", "in": "header", "required": True, "description": said}
        found["parameters"] = [{**key, "schema": {"type": "string", "minLength": 1, "maxLength": 100, "pattern": "^[!-~]+$"}}]
    return found


def _parameters(each: Offered) -> list[dict[str, Any]]:
    told = get_type_hints(each.kind)
    return [
        {
            "name": name.name,
            "in": "query",
            "required": name.default is dataclasses.MISSING and name.default_factory is dataclasses.MISSING,
            "schema": msgspec.json.schema(told[name.name]),
        }
        for name in dataclasses.fields(each.kind)
    ]


def _responses(each: Offered) -> dict[str, Any]:
    said: dict[str, Any] = {"answer": {}} if each.reads else {}
    schema = {"type": "object", "properties": said, "required": list(said)}
    problems = {status: {"description": text, "content": {TYPE: {"schema": {"$ref": REFERENCE.format(name="Problem")}}}} for status, text in SAID.items()}
    return {"200": {"description": "done", "content": {"application/json": {"schema": schema}}}, **problems}


def _tag(each: Offered) -> str:
    """Return the room of an operation: engine.directives.receive is of `directives`."""
    return each.kind.__module__.split(".")[1]
