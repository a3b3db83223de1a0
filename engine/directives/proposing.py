"""What a reading proposes for the form of a registration, and how sure each field is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

AFTER_THE_LAST = 30  # days after the last day that the letter names
USUAL_REPORT = "báo cáo kết quả thực hiện"  # what a report is called that the letter asks for without naming it
OPEN_ENDED = 60  # days for a letter that names none
FREQUENCY = {"final_by_date": "once"}  # how a duty is called where it is owed
EVIDENCE = {  # field of the form → keys of the reading
    "issuer_name": ("issuer",),
    "number": ("number", "code"),
    "symbol": ("symbol", "code"),
    "doc_type": ("doc_type",),
    "issued": ("date",),
    "subject": ("subject",),
    "items": ("items",),
    "basis": ("cited_documents",),
    "obligation": ("reporting",),
    "signer": ("signer",),
}


def proposed(reading: Mapping[str, Any]) -> dict[str, Any]:
    """Return the form's values as the reader proposes them: texts and ISO days, lists of rows."""
    reporting, signer = reading["reporting"], reading["signer"] or {}
    due = reporting["due"] or {}
    frequency = FREQUENCY.get(reporting["duty"], reporting["duty"])
    return {
        "issuer_name": reading["issuer"]["name"] or "",
        "number": reading["number"],
        "symbol": reading["symbol"] or "",
        "doc_type": reading["doc_type"] or "",
        "issued": reading["date"] or "",
        "subject": reading["subject"] or "",
        "items": [_item(entry) for entry in reading["items"]],
        "basis": [
            {"code": entry["code"], "date": entry["date"] or "", "relation": entry["relation"]} for entry in reading["cited_documents"] if entry["code"]
        ],
        "frequency": frequency,
        "report_type": reporting["embedded_in"] or ("" if frequency == "none" else USUAL_REPORT),
        "report_due": due.get("date", ""),
        "report_operator": due.get("operator", "before"),
        "signer_authority": signer.get("authority") or "",
        "signer_title": signer.get("title") or "",
        "signer_name": signer.get("name") or "",
        "noi_nhan": [{"body": entry["text"], "marker": entry["marker"]} for entry in reading["noi_nhan"]],
        "sunset": _sunset(reading, frequency),
    }


def trust(reading: Mapping[str, Any]) -> dict[str, tuple[int, list[list[int]]]]:
    """Return, by field, the confidence (0..100, the least of its keys) and the lines (first, last) that it was read from."""
    sure, lines = reading["confidence"], reading["evidence"]
    found = {}
    for field, keys in EVIDENCE.items():
        known = [key for key in keys if key in sure]
        found[field] = (min((sure[key] for key in known), default=0), [span for key in known[:1] for span in lines.get(key, [])])
    return found


def _item(entry: Mapping[str, Any]) -> dict[str, Any]:
    dues = sorted((action["deadline"]["date"], action["deadline"]["operator"]) for action in entry["actions"] if action["deadline"])
    day, operator = dues[0] if dues else ("", "before")
    return {
        "item_no": entry["id"],
        "text": " ".join(action["text"] for action in entry["actions"])[:10_000] or (entry["heading"] or entry["id"]),
        "addressees": list(entry["addressees"]),
        "due_date": day,
        "due_operator": operator,
        "lines": list(entry["lines"]),
    }


def _sunset(reading: Mapping[str, Any], frequency: str) -> str:
    """Return until when the letter is to be followed: a month after its last day, or to the end of its year when it asks for regular reports."""
    days = [action["deadline"]["date"] for entry in reading["items"] for action in entry["actions"] if action["deadline"]]
    if reading["reporting"]["due"]:
        days.append(reading["reporting"]["due"]["date"])
    if days:
        return (date.fromisoformat(max(days)) + timedelta(days=AFTER_THE_LAST)).isoformat()
    if not reading["date"]:
        return ""
    issued = date.fromisoformat(reading["date"])
    if frequency == "none":
        return (issued + timedelta(days=OPEN_ENDED)).isoformat()
    year_ends = date(issued.year, 12, 31)
    return (year_ends if year_ends - issued > timedelta(days=OPEN_ENDED) else date(issued.year + 1, 12, 31)).isoformat()
