"""The milestones that a specialist draws from a letter's dated items (DOMAIN.md 2.4), by the genre's own verbs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from engine.demo.cast import Cast
from engine.kernel.vietnamese import fold

APPRAISES = "tham dinh"
SUBMITS_FOR_APPROVAL = re.compile(r"\btrinh\b.*\b(duyet|phe duyet)\b")
SIGNS = "ky ket"
AFTERWARDS = "sau khi"
PARTNER = re.compile(r"\bvới (.+?)(?: trước|;|,|$)")
LONGEST_TITLE = 200


def milestones(reading: Mapping[str, Any], cast: Cast, issuer: str) -> list[dict[str, Any]]:
    """Return the milestones of a letter, in the order of its items; empty when it names fewer than two deadlines."""
    dated = [action for item in reading["items"] for action in item["actions"] if action["deadline"]]
    if len(dated) < 2:
        return []
    found: list[dict[str, Any]] = []
    for item in reading["items"]:
        if any(action["deadline"] for action in item["actions"]):
            for action in item["actions"]:
                _add(found, item, action, cast, issuer)
    return found


def _add(found: list[dict[str, Any]], item: Mapping[str, Any], action: Mapping[str, Any], cast: Cast, issuer: str) -> None:
    text, folded, deadline = action["text"], fold(action["text"]), action["deadline"]
    dated = [entry for entry in found if "due_date" in entry]
    if deadline and dated and APPRAISES in folded:
        _appraise(dated[-1], _owner(item, cast, issuer), issuer, deadline["date"], folded)
        return
    if not deadline and not text[:1].islower():
        return  # a point of content, not a step
    waits = dated[-1:] if deadline or AFTERWARDS in folded else []
    partner = PARTNER.search(text) if SIGNS in folded and deadline else None
    entry = {
        "key": f"m{len(found) + 1}",
        "title": text[:LONGEST_TITLE],
        "content": text,
        "owner": _owner(item, cast, issuer),
        "appraiser": None,
        "approver": None,
        "process": "milestone_signing" if partner else "milestone",
        "due_date": deadline["date"] if deadline else None,
        "due_operator": deadline["operator"] if deadline else None,
        "appraise_due_date": None,
        "approve_due_date": None,
        "depends_on": [entry["key"] for entry in waits],
        "partner": partner[1].strip() if partner else None,
    }
    found.append({name: value for name, value in entry.items() if value is not None})


def _appraise(entry: dict[str, Any], appraiser: str, issuer: str, due: str, folded: str) -> None:
    entry |= {"appraiser": appraiser, "appraise_due_date": due}
    if SUBMITS_FOR_APPROVAL.search(folded):
        entry |= {"approver": issuer, "approve_due_date": due}


def _owner(item: Mapping[str, Any], cast: Cast, issuer: str) -> str:
    """Return the recipient that the item is addressed to; the issuer itself when none fits."""
    for addressee in map(fold, item["addressees"]):
        for group in cast.groups:
            if group.owner == issuer and (fold(group.name) in addressee or addressee in fold(group.name)):
                return group.members[0]
    return issuer
