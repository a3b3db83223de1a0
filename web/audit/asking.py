"""The filters of the auditor's pages: read from the address, and written into it again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request

from engine.audit.desk.asked import KINDS, Asked
from engine.kernel.vietnamese import fold
from web.audit.record_names import FIELDS
from web.audit.telling import OUTCOMES
from web.forms.written import day_or_note

LONGEST = 200  # characters of what somebody types
TYPED = ("person", "unit", "element", "field", "value", "text", "action")
SHOWN_AT_ONCE = ("person", "unit", "kind", "outcome", "since", "until")  # the others stand under "more filters"
NAMES = (*TYPED, "kind", "outcome", "since", "until", "steps", "reads", "oldest", "directive")


def asked_for(problems: list[str]) -> Asked:
    """Return the filters of the address; what cannot be read is noted in `problems`."""
    args = request.args
    typed = {name: args.get(name, "").strip()[:LONGEST] for name in TYPED}
    return Asked(
        **typed,
        kind=args.get("kind", "") if args.get("kind") in KINDS else "",
        outcome=args.get("outcome", "") if args.get("outcome") in OUTCOMES else "",
        since=day_or_note(args.get("since", ""), problems),
        until=day_or_note(args.get("until", ""), problems),
        fields=_fields(typed["field"]),
        steps=bool(args.get("steps")),
    )


def kept() -> dict[str, str]:
    """Return the filters as they stand in the address, without where a page begins."""
    return {name: value for name, value in request.args.items() if name in NAMES and value}


def more_than_usual(found: Mapping[str, Any], *, searching: bool) -> bool:
    """Tell whether one of the further filters is used; the search shows words and the number of a directive at once."""
    return any(name not in SHOWN_AT_ONCE and not (searching and name in ("text", "directive")) for name in found if name != "oldest")


def _fields(typed: str) -> tuple[str, ...]:
    """Return the names of fields that are called so."""
    wanted = fold(typed)
    return tuple(name for name, label in FIELDS.items() if wanted in fold(str(label))) if wanted else ()
