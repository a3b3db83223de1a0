"""What a part of a form's schema is on a page: a line, a day, a choice, rows. Reading and drawing both ask here, so they agree."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from engine.tasks.choices import Choice, Choices
from web.language.shipped import said

RADIOS = 5  # at most so many choices stand side by side; more are a list to choose from
LINE = 200  # characters: what may be longer is written in a box of several lines
DIGEST = "^[0-9a-f]{64}$"
FILE, PERIOD, LONG, CHECKBOX, SUGGEST = "file", "period", "long", "checkbox", "suggest"  # values of "x-widget"
Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One choice of a field: as it is sent, as it is kept, and as people read it."""

    sent: str
    kept: Any
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A part of a schema, understood.

    `kind`: line, long, integer, day, period, suggest, radios, select, fixed, checkbox, answer (yes or no), file, files, lines, checks,
    rows, group, figures (values by name, whose names `names` gives), other (JSON as text).
    """

    kind: str
    schema: Schema
    nullable: bool = False
    required: bool = False
    options: tuple[Option, ...] = ()
    names: tuple[Choice, ...] = ()


def sent(value: Any) -> str:
    """Return a value as a field sends it: text as it is, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def resolved(schema: Any, root: Schema) -> Schema:
    """Return a part of a schema with its reference followed."""
    seen = 0
    while isinstance(schema, dict) and "$ref" in schema and seen < 20:
        here: Any = root
        for step in str(schema["$ref"]).removeprefix("#").strip("/").split("/"):
            here = here.get(step.replace("~1", "/").replace("~0", "~"), {}) if step else here
        schema, seen = {**here, **{key: each for key, each in schema.items() if key != "$ref"}}, seen + 1
    return schema if isinstance(schema, dict) else {}


def types_of(schema: Schema) -> set[str]:
    """Return the types that a part allows, without null."""
    named = schema.get("type")
    return {named} - {"null"} if isinstance(named, str) else set(named or ()) - {"null"}


def shape_of(schema: Any, root: Schema, choices: Choices, *, required: bool = True, within: str = "") -> Shape:
    """Understand a part of a schema. `within`: the value of the field beside it to which its choices belong."""
    return replace(_shape(schema, root, choices, required=required, within=within), required=required)


def _shape(schema: Any, root: Schema, choices: Choices, *, required: bool, within: str) -> Shape:
    part = resolved(schema, root)
    nullable = "null" in (part.get("type") or ()) if isinstance(part.get("type"), list) else part.get("type") == "null"
    if (options := _options(part)) is not None:
        return Shape(kind=_choice_kind(options, required=required, fixed=required), schema=part, nullable=nullable, options=options)
    if (meant := _alternative(part, root)) is not None:
        return shape_of({"title": part.get("title"), **meant}, root, choices, required=required, within=within)
    kinds = types_of(part)
    if "object" in kinds:
        return _object(part, choices, within)
    if kinds == {"array"}:
        return _array(part, root, choices, within)
    if kinds == {"boolean"}:
        return Shape(kind="answer" if required and part.get("x-widget") != CHECKBOX else "checkbox", schema=part)
    if kinds == {"integer"}:
        return Shape(kind="integer", schema=part, nullable=nullable)
    if kinds == {"string"}:
        return _text(part, choices, within, nullable=nullable, required=required)
    return Shape(kind="other", schema=part, nullable=nullable)


def _options(part: Schema) -> tuple[Option, ...] | None:
    if "enum" in part:
        labels = part.get("x-labels") or part.get("enumNames") or ()
        words = labels if isinstance(labels, list) and len(labels) == len(part["enum"]) else [sent(each) for each in part["enum"]]
        return tuple(Option(sent=sent(each), kept=each, label=str(label)) for each, label in zip(part["enum"], words, strict=True))
    listed = part.get("oneOf")
    if listed and all(isinstance(each, dict) and "const" in each for each in listed):
        return tuple(Option(sent=sent(each["const"]), kept=each["const"], label=said(str(each.get("title", sent(each["const"]))))) for each in listed)
    if "const" in part:
        return (Option(sent=sent(part["const"]), kept=part["const"], label=sent(part["const"])),)
    return None


def _choice_kind(options: tuple[Option, ...], *, required: bool, fixed: bool = False) -> str:
    """Return how one of several is chosen: what may be left open is a list, since nobody can take back a radio button."""
    if fixed and len(options) == 1:
        return "fixed"
    return "radios" if required and len(options) <= RADIOS else "select"


