"""A record as a line of the printed dossier: when, who, what, and what it changed, under the titles that the forms had then."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from engine.audit.desk.names import ID, Name
from engine.audit.desk.told import FORM, Told
from engine.audit.exports.dossier_words import FIELDS, SYSTEM, VALUES, action
from engine.kernel.clock import ZONE, from_stamp

MOST_DETAIL = 260  # letters of what changed
STEPS = frozenset({"instance.advanced", "operation.run", "instance.started"})  # of the system: what made it go on is told by the record before
OBVIOUS = frozenset({("task.completed", "status"), ("dossier.exported", "export"), ("operation.run", "operation"), ("operation.run", "part")})  # changes that the action itself says
UNREADABLE: dict[str, Any] = {
    **dict.fromkeys(("changes", "objects", "streams", "documents"), ()),
    **dict.fromkeys(("on_behalf_of", "reason", "definition", "element", "task", "instance")),
    "action": "",
    "outcome": "done",
    "recorded_at": "",
    "actor": {"type": "system", "id": "", "name": None},
    "subject": {"type": "", "id": "", "qualifier": ""},
}
_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")


def line(told: Told, names: Mapping[str, Name]) -> list[str]:
    """Return the cells behind the number: moment, person, what was done, what it changed."""
    sealed = told.sealed
    if not told.whole:
        return ["", "", "Bản ghi không đọc được", ""]
    if sealed.get("disposed"):
        return [moment(sealed["recorded_at"]), "", action(sealed["action"], sealed["outcome"]), "Nội dung bản ghi đã được tiêu hủy."]
    what = action(sealed["action"], sealed["outcome"])
    return [moment(sealed["recorded_at"]), _who(sealed, names), f"{what} “{told.element}”" if told.element else what, _detail(told, names)]


def moment(stamp: str) -> str:
    """Return a moment as people in Vietnam write it; "" for none."""
    return f"{from_stamp(stamp).astimezone(ZONE):%H:%M:%S %d/%m/%Y}" if stamp else ""


def _who(sealed: Mapping[str, Any], names: Mapping[str, Name]) -> str:
    actor = sealed["actor"]
    if actor["type"] != "person":
        return SYSTEM
    post = ", ".join(part for part in (actor.get("title") or "", _named(actor.get("unit") or "", names)) if part)
    name = f"{actor['name'] or actor['id']} ({post})" if post else str(actor["name"] or actor["id"])
    return f"{name}, thay {_named(sealed['on_behalf_of'], names)}" if sealed["on_behalf_of"] else name


def _detail(told: Told, names: Mapping[str, Name]) -> str:
    text = "; ".join(_parts(told, names))
    return text if len(text) <= MOST_DETAIL else f"{text[:MOST_DETAIL].rstrip()}…"


def _parts(told: Told, names: Mapping[str, Name]) -> Iterator[str]:
    sealed = told.sealed
    reason = (sealed["reason"] or {}).get("text", "")
    if reason and sealed["action"] not in STEPS:
        yield f"{'Mục đích' if sealed['reason'].get('code') == 'purpose' else 'Lý do'}: {reason}"
    for each in told.changes:
        field = str(each["field"])
        if (sealed["action"], field) not in OBVIOUS:
            known = told.fields.get(field.removeprefix(FORM), {}) if field.startswith(FORM) else {}
            title = known.get("title") or FIELDS.get(field) or field.removeprefix(FORM)
            old, new = (_value(each[side], known, names) for side in ("old", "new"))
            yield f"{title}: {new}" if each["old"] is None else f"{title}: {old} → {new}"
    for document in sealed["documents"]:
        yield f"Tệp: {document.get('name') or document['sha256']}"


def _value(value: Any, known: Mapping[str, Any], names: Mapping[str, Name]) -> str:
    match value:
        case None | "":
            return "(trống)"
        case bool():
            return "có" if value else "không"
        case {"sealed": _}:
            return "(dữ liệu cá nhân, niêm phong riêng)"
        case dict():
            return ", ".join(f"{FIELDS.get(name, name)}: {_value(item, {}, names)}" for name, item in value.items())
        case list() if any(isinstance(item, dict | list) for item in value):
            return f"{len(value)} mục"
        case list():
            return ", ".join(_value(item, known, names) for item in value)
    text = str(value)
    choices = {str(each.get("const")): str(each.get("title")) for each in known.get("oneOf", ())}
    return choices.get(text) or VALUES.get(text) or _DAY.sub(r"\3/\2/\1", ID.sub(lambda found: _named(found[0], names), text))


def _named(identity: str, names: Mapping[str, Name]) -> str:
    found = names.get(identity)
    return found.text if found else identity
