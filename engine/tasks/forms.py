"""Forms of user tasks: a JSON Schema, checked once when it is loaded, and the validation of what people hand in.

How a form is drawn on a page belongs to the web; where its text is kept belongs to the rooms above.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker, SchemaError, ValidationError
from referencing import Registry, Resource
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

from engine.kernel.errors import InvalidInput

MAX_SENTENCES = 20  # a form that is wrong everywhere is explained no further
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # PostgreSQL keeps no NUL, UTF-8 no half of a surrogate pair

_FORMATS = FormatChecker(formats=["date", "email"])


@_FORMATS.checks("date-time", raises=ValueError)
def _is_moment(value: object) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


class Form:
    """One form, compiled. Immutable and safe to share between threads.

    `schema` is JSON Schema 2020-12 for an object; a property with `"x-route": true` is copied into the data of the
    process, the others stay in rows. Raises `InvalidInput` when the schema is none, refers to another document, or
    allows fractions (`"type": "number"`), which a sealed history cannot hold.
    """

    def __init__(self, key: str, schema: dict[str, Any]) -> None:
        _check_schema(key, schema)
        self.key = key
        self.schema = schema
        self._properties: Mapping[str, Any] = schema.get("properties", {})
        self._route = tuple(name for name, property in self._properties.items() if _is_routed(property))
        registry: Registry[Any] = Registry()  # an empty one fetches nothing
        self._validator = Draft202012Validator(schema, format_checker=_FORMATS, registry=registry)

    @property
    def title(self) -> str:
        """The name that people know the form by."""
        return str(self.schema.get("title", self.key))

    def validate(self, data: Mapping[str, Any]) -> None:
        """Check what was handed in, its text taken as NFC.

        Raises `InvalidInput` with a sentence for every wrong field, and `details["fields"]`: path → sentence; a path
        such as `items.0.title` names the field, the empty path the whole form.
        """
        problems = dict(islice(self._problems(normalised(data)), MAX_SENTENCES))
        if problems:
            message = f'Expected the form "{self.title}" ({self.key}) to be filled in as it asks. ' + " ".join(problems.values())
            raise InvalidInput(message, form=self.key, fields=problems)

    def route(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values by which the process decides: the properties marked `"x-route": true`, text in NFC."""
        return {name: normalised(data[name]) for name in self._route if name in data}

    def _problems(self, data: Any) -> Iterator[tuple[str, str]]:
        try:
            for path, what in _unstorable(data, ()):
                yield _dotted(path), self._sentence(path, what)
            for error in self._validator.iter_errors(data):
                for path, what in _explain(error):
                    yield _dotted(path), self._sentence(path, what)
        except RecursionError:
            yield "", "The form was expected to be a few levels deep, but it is nested without end."

    def _sentence(self, path: tuple[str | int, ...], what: str) -> str:
        title = _title(self.schema, path)
        name = f'"{title}" ({_dotted(path)})' if title else f'"{_dotted(path)}"'
        return f"Field {name}: {what}." if path else f"The form: {what}."


def normalised(value: Any) -> Any:
    """Return JSON data with all its text in NFC, so that what looks equal is equal."""
    match value:
        case str():
            return value if value.isascii() else unicodedata.normalize("NFC", value)
        case list():
            return [normalised(item) for item in value]
        case dict():
            return {normalised(key): normalised(item) for key, item in value.items()}
    return value


# --- what was handed in -------------------------------------------------------------------------------------------

_TYPES = {
    "string": "text",
    "integer": "a whole number",
    "boolean": "yes or no",
    "array": "a list",
    "object": "an object with fields",
    "null": "nothing",
}
_FORMAT_NAMES = {
    "date": "a date such as 2024-04-15",
    "date-time": "a moment with its zone such as 2024-04-15T08:00:00+07:00",
    "email": "an e-mail address",
}


def _explain(error: ValidationError) -> Iterator[tuple[tuple[str | int, ...], str]]:
    path = tuple(error.absolute_path)
    wanted: Any = error.validator_value
    found: Any = error.instance
    match error.validator:
        case "required":
            for name in wanted:
                if name not in found:
                    yield (*path, name), "expected a value, but it is missing"
        case "additionalProperties" | "unevaluatedProperties":
            yield path, f"expected only the fields it asks for, but found {_unknown_fields(error)}"
        case "if" | "allOf" | "anyOf" | "oneOf" | "not":
            yield path, f"expected one of the allowed shapes, but found {_shown(found)}"
        case keyword:
            yield path, f"expected {_expected(str(keyword), wanted)}, but found {_found(str(keyword), found)}"


