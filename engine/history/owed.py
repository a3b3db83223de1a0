"""What a command owes the history: a record for every change, and for some actions the reason. Whoever forgets it changes nothing.

The transaction asks before it is sealed, so that no handler, present or future, can commit a change without its record (AUDIT.md 9.10).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.history.record import Fact
from engine.storage.written import Noticed

SILENT: Mapping[str, str] = {  # tables that may be written without a record, and why nobody misses it
    "command": "the answer under the key of a command, for whoever sends it again",
    "draft": "what somebody is typing and has not handed in",
    "carried_input": "what somebody had typed when the session ended, for the same person",
    "snooze": "what somebody does not want to see today",
    "sign_in": "when a session was last seen; that it began and ended is recorded",
    "sign_in_failure": "digests for the rate limit, forgotten after minutes; the failure itself is recorded",
    "search_text": "made from other rows and the history; it can be thrown away",
    "search_mark": "as search_text",
    "element_count": "as search_text",
    "design": "when its files were changed last; that it began, was proposed, deployed or given up is recorded",
    "design_file": "what a designer is changing, kept as it is typed; what becomes of it is proposed and deployed with its digests",
    "effect": "a worker takes a piece of work; that it is asked for, sent, or fails is recorded",
}

WHY: Mapping[str, tuple[str, ...]] = {  # which records owe a reason, by the words of AUDIT.md 4
    "return": ("report.returned", "milestone.returned", "milestone.rejected", "directive.refused", "refusal.answered"),
    "reassign": (
        *("assignment.reassigned", "instance.handed_over", "organisation.succeeded"),
        *("task.assigned", "task.reassigned", "task.released"),
    ),
    "extend": ("extension.requested", "assignment.due_changed", "milestone.due_changed", "obligation.due_changed"),
    "cancel": (
        *("directive.closed", "directive.recalled", "directive.replaced", "instance.ended_by_decision"),
        *("milestone.cancelled", "register.voided"),
    ),
    "waive": ("consolidation.excused", "report.went_on"),
    "disposal": (
        *("hold.set", "hold.lifted", "retention.changed", "disposal.proposed", "disposal.refused", "directive.disposed"),
        *("erasure.proposed", "erasure.refused", "value.erased"),
    ),
    "correct": ("consolidation.kept", "consolidation.overridden", "directive.amended", "directive.corrected"),
    "admin act": (
        *("account.disabled", "account.enabled", "calendar.day_changed", "database.restored", "delegation.ended", "delegation.recorded"),
        *("edge.added", "edge.ended", "effect.dropped", "effect.resent", "element.skipped", "incident.retried", "instance.migrated"),
        *("group.created", "group.member_added", "group.member_removed", "holding.begun", "holding.ended", "indicator_set.kept"),
        *("indicator_set.retired", "migration.started", "organisation.changed", "organisation.created", "organisation.split"),
        *("person.changed", "person.left", "person.registered", "post.changed", "post.created", "office_hours.changed", "process.deployed", "process.resumed", "process.withdrawn", "proposal.made"),
        *("regime.changed", "regime.ended", "setting.changed", "token.moved"),
    ),
}
OWES_A_REASON = frozenset(action for actions in WHY.values() for action in actions)


def hold_to_account(facts: Sequence[Fact], noticed: Noticed) -> None:
    """Raise RuntimeError when a change has no record, or a record not the reason that it owes."""
    for fact in facts:
        if fact.outcome == "done" and fact.action in OWES_A_REASON and not (fact.reason or {}).get("text", "").strip():
            raise RuntimeError(f"Expected the reason with the record {fact.action}, but found none. Ask for it, and record it.")
    changed = sorted(noticed.tables - SILENT.keys())
    if changed and not facts:
        raise RuntimeError(f"Expected a record of what was done to {', '.join(changed)}, but the command has told nothing. Record a fact.")
