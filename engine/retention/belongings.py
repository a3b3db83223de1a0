"""What belongs to a directive with all below it, table by table: whose rows go with it when it is disposed of, and whose stay, and why.

Every table of the schema stands in one of the two lists. Reports answer several directives: of a report goes what it says of this one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Column, ColumnElement, Select, Table, or_, select

from engine.storage import schema
from engine.storage.schema import directive, metadata, report_section

Way = tuple[Column[Any], Table]  # a field, and the table whose disposed rows it names

GO: Mapping[str, tuple[Way, ...]] = {  # a row goes when one of its ways leads to one that goes, or to a directive of the cascade
    "instance": ((schema.instance.c.directive, directive),),
    "user_task": ((schema.user_task.c.instance, schema.instance),),
    "handed_on": ((schema.handed_on.c.task, schema.user_task),),
    "comment": ((schema.comment.c.instance, schema.instance),),
    "snooze": ((schema.snooze.c.task, schema.user_task),),
    "timer": ((schema.timer.c.instance, schema.instance),),
    "subscription": ((schema.subscription.c.instance, schema.instance),),
    "inbox": ((schema.inbox.c.instance, schema.instance),),
    "operation": ((schema.operation.c.instance, schema.instance),),
    "incident": ((schema.incident.c.instance, schema.instance),),
    "effect": ((schema.effect.c.instance, schema.instance),),
    "migration_refusal": ((schema.migration_refusal.c.instance, schema.instance),),
    "citation": ((schema.citation.c.directive, directive),),
    "directive_attachment": ((schema.directive_attachment.c.directive, directive),),
    "signed_file": ((schema.signed_file.c.directive, directive),),
    "external_figure": ((schema.external_figure.c.directive, directive),),
    "dispatch": ((schema.dispatch.c.directive, directive),),
    "receipt_source": ((schema.receipt_source.c.directive, directive),),
    "directive_item": ((schema.directive_item.c.directive, directive),),
    "assignment": ((schema.assignment.c.directive, directive),),
    "assignment_support": ((schema.assignment_support.c.assignment, schema.assignment),),
    "activity": ((schema.activity.c.assignment, schema.assignment),),
    "indicator": ((schema.indicator.c.directive, directive),),
    "obligation": ((schema.obligation.c.directive, directive),),
    "reminder": ((schema.reminder.c.directive, directive), (schema.reminder.c.instance, schema.instance)),
    "milestone": ((schema.milestone.c.directive, directive),),
    "milestone_dependency": ((schema.milestone_dependency.c.milestone, schema.milestone), (schema.milestone_dependency.c.depends_on, schema.milestone)),
    "milestone_version": ((schema.milestone_version.c.milestone, schema.milestone),),
    "change_request": ((schema.change_request.c.directive, directive),),
    "change_answer": ((schema.change_answer.c.change_request, schema.change_request),),
    "difficulty": ((schema.difficulty.c.directive, directive),),
    "extension": ((schema.extension.c.directive, directive),),
    "opened_section": ((schema.opened_section.c.obligation, schema.obligation),),
    "report_section": ((report_section.c.directive, directive),),
    "report_figure": ((schema.report_figure.c.report_section, report_section),),
    "consolidation_total": ((schema.consolidation_total.c.directive, directive),),
    "consolidation_source": (
        (schema.consolidation_source.c.consolidation_total, schema.consolidation_total),
        (schema.consolidation_source.c.report_figure, schema.report_figure),
    ),
    "figure_source": (
        (schema.figure_source.c.report_figure, schema.report_figure),
        (schema.figure_source.c.consolidation_total, schema.consolidation_total),
    ),
    "sealed_value": ((schema.sealed_value.c.directive, directive),),
    "search_text": ((schema.search_text.c.directive, directive),),
}
STAY: Mapping[str, str] = {
    **dict.fromkeys(("organisation", "organisation_edge", "succession", "person", "post", "post_role", "holding"), "the directory"),
    **dict.fromkeys(("recipient_group", "recipient_group_member"), "the directory"),
    **dict.fromkeys(("permission", "separation", "setting", "calendar_day", "office_hours", "reporting_regime", "committee_term"), "rules"),
    **dict.fromkeys(("account", "sign_in", "sign_in_failure", "password_link", "identity", "mail_choice", "access_token"), "who may sign in"),
    **dict.fromkeys(("command", "carried_input", "saved_filter", "worker"), "ids, or what one person types or keeps: nothing of a directive's content"),
    "draft": "those of its tasks go by their place, which is text",
    **dict.fromkeys(("history_record", "history_stream"), "the bodies go and stubs stay: removal.py"),
    **dict.fromkeys(("history_head", "stream_head", "checkpoint", "checkpoint_place"), "proofs"),
    **dict.fromkeys(("definition_file", "definition_version", "definition_start", "definition_part", "process_withdrawal"), "processes, of all directives"),
    **dict.fromkeys(("design", "design_file", "element_remark", "trial_scenario", "proposal", "migration"), "processes, of all directives"),
    "directive": "number, code and date stay; the subject is withheld",
    "document": "goes when nothing else refers to it: removal.py",
    **dict.fromkeys(("register_book", "register_entry"), "the register stays; of an entry number, date and code"),
    **dict.fromkeys(("indicator_set", "indicator_set_row"), "offered for new directives"),
    **dict.fromkeys(("report", "report_revision", "submission", "expected_report"), "a report answers several directives: what it says of this one goes"),
    **dict.fromkeys(("consolidation", "consolidation_revision"), "as reports"),
    **dict.fromkeys(("retention_class", "retention_rule", "retention_hold", "disposal", "erasure"), "what was decided about keeping"),
    **dict.fromkeys(("search_mark", "element_count"), "counts, nothing of a directive"),
}


def of_cascade(root: str) -> ColumnElement[bool]:
    """Return the condition that a directive belongs to the cascade of a root."""
    return directive.c.root == root


def going(table: Table, root: str) -> ColumnElement[bool]:
    """Return the condition that a row of a table goes with the cascade."""
    return or_(*(field.in_(_keys(target, field, root)) for field, target in GO[table.name]))


def _keys(target: Table, field: Column[Any], root: str) -> Select[Any]:
    (reference,) = [each.column for each in field.foreign_keys if each.column.table is target] or [target.c.id]
    return select(reference).where(of_cascade(root) if target is directive else going(target, root))


def last_first() -> Iterator[Table]:
    """Yield the tables whose rows go, those first that refer to others."""
    yield from (table for table in reversed(metadata.sorted_tables) if table.name in GO)


def loose_ends() -> Iterator[tuple[Table, Column[Any], Table]]:
    """Yield the fields of rows that may stay while the row that they name goes: they may be empty, and become so."""
    for table in metadata.sorted_tables:
        for field in table.columns:
            for reference in field.foreign_keys:
                target = reference.column.table
                if target.name in GO and field.nullable and (field, target) not in GO.get(table.name, ()):
                    yield table, field, target
