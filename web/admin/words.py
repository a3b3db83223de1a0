"""What an administrator reads where the engine keeps a word of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import get_locale
from flask_babel import lazy_gettext as _

from web.language.sentences import vietnamese

LEVELS: Mapping[str, Any] = {
    "central": _("Central"),
    "province": _("Province"),
    "district": _("District"),
    "commune": _("Commune"),
    "grassroots": _("Grassroots"),
    "cell": _("Cell"),
}
LINES: Mapping[str, Any] = {"committee": _("Party committee"), "professional": _("Professional line"), "government": _("Government")}
ROLES: Mapping[str, Any] = {
    "leader": _("Leader"),
    "office_head": _("Office head"),
    "clerk": _("Clerk"),
    "specialist": _("Specialist"),
    "consolidator": _("Consolidator"),
    "standing_board": _("Standing board"),
    "auditor": _("Auditor"),
    "process_designer": _("Process designer"),
    "admin": _("Administrator"),
}
FREQUENCIES: Mapping[str, Any] = {"monthly": _("Monthly"), "quarterly": _("Quarterly"), "weekly": _("Weekly")}
WEEKDAYS: Mapping[int, Any] = {1: _("Monday"), 2: _("Tuesday"), 3: _("Wednesday"), 4: _("Thursday"), 5: _("Friday"), 6: _("Saturday"), 7: _("Sunday")}
DAY_KINDS: Mapping[str, Any] = {"off": _("Day off"), "swapped": _("Worked in exchange"), "": _("As its weekday says")}
AGGREGATIONS: Mapping[str, Any] = {"sum": _("Sum"), "max": _("Highest"), "last": _("Latest"), "text": _("In words")}
DIRECTIONS: Mapping[str, Any] = {"incoming": _("Incoming"), "outgoing": _("Outgoing")}
ACTIONS: Mapping[str, Any] = {"task.complete": _("Complete tasks"), "task.claim": _("Take tasks"), "process.start": _("Start processes")}
INCIDENTS: Mapping[str, Any] = {
    "operation": _("An automatic step"),
    "start": _("The start of a case"),
    "instance": _("A whole case"),
    "periods": _("Opening of reporting periods"),
    "migration": _("Change to another version"),
    "result": _("The result of an automatic step"),
    "message": _("A message to a case"),
    "signal": _("A signal to a case"),
    "timer": _("A timer"),
    "completion": _("What follows a task that was handed in"),
    "effect": _("An e-mail or webhook"),
}
RESOLUTIONS: Mapping[str, Any] = {
    "done": _("done after all"),
    "mended": _("mended"),
    "skipped": _("passed over"),
    "moved": _("token moved"),
    "withdrawn": _("withdrawn"),
    "resent": _("sent again"),
    "dropped": _("dropped"),
}
EFFECTS: Mapping[str, tuple[Any, str]] = {
    "open": (_("waits to be sent"), "watch"),
    "sending": (_("being sent"), "watch"),
    "unsure": (_("nobody knows whether it went out"), "bad"),
    "dead": (_("given up"), "bad"),
    "sent": (_("sent"), "good"),
    "dropped": (_("dropped"), "plain"),
}
SETTINGS: Mapping[str, tuple[Any, Any]] = {
    "before_is_strict": (_("“Before a day” ends on the day before"), _("How a due date is read that says “before 15/4”: yes means that 14/4 is the last day in time.")),
    "extensions_max": (_("Extensions of one assignment"), _("How often the due day of the same work may be extended.")),
    "deployment_needs_second_person": (_("A second person approves new processes"), _("Whoever deploys only proposes; another person decides.")),
    "migration_needs_second_person": (_("A second person approves a change of version"), _("Running cases change to a new version only after another person agrees.")),
    "repair_needs_second_person": (_("A second person approves repairs"), _("Retrying, passing over and moving a token wait for another person.")),
    "incident_retries": (_("Attempts of automatic work"), _("How often failed work is tried again by itself before an administrator has to act.")),
    "effect_attempts": (_("Attempts of an e-mail or webhook"), _("How often sending is tried before an administrator has to act.")),
    "email_after_lost_lease": (_("An e-mail of which nobody knows whether it went out"), _("Ask an administrator, or send it again at the risk that it arrives twice.")),
    "digest_begins": (_("From when on the morning mail is sent"), _("On working days, to whoever has an address: what is overdue, due today and new.")),
    "nightly_check": (_("From when on the history is checked each night"), _("A worker compares what is new with the keys and checkpoints that this installation keeps, and records the result.")),
}
CHECKS: Mapping[str, Any] = {"database": _("Database"), "schema": _("Schema of the database"), "worker": _("Worker"), "disk": _("Disk"), "seal": _("Seal of the history")}
HEALTH: Mapping[tuple[str, bool], Any] = {
    ("database", True): _("The database answers."),
    ("database", False): _("The database does not answer. Start its server, or make room on its disk."),
    ("schema", True): _("The tables are as this program wants them."),
    ("schema", False): _("The tables are of another version. Bring them to this one with `chidao db upgrade`."),
    ("worker", True): _("A worker has looked for work within the last minute."),
    ("worker", False): _("No worker looks for work. Start `chidao worker`, or `chidao serve` with its worker."),
    ("disk", True): _("There is room on the disk."),
    ("disk", False): _("There is little room on the disk. Make room before work is refused."),
    ("seal", True): _("Checkpoints of the history come to all their places."),
    ("seal", False): _("Checkpoints of the history are not made, or do not come to one of their places. See `chidao doctor`."),
}
QUEUES: Mapping[str, Any] = {
    "start": _("Cases to be started"),
    "message": _("Messages to be read"),
    "result": _("Results to be taken up"),
    "operation": _("Automatic steps"),
    "timer": _("Timers"),
    "effect": _("E-mails and webhooks"),
}
PROPOSALS: Mapping[str, Any] = {"deploy": _("New version of a process"), "migrate": _("Change of running cases to another version"), "repair": _("Repair of a case"), "withdraw": _("Process that begins no more cases, or begins them again")}
CHOICES: Mapping[str, Any] = {"unsure": _("Ask an administrator"), "again": _("Send it again"), "never": _("Never")}
ACTS: Mapping[str, Any] = {
    "organisation.created": _("entered an organisation"),
    "organisation.changed": _("changed an organisation"),
    "organisation.succeeded": _("recorded a merger"),
    "organisation.split": _("split an organisation"),
    "organisation.work_divided": _("divided the open work of a split"),
    "edge.added": _("added a line"),
    "edge.ended": _("ended a line"),
    "post.created": _("made a post"),
    "post.changed": _("changed a post"),
    "holding.begun": _("appointed somebody"),
    "holding.ended": _("ended an appointment"),
    "group.created": _("made a recipient group"),
    "group.member_added": _("changed the members of a group"),
    "group.member_removed": _("removed a member of a group"),
    "person.registered": _("registered a person"),
    "person.changed": _("corrected a person"),
    "person.left": _("handed over for somebody who leaves"),
    "account.opened": _("opened an account"),
    "account.disabled": _("closed an account"),
    "account.enabled": _("opened an account again"),
    "account.link_made": _("made a password link"),
    "account.password_reset": _("gave another password"),
    "calendar.day_changed": _("changed the calendar"),
    "office_hours.changed": _("changed the office hours"),
    "regime.changed": _("changed a due day"),
    "regime.ended": _("ended a due day of its own"),
    "setting.changed": _("changed a setting"),
    "indicator_set.kept": _("kept a set of indicators"),
    "indicator_set.retired": _("withdrew a set of indicators"),
    "register.opened": _("opened a register"),
    "register.term_begun": _("began a term"),
    "delegation.recorded": _("recorded a substitution"),
    "delegation.ended": _("ended a substitution"),
    "incident.retried": _("tried failed work again"),
    "element.skipped": _("passed over failed work"),
    "token.moved": _("moved a token"),
    "effect.resent": _("sent an effect again"),
    "effect.dropped": _("dropped an effect"),
}
TOUCHED: Mapping[str, Any] = {
    "cases": _("Running cases"),
    "tasks": _("Open tasks"),
    "receipts": _("Letters received and not finished"),
    "edges": _("Lines to other organisations"),
    "groups": _("Recipient groups that name it"),
    "obligation.organisation": _("Reports that it owes"),
    "obligation.superior": _("Reports that it is owed"),
    "report.organisation": _("Reports under way"),
    "submission.superior": _("Reports that wait for its answer"),
    "consolidation.organisation": _("Open consolidations"),
    "expected_report.organisation": _("Consolidations above that expect its report"),
    "assignment.organisation": _("Assignments"),
    "milestone.owner": _("Milestones that it delivers"),
    "milestone.appraiser": _("Milestones that it appraises"),
    "milestone.approver": _("Milestones that it approves"),
    "change_answer.organisation": _("Changes that it has to answer"),
    "difficulty.organisation": _("Difficulties that it raised"),
    "difficulty.superior": _("Difficulties that it answers"),
    "extension.organisation": _("Extensions that it asked for"),
    "extension.superior": _("Extensions that it decides"),
}


def told(message: str) -> str:
    """Return what the engine has written down, in the language of whoever is here where a catalogue knows it."""
    return (vietnamese(message) if str(get_locale() or "vi") == "vi" else None) or message


def of(kind: Mapping[Any, Any], word: Any) -> Any:
    """Return what people call a word of the engine; the word itself when it has no other name."""
    return kind.get(word, word)
