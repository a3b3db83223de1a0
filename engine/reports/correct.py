"""A report that was accepted and turns out to be wrong: a correction is a further revision, looked at like any other."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, select

from engine.directory.organisations import organisation_by_id
from engine.instances.operations import Call
from engine.kernel.errors import InvalidInput, Refused
from engine.kernel.periods import label
from engine.reports.sections import Content, contents_of
from engine.reports.submit import CORRECTION, Revision, number, submit
from engine.storage.schema import obligation, report, report_revision

WHY_NOT = {
    "open": "it was not submitted yet: write it as it should be",
    "submitted": "its superiors have not answered yet: wait for their answer",
    "returned": "it was returned and is being mended",
}


def correctable(
    connection: Connection, unit: str, directive_id: str | None, context: dict[str, Any], form: dict[str, Any]
) -> Row[Any]:
    """Return the report that a correction is about: named by its id, or by its period and the directive of the case.

    Raises InvalidInput when there is none, Refused when it cannot be corrected now.
    """
    named = form.get("report") or context.get("own_report")
    period = form.get("period") or context.get("period")
    query = select(report).where(report.c.organisation == unit)
    if named:
        query = query.where(report.c.id == named)
    elif period:
        types = select(obligation.c.report_type).where(obligation.c.organisation == unit, obligation.c.directive == directive_id)
        query = query.where(report.c.period == period, report.c.report_type.in_(types))
    row = connection.execute(query).one_or_none() if named or period else None
    name = organisation_by_id(connection, unit).name
    if row is None:
        wanted = label(period) if period else "the period in question"
        raise InvalidInput(f"Expected a report of {name} for {wanted}, but there is none: nothing was submitted. Choose another period.")
    mending = "returned_revision" in context
    if row.status in WHY_NOT and not mending:
        raise Refused(f"Expected the report of {name} for {label(row.period)} to be accepted, but {WHY_NOT[row.status]}.")
    return row


def sections_of(connection: Connection, unit: str, directive_id: str | None, form: dict[str, Any]) -> dict[str, Content]:
    """Return the corrected sections by obligation; one without `section` is that on the directive of the case."""
    owed = select(obligation.c.id).where(obligation.c.organisation == unit, obligation.c.directive == directive_id)
    usual = connection.execute(owed).scalar_one_or_none()
    found = {}
    for entry in form.get("sections", []):
        section = entry.get("section") or usual
        if section is None:
            raise InvalidInput("Expected the section that is corrected, but found none. Choose one of the report's sections.")
        found[section] = {key: value for key, value in entry.items() if key != "section"}
    return found


def submit_correction(call: Call) -> dict[str, Any]:
    """Submit a corrected revision. Parameters: form, numbering, [own_report]. Result: report, period, revision, superiors.

    What the form does not name stays as it was; what came from below is taken as it stands now.
    """
    connection, unit = call.transaction.connection, call.case.organisation
    form = call.form(call.parameter("form"))
    row = connection.execute(select(report).where(report.c.id == _report_id(call, form))).one()
    place = (report_revision.c.report == row.id) & (report_revision.c.revision == row.revision)
    before = connection.execute(select(report_revision).where(place)).one()
    contents = contents_of(connection, row.id, row.revision) | sections_of(connection, unit, call.case.directive, form)
    whole = Revision(
        kind=CORRECTION,
        contents=contents,
        code=number(call, row, call.form(call.parameter("numbering"))),
        assessment=before.general_assessment,
        reason=form["reason"],
    )
    return {"report": row.id, "period": row.period, **submit(call, row, whole)}


def _report_id(call: Call, form: dict[str, Any]) -> str:
    """Return which report it is. A correction that was returned is mended, so its status is no matter here."""
    named = form.get("report") or call.parameters.get("own_report")
    if named:
        return str(named)
    types = select(obligation.c.report_type).where(
        obligation.c.organisation == call.case.organisation, obligation.c.directive == call.case.directive
    )
    query = select(report.c.id).where(report.c.organisation == call.case.organisation, report.c.period == form.get("period"))
    return str(call.transaction.connection.execute(query.where(report.c.report_type.in_(types))).scalar_one())
