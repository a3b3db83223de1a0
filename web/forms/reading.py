"""What was sent with a form, as the form's data: nothing that was typed is dropped, even where it cannot be understood."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from engine.tasks.choices import NO_CHOICES, Choice, Choices
from web.forms.shapes import Schema, Shape, pointer, resolved, shape_of, steps, types_of
from web.forms.written import NotRead, read_day, read_integer, read_period

COUNT = "#"  # `/items#` says how many rows of /items were on the page
MOST_ROWS = 1_000
Sent = MultiDict[str, str]


class _Nothing:
    """A field in which nothing was entered."""


NOTHING = _Nothing()


@dataclass(slots=True, kw_only=True)
class Reader:
    """Reads what was sent, part by part of the schema. `blanks`: keep rows in which nothing stands, because somebody is still writing."""

    root: Schema
    sent: Sent
    choices: Choices
    blanks: bool
    problems: dict[str, str] = field(default_factory=dict)

    def value(self, schema: Any, place: str, *, required: bool, within: str = "") -> Any:
        """Return what was entered at `place`; NOTHING when nothing was."""
        shape = shape_of(schema, self.root, self.choices, required=required, within=within)
        found = READ[shape.kind](self, shape, place)
        if found is NOTHING and shape.nullable and required:
            return None
        return found

    def group(self, shape: Shape, place: str) -> Any:
        """Read an object of fields: absent when all of it is blank and it may be left out."""
        wanted, found = shape.schema.get("required", ()), {}
        for name, part in shape.schema["properties"].items():
            schema = resolved(part, self.root)
            if schema.get("readOnly"):
                continue
            beside = self.sent.get(pointer(place, str(schema.get("x-within", ""))), "") if "x-within" in schema else ""
            value = self.value(part, pointer(place, name), required=name in wanted, within=beside)
            if value is not NOTHING:
                found[name] = value
        return found if shape.required or not is_blank(found) else NOTHING

    def rows(self, shape: Shape, place: str) -> Any:
        """Read the rows of a list of objects; a row in which nothing stands is none."""
        items = shape.schema.get("items", {})
        found = [self._row(items, pointer(place, number)) for number in range(self._count(place))]
        kept = [each for each in found if self.blanks or not is_blank(each)]
        return kept if kept or not shape.schema.get("minItems") else NOTHING

    def _row(self, items: Any, place: str) -> Any:
        value = self.value(items, place, required=True)
        union = resolved(items, self.root).get("anyOf")
        if not union or not isinstance(value, dict) or len(value) != 1:
            return value
        part = shape_of(items, self.root, self.choices).schema
        first = next(iter(part.get("properties", {})), "")
        only = set(value) == {first} and set(part.get("required", ())) - {first}
        return value[first] if only else value

    def _count(self, place: str) -> int:
        told = self.sent.get(f"{place}{COUNT}", "")
        named = [steps(name)[len(steps(place))] for name in self.sent if name.startswith(f"{place}/")]
        highest = max((int(each) + 1 for each in named if each.isascii() and each.isdigit() and len(each) < 6), default=0)
        return min(MOST_ROWS, max(highest, int(told) if told.isascii() and told.isdigit() and len(told) < 6 else 0))

    def figures(self, shape: Shape, place: str) -> Any:
        """Read values by name: those that were offered, and whatever else was sent."""
        known = {each.value: each for each in shape.names}
        depth = len(steps(place))
        others = [steps(name)[depth] for name in self.sent if name.startswith(f"{place}/") and len(steps(name)) == depth + 1]
        part = resolved(shape.schema["additionalProperties"], self.root)
        found = {}
        for name in dict.fromkeys([*known, *others]):
            value = self._figure(part, known.get(name), pointer(place, name))
            if value is not NOTHING:
                found[name] = value
        return found if found or shape.required else NOTHING

    def _figure(self, part: Schema, known: Choice | None, place: str) -> Any:
        kind = known.kind if known and known.kind else ""
        kinds = types_of(part)
        if kind == "text" or kinds == {"string"}:
            return self.long(Shape(kind="long", schema=part), place)
        text = self._line(place)
        if not text:
            return NOTHING
        try:
            return read_integer(text)
        except NotRead as problem:
            if kind or "string" not in kinds:
                self.problems[place] = str(problem)
            return text

    def _line(self, place: str) -> str:
        return " ".join(self.sent.get(place, "").split("\n")).strip()

    def line(self, _shape: Shape, place: str) -> Any:
        """Read one line of text."""
        return self._line(place) or NOTHING

    def long(self, _shape: Shape, place: str) -> Any:
        """Read text of several lines, with the line ends that the engine keeps."""
        text = self.sent.get(place, "").replace("\r\n", "\n").replace("\r", "\n")
        return text if text.strip() else NOTHING

    def written(self, place: str, read: Callable[[str], Any]) -> Any:
        """Read a text of a certain form; what cannot be read stays as it was written, with a problem."""
        text = self._line(place)
        if not text:
            return NOTHING
        try:
            return read(text)
        except NotRead as problem:
            self.problems[place] = str(problem)
            return text

    def option(self, shape: Shape, place: str) -> Any:
        """Read a choice; one that was not offered stays, for the schema to judge."""
        text = self.sent.get(place)
        if text is None or (text == "" and not any(each.sent == "" for each in shape.options)):
            return NOTHING
        return next((each.kept for each in shape.options if each.sent == text), text)

    def several(self, shape: Shape, place: str) -> Any:
        """Read what was ticked, or the files of a list."""
        kept = {each.sent: each.kept for each in shape.options}
        found = [kept.get(each, each) for each in dict.fromkeys(self.sent.getlist(place)) if each]
        return found if found or not shape.schema.get("minItems") else NOTHING

    def lines(self, shape: Shape, place: str) -> Any:
        """Read a list of texts, one on each line."""
        found = [line.strip() for line in self.sent.get(place, "").splitlines() if line.strip()]
        return found if found or not shape.schema.get("minItems") else NOTHING

    def other(self, _shape: Shape, place: str) -> Any:
        """Read what this page has no field for, as JSON."""
        text = self.sent.get(place, "").strip()
        if not text:
            return NOTHING
        try:
            return json.loads(text)
        except ValueError:
            self.problems[place] = _("This cannot be read as JSON. Ask whoever made the form.")
            return text


READ: Mapping[str, Callable[[Reader, Shape, str], Any]] = {
    "line": Reader.line,
    "suggest": Reader.line,
    "file": Reader.line,
    "long": Reader.long,
    "integer": lambda reader, _shape, place: reader.written(place, read_integer),
    "day": lambda reader, _shape, place: reader.written(place, read_day),
    "period": lambda reader, _shape, place: reader.written(place, read_period),
    "radios": Reader.option,
    "select": Reader.option,
    "fixed": Reader.option,
    "checkbox": lambda reader, shape, place: True if reader.sent.get(place) else (False if shape.required else NOTHING),
    "answer": lambda reader, _shape, place: {"yes": True, "no": False}.get(reader.sent.get(place, ""), NOTHING),
    "checks": Reader.several,
    "files": Reader.several,
    "lines": Reader.lines,
    "rows": Reader.rows,
    "group": Reader.group,
    "figures": Reader.figures,
    "other": Reader.other,
}


def is_blank(value: Any) -> bool:
    """Tell whether nothing stands in a value: no text, no tick, nothing below it."""
    match value:
        case dict():
            return all(is_blank(each) for each in value.values())
        case list():
            return all(is_blank(each) for each in value)
    return value is None or value is False or value == ""


def parse(schema: Schema, sent: Sent, *, choices: Choices = NO_CHOICES, blanks: bool = False) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the data of a form that was sent, and what could not be read: JSON pointer → sentence in the reader's language.

    `sent`: `request.form`. Text that cannot be read stands in the data as it was typed, so that `render` shows it again. `choices`:
    the same as in `render`. `blanks`: keep empty rows (drafts, adding rows); without it they are left out. What the data lacks or has
    wrong by its schema is not judged here: see `web.forms.explain.problems_of`.
    """
    reader = Reader(root=schema, sent=sent, choices=choices, blanks=blanks)
    found: dict[str, Any] = reader.group(Shape(kind="group", schema={"properties": {}, **schema}, required=True), "")
    return found, reader.problems
