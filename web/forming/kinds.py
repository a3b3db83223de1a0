"""The kinds of fields that the editor of forms knows, and the piece of JSON Schema that a new field of each kind begins as."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

from flask_babel import lazy_gettext as _

from web.forms.shapes import DIGEST, LINE, PERIOD, SUGGEST, Schema, types_of

PERIODS = "^[0-9]{4}-(0[1-9]|1[0-2]|Q[1-4]|W[0-5][0-9])$"
OTHER = "other"  # what only the JSON tab can change
HOLDERS = frozenset({"rows", "group"})  # fields that hold fields
TEXTS = frozenset({"line", "long", "suggest"})
CHOOSING = frozenset({"choice", "choices"})
OFFERING = frozenset({"source", "sources", "suggest", "figures"})  # what is offered comes from a source
LISTS = frozenset({"rows", "lines", "files", "choices", "sources"})
_TWO = [{"const": "yes", "title": "Có"}, {"const": "no", "title": "Không"}]
_INSIDE = {"text": {"title": "Nội dung", "type": "string", "minLength": 1, "maxLength": LINE}}
_FIELDS = {"type": "object", "properties": _INSIDE, "required": ["text"], "additionalProperties": False}
_FIGURE = {"type": ["integer", "string"], "minimum": 0, "minLength": 1, "maxLength": 5000}

KINDS: Mapping[str, tuple[Any, Schema]] = {
    "line": (_("Text of one line"), {"type": "string", "minLength": 1, "maxLength": LINE}),
    "long": (_("Text of several lines"), {"type": "string", "minLength": 1, "maxLength": 5000}),
    "integer": (_("Whole number"), {"type": "integer", "minimum": 0}),
    "day": (_("Day"), {"type": "string", "format": "date"}),
    "period": (_("Reporting period"), {"type": "string", "pattern": PERIODS, "x-widget": PERIOD}),
    "yes_no": (_("Yes or no"), {"type": "boolean"}),
    "choice": (_("One of several choices"), {"type": "string", "oneOf": _TWO}),
    "choices": (_("Several of several choices"), {"type": "array", "items": {"type": "string", "oneOf": _TWO}, "uniqueItems": True}),
    "source": (_("One chosen from what the system knows"), {"type": "string", "minLength": 1, "maxLength": 100, "x-source": "organisations"}),
    "sources": (
        _("Several chosen from what the system knows"),
        {"type": "array", "items": {"type": "string", "minLength": 1, "maxLength": 100}, "uniqueItems": True, "x-source": "organisations"},
    ),
    "suggest": (_("Text with suggestions"), {"type": "string", "minLength": 1, "maxLength": LINE, "x-widget": SUGGEST, "x-source": "symbols"}),
    "lines": (_("List, one on each line"), {"type": "array", "items": {"type": "string", "minLength": 1, "maxLength": LINE}}),
    "file": (_("File"), {"type": "string", "pattern": DIGEST}),
    "files": (_("Several files"), {"type": "array", "items": {"type": "string", "pattern": DIGEST}, "uniqueItems": True}),
    "figures": (_("Figures of a set of indicators"), {"type": "object", "additionalProperties": _FIGURE, "x-source": "indicators"}),
    "group": (_("Group of fields"), _FIELDS),
    "rows": (_("Repeating group: rows with fields"), {"type": "array", "items": _FIELDS}),
}
SOURCES: Mapping[str, Any] = {
    "organisations": _("organisations"),
    "posts": _("posts of the organisation"),
    "recipient_groups": _("groups of recipients"),
    "children": _("organisations below"),
    "indicator_sets": _("sets of indicators"),
    "indicators": _("the letter's indicators"),
    "processes": _("processes for a letter"),
    "milestone_processes": _("processes for milestones"),
    "symbols": _("symbols of letters"),
    "own_codes": _("letters that were issued"),
    "known_codes": _("codes of known letters"),
    "known_letters": _("known letters"),
    "registers": _("registers"),
    "signer_names": _("names of signers"),
    "signer_titles": _("titles of signers"),
    "items": _("contents of the letter"),
    "open_work": _("open work"),
    "assignments": _("assignments"),
    "milestones": _("milestones"),
    "sections": _("sections of the report"),
    "other_sections": _("other sections of the report"),
    "own_reports": _("reports that were sent"),
    "urge_targets": _("who is to be urged"),
    "total_letters": _("letters of the totals"),
    "total_figures": _("figures of the totals"),
}
FACTS: Mapping[str, Any] = {
    "today": _("today"),
    "issuer": _("who issued the letter"),
    "number": _("the letter's number"),
    "symbol": _("the letter's symbol"),
    "code": _("the letter's number and symbol"),
    "issued_date": _("the letter's day"),
    "doc_type": _("the letter's type"),
    "subject": _("the letter's subject"),
    "sunset": _("until when the letter is followed"),
    "signer_authority": _("on whose behalf the letter is signed"),
    "signer_title": _("the title of who signed the letter"),
    "signer_name": _("who signed the letter"),
    "channel": _("how the letter came"),
    "basis": _("the letter as a basis"),
    "report_sections": _("the report as it stands"),
}
PANELS: Mapping[str, Any] = {
    "recipients": _("the recipients of the letter"),
    "work": _("the work that was given, and what the leader said"),
    "section": _("the letter's section of the report"),
    "review": _("the report under review"),
    "consolidation": _("the totals of the reports"),
    "change": _("the change of the letter"),
    "urging": _("who is urged, and how things stand there"),
}


def piece(kind: str) -> dict[str, Any]:
    """Return what a new field of a kind begins as."""
    return deepcopy(dict(KINDS[kind][1]))


def kind_of(part: Any) -> str:
    """Return the kind of a field; OTHER for what the editor does not know."""
    if not isinstance(part, dict) or "$ref" in part:
        return OTHER
    if has_choices(part):
        return "choice"
    types = types_of(part)
    known = _ONE.get(next(iter(types))) if len(types) == 1 else None
    return known(part) if known else OTHER


def has_choices(part: Any) -> bool:
    """Tell whether a part names its choices one by one."""
    listed = part.get("oneOf")
    return isinstance(part.get("enum"), list) or (isinstance(listed, list) and bool(listed) and all(isinstance(each, dict) and "const" in each for each in listed))


def inside(part: Any) -> dict[str, Any] | None:
    """Return the part that holds the fields of a group or of rows, itself for a form; None of anything else."""
    if not isinstance(part, dict):
        return None
    if isinstance(part.get("properties"), dict):
        return part
    items = part.get("items")
    if not isinstance(items, dict):
        return None
    branches = items.get("anyOf")
    for each in (items, *(branches if isinstance(branches, list) else ())):
        if isinstance(each, dict) and isinstance(each.get("properties"), dict):
            return each
    return None


def _text(part: Schema) -> str:
    widget = part.get("x-widget")
    if "format" in part:
        return "day" if part["format"] == "date" else OTHER
    if part.get("pattern") == DIGEST or widget == "file":
        return "file"
    if widget in {PERIOD, SUGGEST}:
        return str(widget)
    if "x-source" in part:
        return "source"
    longest = part.get("maxLength", LINE if part.get("pattern") else LINE + 1)
    return "long" if widget != "line" and (widget == "long" or (isinstance(longest, int) and longest > LINE)) else "line"


def _array(part: Schema) -> str:
    items = part.get("items")
    if not isinstance(items, dict) or "$ref" in items:
        return OTHER
    if inside(part) is not None:
        return "rows"
    if has_choices(items):
        return "choices"
    if types_of(items) != {"string"} or "format" in items:
        return OTHER
    return "files" if items.get("pattern") == DIGEST else "sources" if "x-source" in part else "lines"


def _object(part: Schema) -> str:
    if isinstance(part.get("properties"), dict):
        return "group"
    return "figures" if isinstance(part.get("additionalProperties"), dict) else OTHER


_ONE: Mapping[str, Callable[[Schema], str]] = {"string": _text, "integer": lambda _part: "integer", "boolean": lambda _part: "yes_no", "array": _array, "object": _object}
