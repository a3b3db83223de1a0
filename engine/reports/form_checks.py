"""What no form's schema can know, said to the person who hands it in: whose section, which figures, which period.

Each check is given the reading, the task and the filled form, and raises InvalidInput or Refused.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Row, select

from engine.history.transaction import Reading
from engine.kernel.errors import InvalidInput, Refused
from engine.kernel.periods import label
from engine.reports.correct import correctable, sections_of
from engine.reports.indicators import RATIO, TEXT
from engine.reports.review import next_period_owed
from engine.reports.sections import ELSEWHERE, NIL, Content, indicators_of, owed_by
from engine.storage.schema import consolidation, consolidation_total, report, report_section

Check = Callable[[Reading, Row[Any], dict[str, Any]], None]


def check_section(reading: Reading, task: Row[Any], form: dict[str, Any]) -> None:
    """F10: the section that is being written."""
    check_content(reading.connection, task.organisation, json.loads(task.context)["section"], form)


def check_content(connection: Connection, unit: str, obligation_id: str, content: Content) -> None:
    """Check one section: whose it is, and that its figures are those that the directive asks for."""
    owed = owed_by(connection, unit, obligation_id)
    if content["assessment"] == ELSEWHERE:
        _check_elsewhere(connection, unit, owed, content)
        return
    given, known = content.get("indicators", {}), {entry.key: entry for entry in indicators_of(connection, owed.directive)}
    unknown = sorted(given.keys() - known.keys())
    if unknown:
        labels = ", ".join(f"{entry.label} ({key})" for key, entry in known.items()) or "none"
        raise InvalidInput(f"Expected only the indicators of {owed.code}: {labels}, but found {', '.join(unknown)}. Leave them out.")
    for key, value in given.items():
        _check_value(owed.code, known[key], value)
    if content["assessment"] != NIL:
        _check_required(owed.code, known, given)


def _check_elsewhere(connection: Connection, unit: str, owed: Row[Any], content: Content) -> None:
    """One section may answer two directives on the same matter; its figures are counted once (DOMAIN.md E2)."""
    other = owed_by(connection, unit, content["same_as"])
    if other.id == owed.id:
        raise InvalidInput(f"Expected another section that answers {owed.code} too, but found this very one. Choose the other.")


def _check_value(code: str, entry: Row[Any], value: Any) -> None:
    if entry.aggregation == RATIO:
        raise InvalidInput(f"Expected no figure for {entry.label!r} of {code}, which is computed from its parts, but found {value!r}. Leave it out.")
    wanted = str if entry.aggregation == TEXT else int
    if not isinstance(value, wanted) or isinstance(value, bool):
        kind = "words" if wanted is str else "a whole number"
        raise InvalidInput(f"Expected {kind} for {entry.label!r} of {code}, but found {value!r}. Write {kind}.")


def _check_required(code: str, known: dict[str, Row[Any]], given: dict[str, Any]) -> None:
    missing = [
        f"{entry.label} ({key})"
        for key, entry in known.items()
        if entry.required and entry.aggregation != RATIO and given.get(key) in (None, "")
    ]
    if missing:
        raise InvalidInput(
            f"Expected the required figures of {code}, but these are missing: {', '.join(missing)}. "
            "Write 0 where there was nothing, or report the section as nil with its reason."
        )


def check_revision(reading: Reading, task: Row[Any], form: dict[str, Any]) -> None:
    """A returned report is mended in its own sections."""
    connection, context = reading.connection, json.loads(task.context)
    listed = select(report_section.c.obligation).where(report_section.c.report == context["report"]).distinct()
    known = set(connection.execute(listed).scalars())
    for entry in form["sections"]:
        check_content(connection, task.organisation, entry["section"], entry)
        if entry["section"] not in known:
            code = owed_by(connection, task.organisation, entry["section"]).code
            raise InvalidInput(f"Expected a section of this report, but found that on {code}, which it does not have. Write it in its own report.")


def check_correction(reading: Reading, task: Row[Any], form: dict[str, Any]) -> None:
    """F10 again: which report is corrected, and in which of its sections."""
    connection, context = reading.connection, json.loads(task.context)
    row = correctable(connection, task.organisation, task.directive, context, form)
    for obligation_id, content in sections_of(connection, task.organisation, task.directive, form).items():
        check_content(connection, task.organisation, obligation_id, content)
        covered = select(report_section.c.id).where(report_section.c.report == row.id, report_section.c.revision == row.revision)
        if not connection.execute(covered.where(report_section.c.obligation == obligation_id)).first():
            code = owed_by(connection, task.organisation, obligation_id).code
            raise InvalidInput(f"Expected a section that the report of {label(row.period)} has, but it has none on {code}. Choose another.")


def check_overrides(reading: Reading, task: Row[Any], form: dict[str, Any]) -> None:
    """F13: only computed totals can be overridden."""
    identity = json.loads(task.context)["consolidation"]
    query = (
        select(consolidation_total.c.directive, consolidation_total.c.indicator)
        .join(consolidation, consolidation.c.id == consolidation_total.c.consolidation)
        .where(consolidation.c.id == identity, consolidation_total.c.revision == consolidation.c.revision + 1)
    )
    known = {(row.directive, row.indicator) for row in reading.connection.execute(query)}
    for entry in form.get("overrides", []):
        if (entry["directive"], entry["indicator"]) not in known:
            keys = ", ".join(sorted({key for _, key in known})) or "none"
            raise InvalidInput(f"Expected an indicator with a computed total ({keys}), but found {entry['indicator']!r}. Choose one of them.")


def check_late(reading: Reading, task: Row[Any], form: dict[str, Any]) -> None:
    """A report after the cut-off can be carried only into a period that will come."""
    context = json.loads(task.context)
    row = reading.connection.execute(select(report).where(report.c.id == context["report"])).one()
    if form["decision"] == "next_period" and not next_period_owed(reading.connection, task.organisation, row):
        raise Refused(
            f"Expected a period after {label(row.period)} into which the figures could be carried, but none follows. "
            "Choose the supplement."
        )


FORM_CHECKS: dict[str, Check] = {
    "report_section": check_section,
    "revise_report": check_revision,
    "correct_report": check_correction,
    "consolidate": check_overrides,
    "late_report": check_late,
}
