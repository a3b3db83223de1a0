"""What the demo's specialists and clerks make of a document: on whose letter it rests, and the draft form (F05) for it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil
from typing import Any

from engine.demo.cast import Cast, rests_on
from engine.demo.chain import milestones
from engine.kernel.periods import first_period, last_of, next_period
from engine.scenario.answers import later

INDICATORS = [
    {"key": "activities", "label": "Số hoạt động tuyên truyền đã tổ chức", "unit": "cuộc", "aggregation": "sum", "required": True},
    {"key": "people", "label": "Số lượt người được tuyên truyền", "unit": "lượt người", "aggregation": "sum", "required": True},
    {"key": "articles", "label": "Số tin, bài đã đăng", "unit": "tin, bài", "aggregation": "sum", "required": True},
]
RELAY_DAYS = 5  # between the superior's letter and its arrival at the issuer of ours, at most
FRESH_DAYS = 60  # an older letter is a standing basis, not what our letter answers
A_MONTH = {"weekly": 4, "monthly": 1, "quarterly": 1 / 3}  # periods to play for each month of the demo
CLOSING_DAYS = 20  # after the last deadline
FINAL_CLOSING_DAYS = 45  # after a final report's: it is reviewed, consolidated and sent up
OPEN_ENDED_DAYS = 60  # for what the letter names no end
SUPERIOR_DAYS = 10  # by which the superior's own final report is due later


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """The letter that a document answers, entered from paper when it is not one of the documents itself."""

    code: str
    sender: str
    number: int | None
    symbol: str
    issued: date
    arrives: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """The issuer's own earlier letter that a document follows up, running since before the installation."""

    number: str
    symbol: str
    issued: date
    recipients: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One document: its issuer's office (code), the letter that it answers, and the draft form."""

    reading: Mapping[str, Any]
    issuer: str
    issued: date
    basis: Basis | None
    played: str | None
    earlier: Earlier | None
    sunset: date
    draft: dict[str, Any]

    def received(self) -> dict[str, Any]:
        """Return what is known of the letter that the document answers, as the draft form names it."""
        assert self.basis is not None
        duty = dict(self.draft["obligation"])
        if duty["frequency"] == "once":
            duty["due_date"] = (date.fromisoformat(duty["due_date"]) + timedelta(days=SUPERIOR_DAYS)).isoformat()
            duty["phase_end"] = self.draft.get("phase_end")
        return {
            "process": self.draft["process"],
            "doc_type": "công văn",
            "symbol": self.basis.symbol,
            "subject": self.draft["subject"],
            "items": [],
            "obligation": {key: value for key, value in duty.items() if value is not None},
            "indicators": self.draft.get("indicators", []),
            "sunset": self.sunset.isoformat(),
        }


def plan(reading: Mapping[str, Any], readings: Sequence[Mapping[str, Any]], cast: Cast, *, process: str, months: int) -> Plan:
    """Return how a document is carried out; `process` is what the decision table proposes for it."""
    issuer = cast.office(reading["issuer"]["name"], level=reading["level"])
    issued = date.fromisoformat(reading["date"])
    duty = _duty(reading, issued, months)
    chain = milestones(reading, cast, issuer.code) if reading["reporting"]["duty"] == "none" else []
    sunset = _sunset(duty, chain, issued)
    draft = {
        "process": process,
        "doc_type": reading["doc_type"],
        "symbol": reading["symbol"],
        "subject": reading["subject"],
        "basis": [{"code": entry["code"], "date": entry["date"], "relation": entry["relation"]} for entry in reading["cited_documents"]],
        "recipient_groups": cast.groups_of(issuer.code),
        "items": _items(reading),
        "obligation": duty,
        "indicators": INDICATORS if duty["frequency"] != "none" else [],
        "noi_nhan": [{"body": entry["text"], "marker": entry["marker"]} for entry in reading["noi_nhan"]],
        "signer_authority": reading["signer"]["authority"],
        "signer_title": reading["signer"]["title"],
        "signer_name": reading["signer"]["name"],
        "sunset": later(sunset.isoformat()),
    }
    if chain:
        draft["milestones"] = chain
    follows = next((entry for entry in reading["cited_documents"] if entry["relation"] == "follows_up"), None)
    if follows:
        draft["follows_up"] = follows["code"]
    played = next((other["code"] for other in readings if rests_on(reading, other)), None)
    basis = None if played else _basis(reading, cast, issued)
    return Plan(
        reading=reading,
        issuer=issuer.code,
        issued=issued,
        basis=basis,
        played=played,
        earlier=_earlier(follows, readings, cast, issuer.code),
        sunset=sunset,
        draft=draft,
    )