def _alternative(part: Schema, root: Schema) -> Schema | None:
    """Return the richest of several alternatives: a text or an object of fields is shown as the fields."""
    listed = part.get("anyOf") or part.get("oneOf")
    if not listed or "type" in part:
        return None
    branches = [resolved(each, root) for each in listed]
    objects = [each for each in branches if "object" in types_of(each)]
    return objects[0] if objects else branches[0]


def _object(part: Schema, choices: Choices, within: str) -> Shape:
    if part.get("properties"):
        return Shape(kind="group", schema=part)
    if isinstance(part.get("additionalProperties"), dict):
        return Shape(kind="figures", schema=part, names=choices.of(part.get("x-source"), within))
    return Shape(kind="other", schema=part)


def _array(part: Schema, root: Schema, choices: Choices, within: str) -> Shape:
    items = resolved(part.get("items", {}), root)
    if "object" in types_of(_alternative(items, root) or items):
        return Shape(kind="rows", schema=part)
    if types_of(items) == {"string"} and items.get("pattern") == DIGEST:
        return Shape(kind="files", schema=part)
    offered = _options(items) or _offered(part.get("x-source"), choices, within)
    if offered:
        return Shape(kind="checks", schema=part, options=offered)
    plain = types_of(items) == {"string"} and not items.keys() & {"format", "enum", "const"}
    return Shape(kind="lines" if plain else "other", schema=part)


def _text(part: Schema, choices: Choices, within: str, *, nullable: bool, required: bool) -> Shape:
    widget = part.get("x-widget")
    if part.get("format") == "date":
        return Shape(kind="day", schema=part, nullable=nullable)
    if part.get("pattern") == DIGEST or widget == FILE:
        return Shape(kind="file", schema=part, nullable=nullable)
    if widget == PERIOD:
        return Shape(kind="period", schema=part, nullable=nullable)
    offered = _offered(part.get("x-source"), choices, within)
    if widget == SUGGEST or (not offered and part.get("examples")):
        hints = offered or tuple(Option(sent=each, kept=each, label=each) for each in part.get("examples", ()) if isinstance(each, str))
        return Shape(kind="suggest" if hints else "line", schema=part, nullable=nullable, options=hints)
    if offered:
        return Shape(kind=_choice_kind(offered, required=required), schema=part, nullable=nullable, options=offered)
    longer = widget == LONG or part.get("maxLength", LINE + 1 if not part.get("pattern") else LINE) > LINE
    return Shape(kind="long" if longer and widget != "line" else "line", schema=part, nullable=nullable)


def _offered(source: str | None, choices: Choices, within: str) -> tuple[Option, ...]:
    return tuple(Option(sent=each.value, kept=each.value, label=each.label) for each in choices.of(source, within))


def sources_of(schema: Any) -> tuple[str, ...]:
    """Return every source of choices that a schema names."""
    found: dict[str, None] = {}
    waiting = [schema]
    while waiting:
        here = waiting.pop()
        if isinstance(here, dict):
            if isinstance(here.get("x-source"), str):
                found[here["x-source"]] = None
            waiting += [each for key, each in here.items() if key != "examples"]
        elif isinstance(here, list):
            waiting += here
    return tuple(found)


def digests_of(data: Any) -> tuple[str, ...]:
    """Return every text of a form's data that may be the digest of a stored file."""
    match data:
        case str():
            return (data,) if re.fullmatch("[0-9a-f]{64}", data) else ()
        case list():
            return tuple(digest for each in data for digest in digests_of(each))
        case dict():
            return tuple(digest for each in data.values() for digest in digests_of(each))
    return ()


def pointer(parent: str, step: str | int) -> str:
    """Return the JSON pointer (RFC 6901) of a part of what `parent` points to."""
    return f"{parent}/{str(step).replace('~', '~0').replace('/', '~1')}"


def steps(place: str) -> list[str]:
    """Return the steps of a JSON pointer."""
    return [each.replace("~1", "/").replace("~0", "~") for each in place.split("/")[1:]]


def identity(place: str) -> str:
    """Return the id on the page of the field to which a JSON pointer points."""
    return "f" + re.sub(r"[^0-9A-Za-z_]", "-", place)
