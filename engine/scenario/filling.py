"""Fill in a form as its own example says: every form carries one, so that a demonstration, a scenario or a test can use it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from engine.kernel.errors import InvalidInput

TODAY = re.compile(r"@today([+-]\d+)?")


def example(schema: Mapping[str, Any], *, today: date, names: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the first of the form's `examples`.

    In it `"@today"` and `"@today+5"` (days) become ISO dates, and `"@name"` the value of `names`. Raises InvalidInput
    when the form has no example.
    """
    found = schema.get("examples") or []
    if not found:
        raise InvalidInput(f"Expected an example in the form {schema.get('title')!r}, but found none. Add `examples`.")
    return dict(filled(found[0], today, names or {}))


def filled(value: Any, today: date, names: Mapping[str, Any]) -> Any:
    """Return `value` with its `@` names replaced."""
    match value:
        case str() if day := TODAY.fullmatch(value):
            return (today + timedelta(days=int(day[1] or 0))).isoformat()
        case str() if value.startswith("@") and value[1:] in names:
            return names[value[1:]]
        case list():
            return [item for each in value for item in _spliced(each, filled(each, today, names))]
        case dict():
            return {key: filled(each, today, names) for key, each in value.items()}
    return value


def _spliced(said: Any, value: Any) -> list[Any]:
    """A name that stands in a list for a list, as `["@children"]`, becomes its items."""
    return value if isinstance(said, str) and isinstance(value, list) else [value]
