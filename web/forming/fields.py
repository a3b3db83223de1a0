"""A form as the editor shows it: its fields as a list, and one of them as controls. Changes nothing.

A field is named by the JSON pointer of its data, without the numbers of rows: `/items/text`; the form itself by "".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from web.forming.kinds import HOLDERS, LISTS, OFFERING, has_choices, inside, kind_of
from web.forms.shapes import Schema, pointer, sent, steps

ALWAYS, NEVER, ASKED = "always", "never", "asked"  # when a field must be filled in
WHEN = "when:"  # a control that says with which values of the field beside it a field is asked
Controls = dict[str, list[str]]
BOUNDS = {"line": "Length", "long": "Length", "suggest": "Length", "source": "Length", "integer": "imum", **dict.fromkeys(LISTS, "Items")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A field in the list of the editor. `depth`: how many fields it stands in; `asked`: with which values of fields beside it, in words."""

    place: str
    key: str
    title: str
    kind: str
    needed: str
    depth: int
    first: bool
    last: bool
    routed: bool


def lines(root: Schema) -> list[Line]:
    """Return all fields in their order, each followed by those that it holds."""
    return list(_lines(root, "", 0))


def _lines(holder: Schema, above: str, depth: int) -> Iterator[Line]:
    parts = holder.get("properties", {})
    for number, (key, part) in enumerate(parts.items()):
        place = pointer(above, key)
        said = part if isinstance(part, dict) else {}
        yield Line(
            place=place, key=key, title=str(said.get("title", "")), kind=kind_of(part), needed=needed(holder, key), depth=depth,
            first=number == 0, last=number == len(parts) - 1, routed=said.get("x-route") is True,
        )  # fmt: skip
        held = inside(part)
        if held is not None:
            yield from _lines(held, place, depth + 1)


def found(root: Any, place: str) -> tuple[dict[str, Any], str] | None:
    """Return the part that holds a field, and its key there; None when there is no such field."""
    path = steps(place)
    holder = inside(root)
    for key in path[:-1]:
        holder = inside(holder["properties"].get(key)) if holder is not None else None
    if holder is None or not path or not isinstance(holder["properties"].get(path[-1]), dict):
        return None
    return holder, path[-1]


def holder_of(root: Any, place: str) -> dict[str, Any] | None:
    """Return the part whose fields stand in the form itself (""), a group or rows; None of anything else."""
    if not place:
        return inside(root)
    here = found(root, place)
    return inside(here[0]["properties"][here[1]]) if here else None


def holders(root: Schema) -> list[Line]:
    """Return the fields that hold fields."""
    return [each for each in lines(root) if each.kind in HOLDERS]


def controls(root: Any, place: str) -> Controls:
    """Return what the editor shows of a field, by the names of its controls; of the form itself for "". Raises KeyError without such a field."""
    if not place:
        return form_controls(root)
    here = found(root, place)
    if here is None:
        raise KeyError(place)
    holder, key = here
    part = holder["properties"][key]
    kind = kind_of(part)
    shown: Controls = {"key": [key], "title": [_said(part, "title")], "help": [_said(part, "description")], "kind": [kind], "needed": [needed(holder, key)]}
    shown["from"] = [_said(part, "x-from")]
    if place.count("/") == 1:
        shown["route"] = ["yes"] if part.get("x-route") is True else [""]
        shown["personal"] = ["yes"] if part.get("x-chidao-personal") is True else [""]
    if kind in BOUNDS:
        shown |= {"least": [_said(part, f"min{BOUNDS[kind]}")], "most": [_said(part, f"max{BOUNDS[kind]}")]}
    if kind in {"line", "suggest"}:
        shown |= {"pattern": [_said(part, "pattern")], "pattern_said": [_said(part, "x-pattern")]}
    if kind in {"line", "suggest", "integer"}:
        shown["unit"] = [_said(part, "x-unit")]
    if kind in OFFERING | {"source", "sources"}:
        shown |= {"source": [_said(part, "x-source")], "within": [_said(part, "x-within")]}
    options = choices_of(part if kind == "choice" else part.get("items")) if kind in {"choice", "choices"} else None
    if options is not None:
        shown |= {"option": [value for value, _title in options], "option_title": [title for _value, title in options]}
    return shown | {WHEN + name: _asked_with(part, name) for name in deciding(holder, key)}


def form_controls(root: Schema) -> Controls:
    """Return what the editor shows of the form itself."""
    panels, told = root.get("x-panels"), root.get("x-tells")
    return {
        "title": [_said(root, "title")],
        "help": [_said(root, "description")],
        "again": ["yes"] if root.get("x-again") is True else [""],
        "panels": [str(each) for each in panels] if isinstance(panels, list) else [],
        "tells": ["\n".join(map(str, told))] if isinstance(told, list) else [""],
    }


def choices_of(part: Any) -> list[tuple[str, str]]:
    """Return the choices that a part names, as (value, what people read)."""
    if not isinstance(part, dict) or not has_choices(part):
        return []
    if isinstance(part.get("enum"), list):
        labels = part.get("x-labels")
        titles = [str(each) for each in labels] if isinstance(labels, list) and len(labels) == len(part["enum"]) else [""] * len(part["enum"])
        return list(zip(map(sent, part["enum"]), titles, strict=True))
    return [(sent(each["const"]), str(each.get("title", ""))) for each in part["oneOf"]]


def deciding(holder: Schema, key: str) -> list[str]:
    """Return the fields beside a field whose value may decide whether it is asked: choices, and those that decide it already."""
    part = holder["properties"][key]
    told = part.get("x-when") if isinstance(part, dict) else None
    named = set(told) if isinstance(told, dict) else set()
    return [name for name, each in holder["properties"].items() if name != key and (kind_of(each) == "choice" or name in named)]


def tests(part: Any) -> dict[str, list[Any]]:
    """Return with which values of which fields beside it a field is asked; nothing when always."""
    told = part.get("x-when") if isinstance(part, dict) else None
    return {name: values for name, values in told.items() if isinstance(values, list)} if isinstance(told, dict) else {}


def rules_of(holder: Schema) -> list[dict[str, Any]]:
    """Return the rules of a part by which a field is needed only with certain values."""
    listed = holder.get("allOf")
    every = [*(listed if isinstance(listed, list) else ()), *([holder] if "if" in holder else ())]
    return [each for each in every if isinstance(each, dict) and "if" in each]


def needs(rule: Mapping[str, Any], branch: str) -> list[Any]:
    """Return the fields that a branch of a rule makes needed."""
    part = rule.get(branch)
    named = part.get("required") if isinstance(part, dict) else None
    return named if isinstance(named, list) else []


def needed(holder: Schema, key: str) -> str:
    """Return when a field must be filled in: ALWAYS, ASKED (with certain values of others), NEVER."""
    if key in (holder.get("required") or ()):
        return ALWAYS
    return ASKED if any(key in needs(rule, branch) for rule in rules_of(holder) for branch in ("then", "else")) else NEVER


def _asked_with(part: Any, name: str) -> list[str]:
    return [sent(each) for each in tests(part).get(name, ())]


def _said(part: Mapping[str, Any], keyword: str) -> str:
    value = part.get(keyword)
    return "" if value is None else sent(value)
