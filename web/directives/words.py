"""How the states of directives, receipts and changes are called."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _
from markupsafe import Markup

from web.language.words import day, due_in_words, state, the_calendar, today

RECEIPTS: Mapping[str, tuple[Any, str]] = {  # exchange codes (DOMAIN.md 2.10)
    "00": (_("sent"), "plain"),
    "01": (_("delivered"), "plain"),
    "02": (_("sent back"), "bad"),
    "03": (_("registered"), "watch"),
    "04": (_("assigned"), "plain"),
    "05": (_("being carried out"), "plain"),
    "06": (_("completed"), "good"),
    "13": (_("recall requested"), "watch"),
    "15": (_("change agreed"), "plain"),
    "16": (_("change refused"), "watch"),
}
STANDINGS: Mapping[str, tuple[Any, str]] = {
    "issued": (_("in force"), "plain"),
    "closed": (_("follow-up ended"), "good"),
    "recalled": (_("recalled"), "bad"),
    "replaced": (_("replaced"), "watch"),
}
CHANGES: Mapping[str, Any] = {"recall": _("Recall"), "amend": _("Amendment"), "replace": _("Replacement"), "correct": _("Correction of form")}
WORK: Mapping[str, tuple[Any, str]] = {
    "assigned": (_("assigned"), "plain"),
    "active": (_("being carried out"), "plain"),
    "overdue": (_("overdue"), "bad"),
    "done": (_("done"), "good"),
    "withdrawn": (_("withdrawn"), "plain"),
}
DIFFICULTIES: Mapping[str, tuple[Any, str]] = {
    "open": (_("waiting for an answer"), "watch"),
    "escalated": (_("handed to the superior"), "watch"),
    "answered": (_("answered"), "good"),
}
EXTENSIONS: Mapping[str, tuple[Any, str]] = {"granted": (_("granted"), "good"), "refused": (_("refused"), "bad")}
MILESTONES: Mapping[str, tuple[Any, str]] = {
    "waiting": (_("waits for an earlier one"), "plain"),
    "open": (_("being carried out"), "plain"),
    "submitted": (_("being appraised"), "plain"),
    "accepted": (_("appraised"), "plain"),
    "proposed": (_("waiting for approval"), "plain"),
    "approved": (_("approved"), "good"),
    "reached": (_("reached"), "good"),
    "rejected": (_("rejected"), "bad"),
    "cancelled": (_("cancelled"), "plain"),
}
LINKS: Mapping[str, Any] = {
    "parent": _("Carries out"),
    "follows_up": _("Recalls to mind"),
    "attached": _("Sent along"),
    "followed_by": _("Recalled to mind by"),
    "child": _("Handed down by"),
}
RELATIONS: Mapping[str, Any] = {
    "implements": _("carries out"),
    "based_on": _("rests on"),
    "follows_up": _("recalls to mind"),
    "attaches": _("sent along"),
    "refers_to": _("refers to"),
    "replaces": _("replaces"),
}
CHANNELS: Mapping[str, Any] = {"paper": _("on paper"), "email": _("by e-mail"), "axis": _("by the exchange axis"), "internal": _("inside this system")}
FREQUENCIES: Mapping[str, Any] = {
    "none": _("no report"),
    "weekly": _("every week"),
    "monthly": _("every month"),
    "quarterly": _("every quarter"),
    "once": _("once, at the end"),
}
OPERATORS: Mapping[str, Any] = {"before": _("before the day"), "by": _("on the day at the latest"), "on": _("on the day"), "within": _("within the day")}
LEVELS: Mapping[int, Any] = {1: _("notice"), 2: _("in writing"), 3: _("leader to leader")}
SECRECY: Mapping[str, Any] = {"normal": _("not classified"), "confidential": _("confidential"), "secret": _("secret"), "top_secret": _("top secret")}


def receipt(code: str | None) -> Markup:
    """Show an exchange status in words."""
    return _shown(RECEIPTS, code)


def standing(status: str) -> Markup:
    """Show how a directive stands in words."""
    return _shown(STANDINGS, status)


def _shown(known: Mapping[str, tuple[Any, str]], word: str | None) -> Markup:
    if word is None:
        return Markup("")
    said, kind = known.get(word, (word, "plain"))
    return state(said, kind)


def shown(kind: str, word: str | None) -> Markup:
    """Show a state of one of the other kinds: work, difficulty, extension, milestone."""
    kinds = {"work": WORK, "difficulty": DIFFICULTIES, "extension": EXTENSIONS, "milestone": MILESTONES}
    return _shown(kinds[kind], word)


def last_day(value: str | None) -> Markup:
    """Show a last day (ISO): the day, and beside it how far it is."""
    if not value:
        return Markup("")
    found = due_in_words(date.fromisoformat(value[:10]), today(), the_calendar())
    return Markup('<time datetime="{}">{}</time> <span class="state state-{}">{}</span>').format(value[:10], day(found.day), found.state, found.words)
