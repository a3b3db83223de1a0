"""The state row: live tokens and data, nothing of the diagram; zlib over JSON text, in the order of the token tree."""

from __future__ import annotations

import json
import zlib
from typing import Any
from uuid import UUID

from SpiffWorkflow.task import Task

from engine.bpmn.instance import Instance, inside_of
from engine.bpmn.scope import Scope
from engine.bpmn.tokens import Tokens
from engine.kernel.errors import InvalidInput, StepFailed

VERSION = 1
MAX_STATE = 64 * 1024 * 1024


def dump(instance: Instance) -> bytes:
    """Return the row of `instance`. Keys of the data are kept apart from our own, so they may be named anything."""
    row = {
        "v": VERSION,
        "data": instance.scope.local,
        "ends": instance.ends,
        "tokens": _tokens(instance),
        "inside": [[host.hex, _tokens(place)] for host, place in instance.subprocesses.items()],
    }
    try:
        text = json.dumps(row, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError) as error:
        raise InvalidInput(f"Expected process data that JSON can hold, but found a value that it cannot: {error}.") from error
    return zlib.compress(text.encode("utf-8", "surrogatepass"))


def load(state: bytes, instance: Instance) -> Instance:
    """Fill the new `instance` with the tokens of `state`. Raises StepFailed when the row is not one of this definition."""
    row = read_row(state)
    try:
        instance.scope.local.update(row["data"])
        instance.ends.extend(row["ends"])
        _restore(instance, row["tokens"])
        for host, tokens in row["inside"]:
            _enter(instance, UUID(hex=host), tokens)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise StepFailed(f"Expected the state of an instance of this definition, but found one that does not fit it ({error!r}).") from error
    return instance


def _tokens(place: Tokens) -> list[list[Any]]:
    return [[token.id.hex, token.task_spec.name, token._state, token.internal_data] for token in place.live()]  # noqa: SLF001


def read_row(state: bytes) -> dict[str, Any]:
    """Return the row as JSON: data, ends, tokens, and what is inside them. Raises StepFailed when it is none."""
    try:
        unpack = zlib.decompressobj()
        text = unpack.decompress(state, MAX_STATE)
        row = json.loads(text.decode("utf-8", "surrogatepass"))
    except (zlib.error, ValueError) as error:
        raise StepFailed(f"Expected a state row, but found bytes that are none ({error}).") from error
    if not isinstance(row, dict) or row.get("v") != VERSION:
        raise StepFailed(f"Expected a state row of version {VERSION}, but found another.")
    return row


def _restore(place: Tokens, tokens: list[list[Any]]) -> None:
    for hexadecimal, name, state, internal in tokens:
        token = Task(place, place.spec.task_specs[name], place.task_tree, state=state, id=UUID(hex=hexadecimal))
        token.internal_data = internal
        token.data = Scope(internal["local"], place.token(internal["of"]).data) if "of" in internal else place.scope
        if "io" in internal:
            token.data = Scope(internal["io"], token.data)


def _enter(instance: Instance, id: UUID, tokens: list[list[Any]]) -> None:
    host = next(place.tasks[id] for place in instance.everywhere() if id in place.tasks)
    place = inside_of(instance.subprocess_specs[host.task_spec.inside], host, instance)
    instance.subprocesses[id] = place
    _restore(place, tokens)


def renamed(state: bytes, old: str, new: str) -> bytes:
    """Return the state with the id `old` replaced by `new` wherever the data names it; the same bytes when nothing does.

    Both are ids of rows, which occur in a state only as such. Raises StepFailed when the row is no state.
    """
    row = read_row(state)
    if not _names(row, old):
        return state
    text = json.dumps(row, ensure_ascii=False, separators=(",", ":")).replace(f'"{old}"', f'"{new}"')
    return zlib.compress(text.encode("utf-8", "surrogatepass"))


def write_row(row: dict[str, Any]) -> bytes:
    """Return the state of a row that `read_row` gave and somebody has changed."""
    return zlib.compress(json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass"))


def _names(value: Any, wanted: str) -> bool:
    match value:
        case dict():
            return any(_names(each, wanted) for each in value.values())
        case list():
            return any(_names(each, wanted) for each in value)
    return bool(value == wanted)