def _expected(keyword: str, wanted: Any) -> str:
    """Say in words what a keyword of JSON Schema asks for."""
    match keyword:
        case "type":
            return " or ".join(_TYPES.get(name, str(name)) for name in ([wanted] if isinstance(wanted, str) else wanted))
        case "format":
            return _FORMAT_NAMES.get(str(wanted), str(wanted))
        case "enum":
            return "one of " + ", ".join(_shown(choice) for choice in wanted)
    words = {
        "const": f"the value {_shown(wanted)}",
        "pattern": f"text of the form {wanted}",
        "minLength": f"at least {wanted} characters" if wanted != 1 else "some text",
        "maxLength": f"at most {wanted} characters",
        "minimum": f"a number from {wanted} up",
        "maximum": f"a number up to {wanted}",
        "exclusiveMinimum": f"a number above {wanted}",
        "exclusiveMaximum": f"a number below {wanted}",
        "multipleOf": f"a multiple of {wanted}",
        "minItems": f"at least {wanted} entries",
        "maxItems": f"at most {wanted} entries",
        "uniqueItems": "no entry twice",
    }
    return words.get(keyword, f"what its {keyword} allows")


def _found(keyword: str, found: Any) -> str:
    if keyword in {"minLength", "maxLength"}:
        return f"{len(found)} characters" if found else "none"
    if keyword in {"minItems", "maxItems"}:
        return f"{len(found)}"
    return _shown(found)


def _shown(value: Any) -> str:
    match value:
        case None:
            return "nothing"
        case bool():
            return "yes" if value else "no"
        case str():
            return f'"{value}"' if len(value) <= 60 else f'"{value[:60]}…"'
        case list():
            return f"a list of {len(value)}"
        case dict():
            return "an object"
    return str(value)[:60]


def _unknown_fields(error: ValidationError) -> str:
    known = error.schema.get("properties", {}) if isinstance(error.schema, dict) else {}
    unknown = [str(name) for name in error.instance if name not in known]
    return ", ".join(_shown(name) for name in unknown[:5])


def _unstorable(value: Any, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    match value:
        case str() if UNSTORABLE.search(value):
            yield path, "expected text, but found a character that cannot be stored (NUL or half of a surrogate pair)"
        case float():
            yield path, f"expected a whole number, but found {value}; write fractions as text"
        case list():
            for place, item in enumerate(value):
                yield from _unstorable(item, (*path, place))
        case dict():
            for key, item in value.items():
                yield from _unstorable(key, path)
                yield from _unstorable(item, (*path, key))


def _title(schema: Any, path: tuple[str | int, ...]) -> str | None:
    """Return the title of the field at `path`; None where the schema says none."""
    for step in path:
        if not isinstance(schema, dict):
            return None
        schema = schema.get("items") if isinstance(step, int) else schema.get("properties", {}).get(step)
    title = schema.get("title") if isinstance(schema, dict) and path else None
    return str(title) if title else None


def _dotted(path: tuple[str | int, ...]) -> str:
    return ".".join(str(step) for step in path)


# --- the schema itself --------------------------------------------------------------------------------------------


def _check_schema(key: str, schema: Any) -> None:
    if not isinstance(schema, dict) or schema.get("type") != "object":
        raise InvalidInput(f'Expected the form {key} to be a JSON Schema with "type": "object", but found something else.', form=key)
    try:
        Draft202012Validator.check_schema(schema)
    except (SchemaError, RecursionError) as error:
        where = "/".join(str(step) for step in getattr(error, "absolute_path", ()))
        reason = getattr(error, "message", "it is nested without end")
        raise InvalidInput(f"Expected the form {key} to be JSON Schema 2020-12, but at /{where}: {reason}.", form=key) from None
    _check_references(key, schema)
    for path, part in _subschemas(schema, ()):
        problem = _unsupported(part, root=not path)
        if problem:
            raise InvalidInput(f"Expected the form {key} to use what chidao supports, but at /{'/'.join(path)}: {problem}.", form=key)


def _check_references(key: str, schema: dict[str, Any]) -> None:
    resolver = Registry().resolver_with_root(Resource(contents=schema, specification=DRAFT202012))
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
    if "format" in part and part["format"] not in _FORMATS.checkers:
        return f"the format {part['format']!r} is not checked; use one of {', '.join(sorted(_FORMATS.checkers))}, or a pattern"
    try:
        re.compile(part.get("pattern", ""))
    except re.error as error:
        return f"the pattern {part['pattern']!r} is no regular expression ({error})"
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


def _is_routed(property: Any) -> bool:
    return isinstance(property, dict) and property.get("x-route") is True
