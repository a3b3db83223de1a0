"""The form of a registration: what was typed, as the page shows it again, and as the command wants it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from web.directives.words import FREQUENCIES, OPERATORS, RELATIONS, SECRECY
from web.forms.written import NotRead, read_day, show_day

PLAIN = (
    *("issuer_name", "issuer", "number", "symbol", "doc_type", "issued", "subject", "secrecy", "frequency", "report_type", "report_due"),
    *("report_operator", "sunset", "signer_authority", "signer_title", "signer_name", "channel", "note"),
)
ITEM = ("item_no", "text", "addressees", "due_date", "due_operator")
CITED = ("code", "date", "relation")
DAYS = {"issued", "report_due", "sunset", "due_date", "date"}
MOST_ROWS = 200
_ROW = re.compile(r"(items|basis)-(\d+)-(\w+)")


@dataclass(slots=True)
class Body:
    """What the command wants, as far as it could be read. `problems`: by the id of the field, a sentence each."""

    issuer: str = ""
    number: int | None = None
    issued: str = ""
    body: dict[str, Any] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)


def shown(proposal: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a reader proposes as the texts of the form: days as dd/mm/yyyy, addressees one to a line."""
    found: dict[str, Any] = {name: _text(name, proposal.get(name)) for name in PLAIN}
    found["secrecy"], found["channel"] = found["secrecy"] or "normal", found["channel"] or "paper"
    found["frequency"], found["report_operator"] = found["frequency"] or "none", found["report_operator"] or "before"
    found["items"] = [{**{name: _text(name, row.get(name)) for name in ITEM}, "lines": row.get("lines")} for row in proposal.get("items", [])]
    found["basis"] = [{name: _text(name, row.get(name)) for name in CITED} for row in proposal.get("basis", [])]
    return found


def _text(name: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return "\n".join(str(each) for each in value)
    return str(show_day(value)) if name in DAYS and value else str(value)


def typed(sent: MultiDict[str, str]) -> dict[str, Any]:
    """Return what was typed into the form, rows in their order."""
    found: dict[str, Any] = {name: sent.get(name, "").strip() for name in PLAIN}
    rows: dict[str, dict[int, dict[str, Any]]] = {"items": {}, "basis": {}}
    for key, value in sent.items():
        if place := _ROW.fullmatch(key):
            rows[place[1]].setdefault(int(place[2]), {})[place[3]] = value.strip()
    for kind, names in (("items", ITEM), ("basis", CITED)):
        found[kind] = [{name: row.get(name, "") for name in names} for _index, row in sorted(rows[kind].items())][:MOST_ROWS]
    return found


def changed(form: dict[str, Any], do: str) -> dict[str, Any]:
    """Return the form with a row added or removed: `add:items`, `del:basis:2`."""
    what, _colon, place = do.partition(":")
    kind, _colon, index = place.partition(":")
    rows = list(form.get(kind, []))
    if what == "add" and kind in {"items", "basis"}:
        rows.append(dict.fromkeys(ITEM if kind == "items" else CITED, ""))
    elif what == "del" and index.isdigit() and int(index) < len(rows):
        del rows[int(index)]
    return {**form, kind: rows}


def body_of(form: Mapping[str, Any], kept: Mapping[str, Any], document: str) -> Body:
    """Return what the command wants. `kept`: what the reader found and the form does not show (noi_nhan, indicators)."""
    found = Body(issuer=form["issuer"])
    for name, words in _needed().items():
        if not form[name]:
            found.problems[name] = words
    if form["number"] and not form["number"].isdigit():
        found.problems["number"] = _("Write the number in digits, or leave it empty when the letter bears none.")
    elif form["number"]:
        found.number = int(form["number"])
    found.issued = _day(found, "issued", form["issued"])
    sunset = _day(found, "sunset", form["sunset"])
    found.body = {
        "doc_type": form["doc_type"],
        "symbol": form["symbol"],
        "subject": form["subject"],
        "secrecy": form["secrecy"] if form["secrecy"] in SECRECY else "normal",
        "sunset": sunset,
        "document": document,
        "items": _items(found, form["items"]),
        "basis": _cited(found, form["basis"]),
        "obligation": _duty(found, form),
        "indicators": [],
        "noi_nhan": list(kept.get("noi_nhan", [])),
    }
    found.body |= {name: form[name] for name in ("signer_authority", "signer_title", "signer_name", "note") if form[name]}
    return found


def _needed() -> dict[str, str]:
    return {
        "issuer": _("Choose the organisation that issued the letter."),
        "symbol": _("Write the symbol as it is printed, for example CV/BTGTU."),
        "doc_type": _("Write what kind of document it is."),
        "issued": _("Write the day that the letter bears."),
        "subject": _("Write the subject."),
        "sunset": _("Write until when the letter is to be followed."),
    }


def _day(found: Body, name: str, text: str) -> str:
    if not text:
        return ""
    try:
        return read_day(text)
    except NotRead as problem:
        found.problems[name] = str(problem)
        return ""


def _items(found: Body, rows: list[Mapping[str, str]]) -> list[dict[str, Any]]:
    items = []
    for index, row in enumerate(rows):
        if not row["text"]:
            continue
        due = _day(found, f"items-{index}-due_date", row["due_date"])
        item: dict[str, Any] = {
            "item_no": row["item_no"] or str(index + 1),
            "text": row["text"],
            "addressees": [line.strip() for line in row["addressees"].splitlines() if line.strip()],
            "mode": "one_off" if due else "ongoing",
        }
        if due:
            item |= {"due_date": due, "due_operator": row["due_operator"] if row["due_operator"] in OPERATORS else "before"}
        items.append(item)
    return items


def _cited(found: Body, rows: list[Mapping[str, str]]) -> list[dict[str, Any]]:
    return [
        {
            "code": row["code"],
            "date": _day(found, f"basis-{index}-date", row["date"]) or None,
            "relation": row["relation"] if row["relation"] in RELATIONS else "refers_to",
        }
        for index, row in enumerate(rows)
        if row["code"]
    ]


def _duty(found: Body, form: Mapping[str, Any]) -> dict[str, Any]:
    frequency = form["frequency"] if form["frequency"] in FREQUENCIES else "none"
    if frequency == "none":
        return {"frequency": "none"}
    duty: dict[str, Any] = {"frequency": frequency, "report_type": form["report_type"]}
    if not form["report_type"]:
        found.problems["report_type"] = _("Write what the report is called, as the letter names it.")
    if frequency == "once":
        due = _day(found, "report_due", form["report_due"])
        if not due and "report_due" not in found.problems:
            found.problems["report_due"] = _("Write the day by which the one report is due.")
        duty |= {"due_date": due, "due_operator": form["report_operator"] if form["report_operator"] in OPERATORS else "before"}
    return duty
