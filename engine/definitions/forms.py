"""Forms of user tasks: a JSON Schema, compiled once, and the validation of what people hand in.

What a schema may hold is checked in form_schema; how a form is drawn on a page belongs to the web.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from jsonschema import Draft202012Validator, ValidationError
from referencing import Registry

from engine.definitions.form_schema import FORMATS, check_schema
from engine.kernel.errors import InvalidInput

PERSONAL = "x-chidao-personal"  # the sign of a field that holds a personal value: kept encrypted, under a key that can be destroyed
MAX_SENTENCES = 20  # a form that is wrong everywhere is explained no further
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # PostgreSQL keeps no NUL, UTF-8 no half of a surrogate pair


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is wrong with one field: the keyword of JSON Schema that it offends, what that asks for, and what was found.

    `path`: of the field; empty for the whole form. `title`: of the field, None where the schema gives none.
    """

    path: tuple[str | int, ...]
    keyword: str
    wanted: Any
    found: Any
    title: str | None


class Form:
    """One form, compiled. Immutable and safe to share between threads.

    `schema` is JSON Schema 2020-12 for an object; a property with `"x-route": true` is copied into the data of the
    process, the others stay in rows; those with `"x-chidao-personal": true` (`personal`) are sealed apart and can be erased. Raises `InvalidInput` when the schema is none, refers to another document, or
    allows fractions (`"type": "number"`), which a sealed history cannot hold.
    """

    def __init__(self, key: str, schema: dict[str, Any]) -> None:
        check_schema(key, schema)
        self.key = key
        self.schema = schema
        self._properties: Mapping[str, Any] = schema.get("properties", {})
        self._route = tuple(name for name, part in self._properties.items() if _is_routed(part))
        self.personal = tuple(name for name, part in self._properties.items() if isinstance(part, dict) and part.get(PERSONAL) is True)
        if both := sorted(set(self._route) & set(self.personal)):
            message = (
                f"Expected a personal field ({PERSONAL}) of the form {key} to stay out of the data of the process, but {', '.join(both)} is handed to it (x-route). "
                "Take one of the two signs away."
            )
            raise InvalidInput(message, form=key)
        registry: Registry[Any] = Registry()  # an empty one fetches nothing
        self._validator = Draft202012Validator(schema, format_checker=FORMATS, registry=registry)

    @property
    def title(self) -> str:
        """The name that people know the form by."""
        return str(self.schema.get("title", self.key))

    def validate(self, data: Mapping[str, Any]) -> None:
        """Check what was handed in, its text taken as NFC.

        Raises `InvalidInput` with a sentence for every wrong field, and `details["fields"]`: path → sentence; a path
        such as `items.0.title` names the field, the empty path the whole form.
        """
        problems = dict(islice(self._problems(data), MAX_SENTENCES))
        if problems:
            message = f'Expected the form "{self.title}" ({self.key}) to be filled in as it asks. {" ".join(problems.values())}'
            raise InvalidInput(message, form=self.key, fields=problems)

    def problems(self, data: Mapping[str, Any]) -> list[Problem]:
        """Return what `validate` would refuse, for whoever says it in another language."""
        clean = _judged(data)
        found = {path: self._problem(path, "storable", None, None) for path, _ in _unstorable(clean, ())}
        for error in self._validator.iter_errors(clean):
            for each in _leaves(error):
                for path in _places(each):
                    found.setdefault(path, self._problem(path, str(each.validator), each.validator_value, each.instance))
        return list(found.values())[:MAX_SENTENCES]

    def _problem(self, path: tuple[str | int, ...], keyword: str, wanted: Any, found: Any) -> Problem:
        return Problem(path=path, keyword=keyword, wanted=wanted, found=found, title=_title(self.schema, path))

    def route(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values by which the process decides: the properties marked `"x-route": true`, text in NFC."""
        return {name: normalised(data[name]) for name in self._route if name in data}

    def _problems(self, data: Any) -> Iterator[tuple[str, str]]:
        try:
            data = _judged(data)
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


def _judged(value: Any) -> Any:
    """Return data as they are checked: normalised, and a text of nothing but spaces counts as none. So a reason says something."""
    match value:
        case str():
            return normalised(value) if value.strip() else ""
        case list():
            return [_judged(item) for item in value]
        case dict():
            return {normalised(key): _judged(item) for key, item in value.items()}
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
        case "oneOf" | "anyOf" if choices := _choices(wanted):
            yield path, f"expected one of {choices}, but found {_shown(found)}"
        case "if" | "allOf" | "anyOf" | "oneOf" | "not":
            yield path, f"expected one of the allowed shapes, but found {_shown(found)}"
        case keyword:
            yield path, f"expected {_expected(str(keyword), wanted)}, but found {_found(str(keyword), found)}"


def _leaves(error: ValidationError) -> Iterator[ValidationError]:
    """Yield what is wrong inside the one alternative that was meant: the one of the right type; else the error itself."""
    if error.validator not in {"anyOf", "oneOf"} or _choices(error.validator_value) is not None:
        yield error
        return
    branches: dict[Any, list[ValidationError]] = {}
    for each in error.context or ():
        branches.setdefault(each.schema_path[0], []).append(each)
    meant = [branch for branch in branches.values() if not any(each.validator == "type" and not each.path for each in branch)]
    if len(meant) != 1:
        yield error
        return
    for each in meant[0]:
        yield from _leaves(each)


def _places(error: ValidationError) -> list[tuple[str | int, ...]]:
    """Return where a problem is: what is missing is told at the place where it should stand."""
    path: tuple[str | int, ...] = tuple(error.absolute_path)
    wanted: Any = error.validator_value
    found: Any = error.instance
    return [(*path, name) for name in wanted if name not in found] if error.validator == "required" else [path]


def _choices(wanted: Any) -> str | None:
    """Return the choices of a list of `{"const": …, "title": …}`; None when it is anything else."""
    if not all(isinstance(choice, dict) and "const" in choice for choice in wanted):
        return None
    return ", ".join(f"{_shown(choice['const'])} ({choice['title']})" if "title" in choice else _shown(choice["const"]) for choice in wanted)


def _expected(keyword: str, wanted: Any) -> str:
    """Say in words what a keyword of JSON Schema asks for."""
    match keyword:
        case "type":
            return " or ".join(_TYPES.get(name, str(name)) for name in ([wanted] if isinstance(wanted, str) else wanted))
        case "format":
            return _FORMAT_NAMES.get(str(wanted), str(wanted))
        case "enum":
            return f"one of {', '.join(_shown(choice) for choice in wanted)}"
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
    found: Any = error.instance
    unknown = [str(name) for name in found if name not in known]
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


def _is_routed(part: Any) -> bool:
    return isinstance(part, dict) and part.get("x-route") is True
