"""The file of a form as text: read with the place of what is wrong, written as the shipped forms are."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from engine.definitions.form_schema import check_schema
from engine.definitions.source import form_key
from engine.kernel.errors import InvalidInput
from web.language.sentences import in_words


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A form that was read. `root`: its schema, None where the visual editor cannot show it; `why`: what stands in the way; `line`: from 1, or 0."""

    root: dict[str, Any] | None
    why: str = ""
    line: int = 0
    json: bool = True


class _Twice(ValueError):
    """A key stands twice in one object."""


def read(path: str, text: str) -> Written:
    """Read the file of a form."""
    try:
        root = json.loads(text, object_pairs_hook=_once, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        line = text.splitlines()[error.lineno - 1].strip()[:80] if text.strip() and error.lineno <= len(text.splitlines()) else ""
        why = _("Line %(line)s, character %(column)s is not as JSON wants it: %(text)s", line=error.lineno, column=error.colno, text=line or "…")
        return Written(root=None, why=why, line=error.lineno, json=False)
    except _Twice as twice:
        return Written(root=None, why=_("The key “%(key)s” stands twice in one object; only one can count. Rename or remove one.", key=str(twice)), json=False)
    except (ValueError, RecursionError):
        return Written(root=None, why=_("This is not JSON: it holds a number that JSON does not know, or it is nested without end."), json=False)
    try:
        check_schema(form_key(path), root)
    except InvalidInput as error:
        return Written(root=None, why=in_words(error))
    return Written(root=root)


def write(root: Any) -> str:
    """Return the text of a form: indented, the keys in their order."""
    return json.dumps(root, ensure_ascii=False, indent=2) + "\n"


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _value in pairs]
        raise _Twice(next(key for key in keys if keys.count(key) > 1))
    return found


def _refuse(_word: str) -> Any:
    raise ValueError
