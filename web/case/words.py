"""What people read of a case: fields of a letter, kinds of elements, and the history in sentences."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from engine.audit.case_page import Entry
from web.language.sentences import ROLES
from web.language.shipped import said
from web.language.words import day

FIELDS: Mapping[str, Any] = {
    "code": lazy_gettext("Number and symbol"),
    "date": lazy_gettext("Date of the letter"),
    "issuer": lazy_gettext("Who writes"),
    "superior": lazy_gettext("Superior of the writer"),
    "subject": lazy_gettext("Subject"),
    "recipients": lazy_gettext("To whom"),
    "items": lazy_gettext("What is asked"),
    "reporting": lazy_gettext("What is to be reported"),
    "contact": lazy_gettext("Contact for difficulties"),
    "signer": lazy_gettext("Signed by"),
}
RELATIONS: Mapping[str, Any] = {
    "attached": lazy_gettext("attached to this letter"),
    "attaches": lazy_gettext("this letter hands it down"),
    "implements": lazy_gettext("this letter implements it"),
    "based_on": lazy_gettext("this letter is based on it"),
    "follows_up": lazy_gettext("this letter follows it up"),
    "refers_to": lazy_gettext("this letter refers to it"),
}
KINDS: Mapping[str, Any] = {
    "userTask": lazy_gettext("task of a person"),
    "manualTask": lazy_gettext("task of a person"),
    "serviceTask": lazy_gettext("done by the system"),
    "scriptTask": lazy_gettext("done by the system"),
    "sendTask": lazy_gettext("done by the system"),
    "businessRuleTask": lazy_gettext("decision table"),
    "callActivity": lazy_gettext("diagram of its own"),
    "subProcess": lazy_gettext("part of the diagram"),
    "startEvent": lazy_gettext("beginning"),
    "endEvent": lazy_gettext("end"),
    "boundaryEvent": lazy_gettext("event"),
    "intermediateCatchEvent": lazy_gettext("waiting"),
    "receiveTask": lazy_gettext("waiting"),
    "intermediateThrowEvent": lazy_gettext("message sent"),
}
WAITING: Mapping[str, Any] = {
    "timer": lazy_gettext("waits for a day"),
    "message": lazy_gettext("waits for an answer from elsewhere"),
    "operation": lazy_gettext("the system is at work"),
    "incident": lazy_gettext("has stopped; an administrator is to look at it"),
}
ROLE_NAMES: Mapping[str, Any] = {
    "leader": lazy_gettext("the leader"),
    "clerk": lazy_gettext("the clerk"),
    "consolidator": lazy_gettext("the consolidator"),
    "specialist": lazy_gettext("the specialist"),
    "office_head": lazy_gettext("the head of the office"),
    "standing_board": lazy_gettext("the standing board"),
}
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SENTENCES: Mapping[str, Any] = {
    "instance.started": lazy_gettext("began this case"),
    "instance.ended_by_decision": lazy_gettext("ended this case by decision"),
    "instance.migrated": lazy_gettext("brought this case to a new version of its diagram"),
    "instance.handed_over": lazy_gettext("handed this case over to another office"),
    "task.completed": lazy_gettext("completed the task"),
    "task.claimed": lazy_gettext("took the task"),
    "task.released": lazy_gettext("gave the task back to the unit"),
    "task.assigned": lazy_gettext("gave the task to a colleague"),
    "task.cancelled": lazy_gettext("withdrew the task"),
    "choice.made": lazy_gettext("chose the way"),
    "comment.written": lazy_gettext("wrote a comment"),
    "document.registered": lazy_gettext("entered the letter in the register"),
    "document.received": lazy_gettext("kept a file"),
    "dispatch.status_changed": lazy_gettext("noted how the letter stands at this office"),
    "assignment.created": lazy_gettext("gave the work to whoever is responsible"),
    "assignment.updated": lazy_gettext("noted how the work stands"),
    "assignment.overdue": lazy_gettext("found the work overdue and told the leader"),
    "assignment.reassigned": lazy_gettext("gave the work to somebody else"),
    "directive.issued": lazy_gettext("issued a letter"),
    "directive.closed": lazy_gettext("ended the following up of the letter"),
    "directive.answered": lazy_gettext("answered the letter"),
    "reminder.sent": lazy_gettext("sent a reminder"),
    "urge.sent": lazy_gettext("urged in writing"),
    "urge.answered": lazy_gettext("answered the urging"),
    "report.opened": lazy_gettext("opened the report of the period"),
    "report.submitted": lazy_gettext("submitted the report"),
    "report.accepted": lazy_gettext("accepted the report"),
    "report.returned": lazy_gettext("returned the report"),
    "report.sections_added": lazy_gettext("took letters that came later into the report"),
    "report.went_on": lazy_gettext("sent the report on without the figures from below"),
    "consolidation.opened": lazy_gettext("opened the consolidation"),
    "consolidation.closed": lazy_gettext("closed the consolidation"),
    "difficulty.raised": lazy_gettext("raised a difficulty"),
    "difficulty.answered": lazy_gettext("answered the difficulty"),
    "milestone.submitted": lazy_gettext("handed in the milestone"),
    "milestone.accepted": lazy_gettext("accepted the milestone"),
    "milestone.proposed": lazy_gettext("proposed the milestone for approval"),
    "milestone.approved": lazy_gettext("approved the milestone"),
    "milestone.reached": lazy_gettext("noted that the milestone is reached"),
    "milestone.partner_answered": lazy_gettext("noted the answer of the partner"),
    "incident.raised": lazy_gettext("stopped here: the work could not be done"),
    "incident.repeated": lazy_gettext("tried again, without success"),
    "incident.retried": lazy_gettext("had the work tried again"),
    "incident.resolved": lazy_gettext("resolved the incident"),
    "element.skipped": lazy_gettext("skipped the step"),
    "token.moved": lazy_gettext("moved the case to another step by hand"),
}


def field(name: str) -> str:
    """Return what a field of a letter is called."""
    return str(FIELDS.get(name, name))


def relation(name: str) -> str:
    """Return how a letter stands to one that it names."""
    return str(RELATIONS.get(name, name))


def kind(name: str) -> str:
    """Return what an element of a diagram is."""
    return str(KINDS.get(name, _("step")))


def waiting(name: str) -> str:
    """Return what a case waits for that waits for no person."""
    return str(WAITING.get(name, ""))


def role(name: str | None) -> str:
    """Return whose lane a task lies in."""
    return str(ROLE_NAMES.get(name or "", name or ""))


def shown(field_name: str, text: str) -> str:
    """Return a value that was read, as people write it."""
    return day(text) if field_name == "date" else text


def who(entry: Entry) -> str:
    """Return who did it, in which post, and for whom."""
    if not entry.who:
        return str(_("The system"))
    post = ", ".join(part for part in (entry.title, entry.unit) if part)
    name = f"{entry.who} ({post})" if post else entry.who
    return str(_("%(name)s, for %(absent)s,", name=name, absent=entry.absent)) if entry.absent else name


def did(entry: Entry) -> str:
    """Return what was done, with the step at which it was done."""
    what = str(_SENTENCES.get(entry.action) or _("recorded “%(action)s”", action=entry.action))
    if entry.outcome in ("refused", "denied"):
        what = str(_("tried, and was refused: %(what)s", what=what))
    return f"{what} “{said(entry.name)}”" if entry.name else what


def told(value: Any) -> str:
    """Return what was written or chosen."""
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    text = str(value)
    return day(text) if _DAY.fullmatch(text) else ROLES.get(text, text)
