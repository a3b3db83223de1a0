"""What an auditor reads of an exception: its kind, and a sentence of what happened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext

from engine.audit.desk import rules
from engine.audit.desk.exceptions import Exceptions, Found
from engine.audit.desk.gaps import REVIEW, Gap
from web.audit.action_names import ACTIONS
from web.language.words import day

KINDS: Mapping[str, Any] = {
    rules.LATE: lazy_gettext("Late or overdue"),
    rules.EXTENDED: lazy_gettext("Extended after the deadline"),
    rules.RETURNED: lazy_gettext("Returned often"),
    rules.BOTH_SIDES: lazy_gettext("One person on both sides"),
    rules.SUBSTITUTION: lazy_gettext("Outside a substitution"),
    rules.BACKDATED: lazy_gettext("Backdated"),
    rules.ADMINISTRATION: lazy_gettext("Acts of administration"),
    rules.ERASED: lazy_gettext("Erased or disposed of"),
    rules.GAP: lazy_gettext("Not checked, not reviewed"),
    rules.CLOCK: lazy_gettext("Clock was set"),
    rules.DENIED: lazy_gettext("Not allowed"),
}
MEANINGS: Mapping[str, Any] = {
    rules.LATE: lazy_gettext("reports handed in after their day, work and milestones that were overdue"),
    rules.EXTENDED: lazy_gettext("due days that were moved, or asked to be moved, when they had passed"),
    rules.RETURNED: lazy_gettext("reports and milestones that were returned again and again"),
    rules.BOTH_SIDES: lazy_gettext("who drafted also approved, who asked also decided"),
    rules.SUBSTITUTION: lazy_gettext("done, or tried, for somebody before or after the days of the substitution"),
    rules.BACKDATED: lazy_gettext("a day was stated that lies before the one on which it was written down"),
    rules.ADMINISTRATION: lazy_gettext("what was done to the directory, accounts, settings, processes and stopped cases"),
    rules.ERASED: lazy_gettext("personal values whose key was destroyed, dossiers that were disposed of, holds that were lifted"),
    rules.GAP: lazy_gettext("more than two days without a check of the history, more than a month without a review"),
    rules.CLOCK: lazy_gettext("the server's clock jumped"),
    rules.DENIED: lazy_gettext("somebody tried what is not theirs"),
}
FIELDS: Mapping[str, Any] = {
    "arrival_date": lazy_gettext("day of arrival"),
    "entry_date": lazy_gettext("day of the entry"),
    "issued_date": lazy_gettext("day of issue"),
    "effective_at": lazy_gettext("day from which it is in force"),
    "valid_from": lazy_gettext("first day"),
    "valid_to": lazy_gettext("last day"),
    "occurred_at": lazy_gettext("day on which it happened"),
}
PAIRS: Mapping[str, Any] = {
    "author, approver": lazy_gettext("who drafts and who approves"),
    "requester, extender": lazy_gettext("who asks for more time and who grants it"),
    "disposer, approver": lazy_gettext("who withdraws and who approves it"),
    "proposal.made": lazy_gettext("who proposes and who approves"),
    "disposal.proposed": lazy_gettext("who proposes a disposal and who approves it"),
    "erasure.proposed": lazy_gettext("who proposes an erasure and who approves it"),
}
EXEMPTIONS: Mapping[str, Any] = {
    "single_holder": lazy_gettext("nobody else holds the role"),
    "represented": lazy_gettext("entered for a body without accounts"),
    "level:cell": lazy_gettext("a Party cell"),
}
LATE_WORDS: Mapping[str, Any] = {
    "report.submitted": lazy_gettext("handed the report in after its day"),
    "assignment.overdue": lazy_gettext("work not done by its day"),
    "milestone.late": lazy_gettext("milestone not reached by its day"),
}


def what(found: Found) -> str:
    """Return what happened, in a sentence without its subject."""
    teller = _TELLERS.get(found.kind)
    return str(teller(found)) if teller else str(KINDS[found.kind])


def about(found: Found, names: Exceptions) -> str:
    """Return what it was done to, by its name; nothing where it has none."""
    name = names.names.get(found.subject[1])
    return " · ".join(part for part in (name.text, name.beside) if part) if name else ""


def who(found: Found) -> str:
    """Return who did it."""
    if found.actor["type"] != "person":
        return str(_("the system"))
    return str(found.actor["name"] or "")


def gap(found: Gap) -> str:
    """Return what was not done, and for how long."""
    if found.what == REVIEW:
        return str(ngettext("%(num)d day without a review", "%(num)d days without a review", found.days))
    return str(ngettext("%(num)d day without a check of the history", "%(num)d days without a check of the history", found.days))


def _late(found: Found) -> Any:
    said = LATE_WORDS[found.action]
    return _("%(what)s (%(day)s)", what=said, day=day(found.told["due"])) if found.told.get("due") else said


def _extended(found: Found) -> Any:
    days = {"old": day(found.told["old"]), "new": day(found.told["new"])}
    return _("asked late to move the day from %(old)s to %(new)s", **days) if found.told["asked"] else _("moved the day, which had passed, from %(old)s to %(new)s", **days)


def _returned(found: Found) -> Any:
    return ngettext("returned %(num)d time", "returned %(num)d times", found.told["times"])


def _both_sides(found: Found) -> Any:
    if "exempted" in found.told:
        pair, _colon, why = str(found.told["exempted"]).partition(": ")
        return _("both sides: %(pair)s. Exempted: %(why)s", pair=PAIRS.get(pair, pair), why=EXEMPTIONS.get(why, why))
    pair = PAIRS.get(found.told["rule"], found.told["rule"])
    return _("both sides: %(pair)s. Nothing exempts it; the earlier act is record %(record)d", pair=pair, record=found.told["earlier"])


def _substitution(found: Found) -> Any:
    if found.told.get("tried"):
        return _("tried to act outside the days of a substitution; it was refused")
    days = {"since": day(found.told["from"]), "until": day(found.told["to"])}
    return _("acted for %(name)s outside the substitution of %(since)s to %(until)s", name=found.told["for"], **days)


def _backdated(found: Found) -> Any:
    return _("stated %(day)s as the %(field)s", day=day(found.told["stated"]), field=FIELDS[found.told["field"]])


def _act(found: Found) -> Any:
    return ACTIONS.get(found.action, found.action)


def _clock(found: Found) -> Any:
    seconds = round(abs(int(found.told.get("offset_ms") or 0)) / 1000)
    forth = int(found.told.get("offset_ms") or 0) > 0
    return _("set forward by %(seconds)d s", seconds=seconds) if forth else _("set back by %(seconds)d s", seconds=seconds)


def _denied(_found: Found) -> Any:
    return _("tried what is not allowed; it was refused")


_TELLERS: Mapping[str, Any] = {
    rules.LATE: _late,
    rules.EXTENDED: _extended,
    rules.RETURNED: _returned,
    rules.BOTH_SIDES: _both_sides,
    rules.SUBSTITUTION: _substitution,
    rules.BACKDATED: _backdated,
    rules.ADMINISTRATION: _act,
    rules.ERASED: _act,
    rules.CLOCK: _clock,
    rules.DENIED: _denied,
}
