"""What a program asks, read strictly: no unknown fields, no values that no database keeps."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any, get_origin, get_type_hints

import msgspec
from flask import request

from engine.definitions.forms import UNSTORABLE, normalised
from engine.kernel.errors import InvalidInput
from web.api.offered import Offered

GREATEST = 2**53 - 1  # what every reader of JSON keeps exactly (RFC 8259 6)
DEEPEST = 40


def asked(operation: Offered) -> Any:
    """Return the command or query of this request. Raises InvalidInput with the field."""
    found = _address(operation) if operation.by_address else _body()
    known = {each.name for each in dataclasses.fields(operation.kind)}
    if unknown := sorted(set(found) - known):
        raise InvalidInput(f"Expected the fields {', '.join(sorted(known)) or '(none)'}, but found also {', '.join(map(repr, unknown[:5]))}. Leave them out.")
    _refuse_unstorable(found)
    try:
        read: Any = msgspec.convert(normalised(found), operation.kind, strict=not operation.by_address)
    except msgspec.ValidationError as error:
        raise InvalidInput(f"{error}. See /api/v1/openapi.json.") from None
    _refuse_unstorable(msgspec.to_builtins(read))  # numbers of an address were text before
    return read


def _refuse_unstorable(found: Any) -> None:
    if problem := next(_unstorable(found, "$", 0), None):
        raise InvalidInput(problem)


def _body() -> dict[str, Any]:
    try:
        found = msgspec.json.decode(request.get_data(cache=False))
    except (msgspec.DecodeError, RecursionError) as error:
        raise InvalidInput(f"Expected a JSON object, but found something else: {error}.") from None
    if not isinstance(found, dict):
        raise InvalidInput("Expected a JSON object with the fields of the operation, but found another kind of value.")
    return found


def _address(operation: Offered) -> dict[str, Any]:
    """Return the fields that stand in the address: one that may have several values as a list."""
    told = get_type_hints(operation.kind)
    several = {name for name, kind in told.items() if get_origin(kind) is tuple}
    for name in request.args:
        if name not in several and len(request.args.getlist(name)) > 1:
            raise InvalidInput(f"Expected one value for {name!r}, but found {len(request.args.getlist(name))}.")
    return {name: request.args.getlist(name) if name in several else _plain(request.args[name], told.get(name)) for name in request.args}


def _plain(text: str, told: Any) -> Any:
    """Return a boolean as JSON has it; everything else stays text, which is converted by what is expected."""
    return {"true": True, "false": False}.get(text, text) if told is bool else text


def _unstorable(value: Any, path: str, depth: int) -> Iterator[str]:
    if depth > DEEPEST:
        yield f"Expected at most {DEEPEST} levels of values, but found more at {path[:60]}."
        return
    match value:
        case str() if UNSTORABLE.search(value):
            yield f"Expected text, but found a character that cannot be stored at {path[:200]}."
        case bool():
            return
        case int() if abs(value) > GREATEST:
            yield f"Expected a whole number between -(2^53 - 1) and 2^53 - 1, but found a greater one at {path[:200]}."
        case list():
            for place, each in enumerate(value):
                yield from _unstorable(each, f"{path}[{place}]", depth + 1)
        case dict():
            for name, each in value.items():
                yield from _unstorable(name, f"{path} (a name)", depth + 1)
                yield from _unstorable(each, f"{path}.{name}", depth + 1)
