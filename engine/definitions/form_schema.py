"""What the JSON Schema of a form may hold: 2020-12, nothing fetched from elsewhere, nothing that we could not check or keep."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker, SchemaError
from referencing import Registry
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

from engine.bpmn.language.bounds import show
from engine.kernel.errors import InvalidInput

FORMATS = FormatChecker(formats=["date", "email"])


@FORMATS.checks("date-time", raises=ValueError)
def _is_moment(value: object) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


def check_schema(key: str, schema: Any) -> None:
    """Check that a form is a JSON Schema of the kind that chidao supports. Raises `InvalidInput` with the place in it."""
    if not isinstance(schema, dict) or schema.get("type") != "object":
        raise InvalidInput(f'Expected the form {key} to be a JSON Schema with "type": "object", but found something else. Begin it so, and name its fields under "properties".', form=key)
    try:
        Draft202012Validator.check_schema(schema)
    except RecursionError:
        raise InvalidInput(f"Expected the form {key} to be JSON Schema 2020-12, but it is nested without end. Take parts out of it.", form=key) from None
    except SchemaError as error:
        where = "/".join(str(step) for step in error.absolute_path)
        message = f"Expected the form {key} to be JSON Schema 2020-12, but at /{where} found {show(error.instance)}, which cannot stand there. Write what JSON Schema has for it."
        raise InvalidInput(message, form=key) from None
    _check_references(key, schema)
    for path, part in _subschemas(schema, ()):
        problem = _unsupported(part, root=not path)
        if problem:
            raise InvalidInput(f"Expected the form {key} to use what chidao supports, but at /{'/'.join(path)}: {problem}.", form=key)


def _check_references(key: str, schema: dict[str, Any]) -> None:
    registry: Registry[Any] = Registry()  # an empty one fetches nothing
    resolver = registry.resolver_with_root(DRAFT202012.create_resource(schema))
    for path, part in _subschemas(schema, ()):
        reference = part.get("$ref")
        if reference is None:
            continue
        place = f"at /{'/'.join(path)}"
        if not isinstance(reference, str) or not reference.startswith("#"):
            message = f"Expected references of the form {key} to stay inside it (#/$defs/…), but found {reference!r} {place}."
            raise InvalidInput(message, form=key)
        try:
            resolver.lookup(reference)
        except Unresolvable:
            raise InvalidInput(f"Expected {reference} in the form {key}, named {place}, but there is no such part.", form=key) from None


def _unsupported(part: dict[str, Any], *, root: bool) -> str | None:
    """Say what in one sub-schema cannot work here; None when nothing."""
    types = part.get("type")
    if types == "number" or (isinstance(types, list) and "number" in types):
        return '"type": "number" allows fractions, which the sealed history cannot hold; use "integer", or text with a pattern'
    for keyword in ("$id", "$dynamicRef"):
        if keyword in part and not (root and keyword == "$id"):
            return f"{keyword} is not supported; use $ref to #/$defs/…"
    if "format" in part and part["format"] not in FORMATS.checkers:
        return f"the format {part['format']!r} is not checked; use one of {', '.join(sorted(FORMATS.checkers))}, or a pattern"
    try:
        re.compile(part.get("pattern", ""))
    except re.error as error:
        return f"the pattern {part['pattern']!r} is no regular expression (at character {(error.pos or 0) + 1})"
    return None


_SCHEMA_MAPS = ("properties", "patternProperties", "$defs", "dependentSchemas")
_SCHEMA_LISTS = ("allOf", "anyOf", "oneOf", "prefixItems")
_SCHEMAS = ("items", "additionalProperties", "if", "then", "else", "not", "contains", "propertyNames")


def _subschemas(schema: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """Yield every sub-schema with its place; values of enum, const and default are data, not schemas."""
    if not isinstance(schema, dict):
        return
    yield path, schema
    for word in _SCHEMA_MAPS:
        for name, part in schema.get(word, {}).items():
            yield from _subschemas(part, (*path, word, name))
    for word in _SCHEMA_LISTS:
        for place, part in enumerate(schema.get(word, [])):
            yield from _subschemas(part, (*path, word, str(place)))
    for word in _SCHEMAS:
        yield from _subschemas(schema.get(word), (*path, word))
