"""Data of a trial as fields: what a case begins with, what an operation answers, what a message holds. What no field fits is JSON below."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask import request
from flask_babel import lazy_gettext
from markupsafe import Markup

from engine.definitions.dry_run_scenario import read_json
from engine.kernel.errors import InvalidInput
from web.forms import changed, is_change, parse, render
from web.forms.shapes import LINE, Schema, resolved, steps, types_of

DEEPEST = 3  # levels of data that are drawn as fields; what lies deeper is JSON
LONGEST_LINE = 120  # characters of a proposed text that still stands on one line
LEFT_OUT = ("x-when", "x-from", "x-within", "x-source", "readOnly", "default", "minLength", "minItems")  # rules of the form, not of the data
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
WORDS: Mapping[str, Any] = {
    "organisation": lazy_gettext("Organisation"),
    "directive": lazy_gettext("Letter"),
    "recipients": lazy_gettext("Recipients"),
    "assignment": lazy_gettext("Piece of work"),
    "assignments": lazy_gettext("Pieces of work"),
    "obligation": lazy_gettext("Obligation"),
    "report": lazy_gettext("Report"),
    "report_type": lazy_gettext("Kind of report"),
    "reporter": lazy_gettext("Who reports"),
    "consolidation": lazy_gettext("Consolidation"),
    "period": lazy_gettext("Period"),
    "revision": lazy_gettext("Revision"),
    "due": lazy_gettext("Due"),
    "cutoff": lazy_gettext("Moment of the cut-off"),
    "sunset": lazy_gettext("Ends on"),
    "status": lazy_gettext("Status"),
    "milestone": lazy_gettext("Milestone"),
    "comments": lazy_gettext("Remarks of whoever did it"),
    "reason": lazy_gettext("Reason"),
    "result": lazy_gettext("Result"),
}  # names that the shipped processes share


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked for. `proposed`: name → value that stands there at first; `pieces`: see KnownData; `open`: name → why somebody may
    have to give it; `keeps`: what is left empty is given as the empty value that was proposed."""

    proposed: Mapping[str, Any]
    pieces: Mapping[str, Mapping[str, Any]]
    open: Mapping[str, str] = field(default_factory=dict)
    keeps: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What was given: `data` of the fields, `text` of the field for JSON, what could not be read of the fields."""

    data: Mapping[str, Any] = field(default_factory=dict)
    text: str = ""
    problems: Mapping[str, str] = field(default_factory=dict)


def drawn(asked: Asked, given: Given | None = None) -> Markup:
    """Return the fields, with what was proposed while nobody has given anything; empty when nothing is known of the data."""
    data = asked.proposed if given is None else given.data
    return render(_schema(asked, data), data, problems=given.problems if given else None)


def given(asked: Asked, *, do: str = "") -> Given:
    """Return what was sent; of a button inside the fields (`do`: another row), with what it does."""
    names = [steps(name)[0] for name in request.form if name.startswith("/")]
    if not names:  # nothing but JSON was sent
        return Given(text=_text())
    schema = _schema(asked, names)
    if not is_change(do):
        data, unread = parse(schema, request.form)
        return Given(data=_plain(asked, data), text=_text(), problems=unread)
    data, unread = parse(schema, request.form, blanks=True)
    return Given(data=changed(data, do)[0], text=_text(), problems=unread)


def together(asked: Asked, given: Given, said: str) -> dict[str, Any]:
    """Return the data of the fields with those of the JSON text, which come first. Raises InvalidInput for a text that is no object."""
    plain = read_json(given.text.encode("utf-8", "replace"), said) if given.text.strip() else {}
    if not isinstance(plain, dict):
        raise InvalidInput(f'Expected data as an object such as {{"name": "value"}}, but found {given.text.strip()[:60]!r}. Write them in {{ … }}.')
    kept = {name: value for name, value in asked.proposed.items() if asked.keeps and _is_empty(value)}
    return {**kept, **given.data, **plain}


def _text() -> str:
    return request.form.get("data", request.form.get("start", ""))


def _is_empty(value: Any) -> bool:
    return value is None or value in ("", [], {})


def _plain(asked: Asked, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data; of a name of which nothing is known, digits alone are a number."""
    unknown = {name for name in data if name not in asked.pieces and name not in asked.proposed}
    return {name: int(value) if name in unknown and isinstance(value, str) and _is_number(value) else value for name, value in data.items()}


def _is_number(text: str) -> bool:
    return len(text) < 16 and text.lstrip("-").isdecimal() and str(int(text)) == text


def _schema(asked: Asked, more: Iterable[str]) -> dict[str, Any]:
    """Return the fields as a form's schema: of what is proposed, of what is asked for, and of whatever `more` was given."""
    parts = {name: _part(name, asked) for name in dict.fromkeys([*asked.proposed, *asked.open, *more])}
    return {"type": "object", "properties": parts, "required": list(parts)}  # none is called optional: all of them are


def _part(name: str, asked: Asked) -> dict[str, Any]:
    value, told = asked.proposed.get(name), asked.open.get(name, "")
    piece = _of_form(name, asked.pieces.get(name))
    part = piece if piece and (_is_empty(value) or _fits(value, piece)) else _guessed(value, 1)
    word = str(piece.get("title", "")) or str(WORDS.get(name, ""))
    return {**part, "title": f"{word} ({name})" if word else name, "description": told}


def _of_form(name: str, schema: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return what a form says of a name, without what is a rule of that form; empty when it cannot stand by itself."""
    if schema is None:
        return {}
    piece = {word: each for word, each in resolved(schema["properties"][name], schema).items() if word not in LEFT_OUT}
    return piece if '"$ref"' not in json.dumps(piece) else {"title": piece.get("title", "")}


def _fits(value: Any, piece: Schema) -> bool:
    kinds = {"string": str, "boolean": bool, "array": list, "object": dict}
    if "oneOf" in piece or "enum" in piece:
        offered = [each.get("const") for each in piece.get("oneOf", ()) if isinstance(each, dict)] + list(piece.get("enum", ()))
        return value in offered
    return any(isinstance(value, kinds[kind]) if kind in kinds else kind == "integer" and type(value) is int for kind in types_of(piece))


def _guessed(value: Any, depth: int) -> dict[str, Any]:
    """Return a piece of a schema that a value fits."""
    match value:
        case bool():
            return {"type": "boolean"}
        case int():
            return {"type": "integer"}
        case str() | None:
            return _text_like(value or "")
        case dict() if value and depth < DEEPEST:
            return _object(value, depth)
        case list() if all(isinstance(each, str) for each in value):
            return {"type": "array", "items": {"type": "string"}}
        case list() if depth < DEEPEST and all(isinstance(each, dict) and each for each in value):
            return {"type": "array", "items": _object({name: each[name] for each in value for name in each}, depth)}
    return {}


def _text_like(value: str) -> dict[str, Any]:
    if DAY.fullmatch(value) and _is_day(value):
        return {"type": "string", "format": "date"}
    return {"type": "string"} if len(value) > LONGEST_LINE or "\n" in value else {"type": "string", "maxLength": LINE}


def _object(value: Mapping[str, Any], depth: int) -> dict[str, Any]:
    parts = {str(name): {**_guessed(each, depth + 1), "title": str(WORDS.get(str(name), name))} for name, each in value.items()}
    return {"type": "object", "properties": parts, "required": list(parts)}


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
