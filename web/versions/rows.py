"""The differences of two sides as rows of a table, and as marks on the drawings: the engine says what differs, here it gets words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from web.language.shipped import said
from web.versions import words

Json = dict[str, Any]
Names = Mapping[tuple[str, str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """What was said before and is said now, each as people read it."""

    label: str
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One thing that differs. `element` "" for what stands in no drawing: forms, decision tables, calls."""

    change: str
    kind: str
    name: str
    process: str
    element: str
    values: tuple[Value, ...]


def rows_of(found: Json, names: Names) -> list[Row]:
    """Return what differs: elements first, then called processes, forms and decision tables."""
    rows = [_element(change, part, names) for change in words.CHANGES for part in found["elements"][change]]
    for change in ("added", "removed"):
        rows += [
            Row(change=change, kind=words.kind("call"), name=said(names.get((key, key), key)), process=key, element="", values=())
            for key in found["called"][change]
        ]
    rows += [_other("form", entry["form"], entry, list(_form(entry))) for entry in found["forms"]]
    rows += [_other("decision", entry["decision"], entry, list(_decision(entry))) for entry in found["decisions"]]
    return rows


def marks(found: Json, process: str) -> dict[str, dict[str, str]]:
    """Return for each drawing element → change: what was removed stands in the old one only, what was added in the new one."""
    parts = {change: [part["element"] for part in found["elements"][change] if part["process"] == process] for change in words.CHANGES}
    changed = dict.fromkeys(parts["changed"], "changed")
    return {"old": {**changed, **dict.fromkeys(parts["removed"], "removed")}, "new": {**changed, **dict.fromkeys(parts["added"], "added")}}


def counts(found: Json) -> dict[str, int]:
    """Return change → how many things."""
    return {
        change: len(found["elements"][change]) + sum(each["change"] == change for each in (*found["forms"], *found["decisions"]))
        for change in words.CHANGES
    }


def _element(change: str, part: Json, names: Names) -> Row:
    process = part["process"]
    told = part.get("changes") or [
        {"attribute": name, "old": None if change == "added" else value, "new": value if change == "added" else None}
        for name, value in part.get("attributes", {}).items()
        if name in words.ATTRIBUTES or name.startswith("parameter ")
    ]
    values = tuple(value_of(entry["attribute"], entry["old"], entry["new"], process, names) for entry in told)
    return Row(change=change, kind=words.kind(part["type"]), name=said(part["name"]) or _way(part, names), process=process, element=part["element"], values=values)


def _way(part: Json, names: Names) -> str:
    """Return what a thing without a name is called: a way by its ends."""
    says = part.get("attributes", {})
    if part["type"] != "sequenceFlow" or not says.get("sourceRef"):
        return ""
    ends = (said(names.get((part["process"], says.get(end, "")), "") or says.get(end, "")) for end in ("sourceRef", "targetRef"))
    return " → ".join(ends)


def value_of(name: str, old: Any, new: Any, process: str, names: Names) -> Value:
    """Return what an element said before and says now under a name, as people read it."""
    if name in words.REFERRING:
        old, new = (names.get((process, each or ""), "") or each for each in (old, new))
    return Value(label=words.attribute(name), old=words.value(said(old) if isinstance(old, str) else old), new=words.value(said(new) if isinstance(new, str) else new))


def _other(kind: str, name: str, entry: Json, values: list[Value]) -> Row:
    return Row(change=entry["change"], kind=words.kind(kind), name=name, process="", element="", values=tuple(values))


def _form(entry: Json) -> Iterator[Value]:
    for field in entry.get("added", []):
        yield Value(label=_("Field %(name)s", name=field["field"]), old=words.value(None), new=said(field.get("title")) or words.value(field.get("type")))
    for field in entry.get("removed", []):
        yield Value(label=_("Field %(name)s", name=field["field"]), old=said(field.get("title")) or words.value(field.get("type")), new=words.value(None))
    for field in entry.get("changed", []):
        for each in field["changes"]:
            about = _("Field %(name)s", name=field["field"]) if field["field"] else _("The whole form")
            yield Value(label=f"{about}: {words.attribute(each['attribute'])}", old=words.value(each["old"]), new=words.value(each["new"]))


def _decision(entry: Json) -> Iterator[Value]:
    for each in entry.get("changes", []):
        yield Value(label=words.attribute(each["attribute"]), old=words.value(each["old"]), new=words.value(each["new"]))
    for column in entry.get("columns", []):
        yield from _whole(_("Column %(name)s", name=column["column"]), column)
    for rule in entry.get("rules", []):
        label = _("Rule %(number)s", number=rule["number"])
        if rule["change"] == "changed":
            for cell in rule["cells"]:
                yield Value(label=f"{label}, {cell['column']}", old=words.value(cell["old"]), new=words.value(cell["new"]))
        else:
            told = "; ".join(f"{column}: {words.value(cell)}" for column, cell in rule["cells"].items())
            yield Value(label=label, old=told if rule["change"] == "removed" else words.value(None), new=told if rule["change"] == "added" else words.value(None))


def _whole(label: str, entry: Json) -> Iterator[Value]:
    if entry["change"] != "changed":
        there, gone = _("there"), words.value(None)
        yield Value(label=label, old=gone if entry["change"] == "added" else there, new=there if entry["change"] == "added" else gone)
    for each in entry.get("changes", []):
        yield Value(label=f"{label}: {words.attribute(each['attribute'])}", old=words.value(each["old"]), new=words.value(each["new"]))
