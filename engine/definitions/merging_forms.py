"""Forms as units (engine/definitions/merging.py): the form itself and each field, and one form made of the fields of two."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from engine.definitions import json_text
from engine.definitions.merging import MINE, THEIRS, Settled, Unit, in_order
from engine.kernel.errors import InvalidInput, Refused

FORM, FIELD = "form", "field"
WHOLE = "/"  # the key of the form itself; a field's is the path to it
ITEMS = "[]"
NESTED = ("properties", "items", "required")
Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field. `name`: in the field around it; `fields`: the keys of those in it, in their order."""

    name: str
    schema: Json
    fields: tuple[str, ...]
    required: bool

    def own(self) -> Json:
        """Return what the schema says besides the fields in it."""
        return {word: value for word, value in self.schema.items() if word not in NESTED or (word == "items" and not isinstance(value, dict))}

    def says(self) -> Json:
        """Return what the field says, with whether it must be filled in."""
        return {**self.own(), "required": self.required}


@dataclass(slots=True)
class FieldTree:
    """A form as units."""

    units: dict[str, Unit] = field(default_factory=dict)
    fields: dict[str, Field] = field(default_factory=dict)

    def take(self, schema: Json, key: str = WHOLE, parent: str = "", name: str = "", *, required: bool = False) -> None:
        """Add a field and all fields in it. Raises Refused when two have one path."""
        if key in self.fields:
            raise Refused(f"Expected each field once, but found {key!r} twice. Choose one of the two files as a whole.")
        inner, wanted = list(_inner(schema)), schema.get("required") or []
        others = [each for each in wanted if each not in {said for said, _ in inner}]
        taken = self.fields[key] = Field(name=name, schema=schema, fields=tuple(_path(key, said) for said, _ in inner), required=required)
        says = json.dumps([parent, taken.says(), others], sort_keys=True)
        self.units[key] = Unit(key=key, parent=parent, kind=FIELD if parent else FORM, name=str(schema.get("title") or name), says=says)
        for said, each in inner:
            self.take(each, _path(key, said), key, said, required=said in wanted)


def read_fields(path: str, content: bytes) -> FieldTree:
    """Return a form as units. Raises InvalidInput for one that is no JSON object."""
    schema = json_text.read(path, content)
    if not isinstance(schema, dict):
        raise InvalidInput(f"Expected a JSON object in {path}, but found something else. Choose one of the two files as a whole.")
    tree = FieldTree()
    tree.take(schema)
    return tree


def write_fields(base: FieldTree, mine: FieldTree, theirs: FieldTree, settled: Settled) -> bytes:
    """Return one form of the fields that were settled on."""
    made = _Joined(base, {MINE: mine, THEIRS: theirs}, settled).build(WHOLE)
    return (json.dumps(made, ensure_ascii=False, indent=2) + "\n").encode()


class _Joined:
    """Builds the form."""

    def __init__(self, base: FieldTree, trees: dict[str, FieldTree], settled: Settled) -> None:
        self._base, self._trees, self._settled = base, trees, settled

    def build(self, key: str) -> Json:
        """Return the schema of a field with all fields in it."""
        own, inner = self._field(key), [self._field(each) for each in self._inner(key)]
        made = {each.name: self.build(path) for path, each in zip(self._inner(key), inner, strict=True)}
        known = {self._trees[self._settled.sides[key]].fields[each].name for each in own.fields}
        required = [each.name for each in inner if each.required] + [each for each in own.schema.get("required") or () if each not in known]
        items = made.pop(ITEMS, None)
        parts: Json = {"properties": made, "items": items, "required": required}
        found: Json = {}
        for word, value in own.schema.items():
            if word not in NESTED or (word == "items" and not isinstance(value, dict)):
                found[word] = value
            elif parts[word] or word == "properties":
                found[word] = parts[word]
        return found | {word: value for word, value in parts.items() if value and word not in found}

    def _field(self, key: str) -> Field:
        return self._trees[self._settled.sides[key]].fields[key]

    def _inner(self, key: str) -> list[str]:
        """Return the keys of the fields that stand in another one."""
        base, mine, theirs = (tree.fields[key].fields if key in tree.fields else () for tree in (self._base, self._trees[MINE], self._trees[THEIRS]))
        return [each for each in in_order(base, mine, theirs) if each in self._trees[self._settled.sides[each]].fields]


def _inner(schema: Json) -> Iterator[tuple[str, Json]]:
    yield from ((name, each) for name, each in (schema.get("properties") or {}).items() if isinstance(each, dict))
    if isinstance(schema.get("items"), dict):
        yield ITEMS, schema["items"]


def _path(key: str, name: str) -> str:
    return f"{key.rstrip(WHOLE)}/{name}"
