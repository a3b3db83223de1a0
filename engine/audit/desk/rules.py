"""What makes a record an exception that an auditor looks at (AUDIT.md 6.5): one rule a kind, each over a sealed record alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from engine.history.owed import WHY
from engine.kernel.clock import from_stamp, local_date

LATE, EXTENDED, RETURNED, BOTH_SIDES, SUBSTITUTION = "late", "extended", "returned", "both_sides", "substitution"
BACKDATED, ADMINISTRATION, ERASED, GAP, CLOCK, DENIED = "backdated", "administration", "erased", "gap", "clock", "denied"
KINDS = (LATE, EXTENDED, RETURNED, BOTH_SIDES, SUBSTITUTION, BACKDATED, ADMINISTRATION, ERASED, GAP, CLOCK, DENIED)

Sealed = Mapping[str, Any]
Told = dict[str, Any]  # what the sentence about an exception says beside what every record tells
RETURNS = ("report.returned", "milestone.returned")
MOVED = ("assignment.due_changed", "obligation.due_changed", "milestone.due_changed")
DUE = frozenset({"due_at", "due_date", "last_day"})
ASKED_LATE = "extension.requested"
BY_THEMSELVES_LATE = ("assignment.overdue", "milestone.late")
HANDED_IN = "report.submitted"
STATED = frozenset({"arrival_date", "entry_date", "issued_date", "effective_at", "valid_from", "valid_to"})  # a day that somebody says
OUTSIDE_SUBSTITUTION = " an act within the substitution K/T "  # what the refusal says (directory/substitution.py)
ERASING = ("value.erased", "directive.disposed", "hold.lifted")
ADMINISTRATIVE = (
    *(action for action in WHY["admin act"] if action not in {"proposal.made", *ERASING}),
    *("account.opened", "account.link_made", "account.password_reset", "directory.imported", "going_live.imported", "instance.ended_by_decision"),
    *("instance.handed_over", "key.renewed", "key.replaced", "organisation.succeeded", "permission.changed", "register.opened", "register.term_begun"),
)
STEPPED = "clock.stepped"
STATES_DAYS = ("document.registered", "organisation.created", "register.entered", "directive.issued", "holding.begun", "holding.ended", "edge.added", "edge.ended", "delegation.recorded", "delegation.ended")
ACTIONS = frozenset({*RETURNS, *MOVED, ASKED_LATE, *BY_THEMSELVES_LATE, HANDED_IN, *ADMINISTRATIVE, *ERASING, STEPPED, *STATES_DAYS})


def kinds_of(sealed: Sealed) -> dict[str, Told]:
    """Return the kinds of exception that a record is, each with what there is to say of it."""
    if sealed["outcome"] == "denied":
        return {SUBSTITUTION: {"tried": True}} if OUTSIDE_SUBSTITUTION in _said(sealed) else {DENIED: {}}
    if sealed["outcome"] != "done":
        return {}
    found = ((kind, rule(sealed)) for kind, rule in _RULES.items())
    return {kind: told for kind, told in found if told is not None}


def changes_of(sealed: Sealed) -> dict[str, Sealed]:
    """Return what a record changed, by field."""
    return {each["field"]: each for each in sealed["changes"]}


def day_of(sealed: Sealed) -> date:
    """Return the day on which a record was made."""
    return local_date(from_stamp(sealed["recorded_at"]))


def _late(sealed: Sealed) -> Told | None:
    changes = changes_of(sealed)
    if sealed["action"] in BY_THEMSELVES_LATE:
        return {"due": _new(changes, "last_day")}
    return {} if sealed["action"] == HANDED_IN and _new(changes, "late") else None


def _extended(sealed: Sealed) -> Told | None:
    """A due date that was moved, or asked to be moved, when it had passed (DOMAIN.md 2.7)."""
    changes, today = changes_of(sealed), day_of(sealed).isoformat()
    if sealed["action"] == ASKED_LATE and _new(changes, "late"):
        return {"old": _new(changes, "old_due"), "new": _new(changes, "new_due"), "asked": True}
    if sealed["action"] not in MOVED:
        return None
    moved = next((changes[name] for name in sorted(DUE & changes.keys())), None)
    if moved is None or not moved["old"] or str(moved["old"])[:10] >= today:
        return None
    return {"old": str(moved["old"])[:10], "new": str(moved["new"])[:10], "asked": False}


def _returned(sealed: Sealed) -> Told | None:
    return {} if sealed["action"] in RETURNS else None


def _both_sides(sealed: Sealed) -> Told | None:
    """An act that the separation of duties forbids, and that was let through by an exemption (DOMAIN.md 2.12)."""
    exempted = changes_of(sealed).get("exempted")
    return {"exempted": exempted["new"]} if exempted and exempted["new"] else None


def _substitution(sealed: Sealed) -> Told | None:
    given = sealed["delegation"]
    if not given or given["valid_from"] <= day_of(sealed).isoformat() <= (given["valid_to"] or "9999"):
        return None
    return {"from": given["valid_from"], "to": given["valid_to"], "for": given["for"]["name"]}


def _backdated(sealed: Sealed) -> Told | None:
    """A day that was stated and lies before the one on which it was written down."""
    today = day_of(sealed)
    if sealed["occurred_source"] != "now" and local_date(from_stamp(sealed["occurred_at"])) < today:
        return {"field": "occurred_at", "stated": local_date(from_stamp(sealed["occurred_at"])).isoformat()}
    if sealed["action"] not in STATES_DAYS:
        return None
    stated = {name: str(each["new"])[:10] for name, each in changes_of(sealed).items() if name in STATED and each["new"]}
    early = sorted((day, name) for name, day in stated.items() if day < today.isoformat())
    return {"field": early[0][1], "stated": early[0][0]} if early else None


def _administration(sealed: Sealed) -> Told | None:
    return {} if sealed["action"] in ADMINISTRATIVE else None


def _erased(sealed: Sealed) -> Told | None:
    return {} if sealed["action"] in ERASING else None


def _clock(sealed: Sealed) -> Told | None:
    if sealed["action"] != STEPPED:
        return None
    return {name: each["new"] for name, each in changes_of(sealed).items()}


def _new(changes: Mapping[str, Sealed], name: str) -> Any:
    return changes[name]["new"] if name in changes else None


def _said(sealed: Sealed) -> str:
    return str((sealed["reason"] or {}).get("text", ""))


_RULES: Mapping[str, Callable[[Sealed], Told | None]] = {
    LATE: _late,
    EXTENDED: _extended,
    RETURNED: _returned,
    BOTH_SIDES: _both_sides,
    SUBSTITUTION: _substitution,
    BACKDATED: _backdated,
    ADMINISTRATION: _administration,
    ERASED: _erased,
    CLOCK: _clock,
}