def _earlier(follows: Mapping[str, Any] | None, readings: Sequence[Mapping[str, Any]], cast: Cast, issuer: str) -> Earlier | None:
    """Return the followed-up letter unless it is one of the documents; the last recipient never had it (scenario E6)."""
    if follows is None or not follows["date"] or any(other["code"] == follows["code"] for other in readings):
        return None
    number, _, symbol = follows["code"].partition("-")
    members = tuple(dict.fromkeys(member for group in cast.groups if group.owner == issuer for member in group.members))
    return Earlier(number=number, symbol=symbol, issued=date.fromisoformat(follows["date"]), recipients=members[:-1] or members)


def _items(reading: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "item_no": item["id"],
            "text": " ".join(action["text"] for action in item["actions"])[:2000] or item["id"],
            "addressees": item["addressees"],
            "mode": "ongoing",
        }
        for item in reading["items"]
    ]


def _duty(reading: Mapping[str, Any], issued: date, months: int) -> dict[str, Any]:
    """Return the reporting duty as the draft names it."""
    reporting = reading["reporting"]
    report_type = reporting["embedded_in"] or "báo cáo kết quả thực hiện"
    match reporting["duty"]:
        case "none":
            return {"frequency": "none"}
        case "final_by_date":
            due = reporting["due"]
            return {"frequency": "once", "report_type": report_type, "due_date": due["date"], "due_operator": due["operator"]}
        case frequency if frequency in A_MONTH:
            begin = end = first_period(issued, frequency)
            for _ in range(ceil(months * A_MONTH[frequency]) - 1):
                end = next_period(end)
            return {"frequency": frequency, "report_type": report_type, "first_period": begin, "end_period": end}
    return {"frequency": "none"}


def _sunset(duty: Mapping[str, Any], chain: list[dict[str, Any]], issued: date) -> date:
    if duty["frequency"] in A_MONTH:
        return last_of(duty["end_period"]) + timedelta(days=CLOSING_DAYS)
    if duty["frequency"] == "once":
        return date.fromisoformat(duty["due_date"]) + timedelta(days=FINAL_CLOSING_DAYS)
    ends = [date.fromisoformat(entry["due_date"]) for entry in chain if "due_date" in entry]
    return max(ends) + timedelta(days=CLOSING_DAYS) if ends else issued + timedelta(days=OPEN_ENDED_DAYS)


def _basis(reading: Mapping[str, Any], cast: Cast, issued: date) -> Basis | None:
    """Return the fresh letter that the document rests on: implements before based on, the newest first."""
    found = [
        entry
        for entry in reading["cited_documents"]
        if entry["relation"] in {"implements", "based_on"} and entry["date"] and re.match(r"\d+-", entry["code"])
        and timedelta(0) < issued - date.fromisoformat(entry["date"]) <= timedelta(days=FRESH_DAYS)
    ]
    if not found:
        return None
    chosen = max(found, key=lambda entry: (entry["relation"] == "implements", entry["date"]))
    number, _, symbol = chosen["code"].partition("-")
    written = date.fromisoformat(chosen["date"])
    name = chosen["issuer"] or reading["superior"]["name"]
    sender = cast.office(name, level=reading["level"], symbol=symbol.rpartition("/")[2])
    return Basis(
        code=chosen["code"],
        sender=sender.code,
        number=int(number),
        symbol=symbol,
        issued=written,
        arrives=max(written + timedelta(days=1), issued - timedelta(days=RELAY_DAYS)),
    )
