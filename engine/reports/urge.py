"""Reminding and urging those who have not handed in the report of a period (SP6, T7)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from engine.directives.urging import LEADER_TO_LEADER, Urge, remember_urge
from engine.instances.operations import Call, Unfinished
from engine.kernel.periods import label
from engine.reports.collect import excuse, missing_from
from engine.storage.schema import consolidation, directive, expected_report, obligation

AT_ONCE = 200  # organisations in one transaction: a tenth of a second


def remind_reporters(call: Call) -> dict[str, Any] | Unfinished:
    """Remind whoever has not submitted yet. Parameter: consolidation."""
    identity = call.parameter("consolidation")
    if call.progress is None:
        excuse(call, identity)
    them, more = call.part(missing_from(call.transaction.connection, identity), AT_ONCE)
    for reporter in them:
        _tell(call, identity, reporter, role="specialist", level=0)
    return more or {}


def urge_missing(call: Call) -> dict[str, Any] | Unfinished:
    """Urge whoever is overdue and count it. Parameters: consolidation, level, [form] (F14: what is written).

    Level 3 goes from leader to leader; the superiors of the urging organisation are told as well (SP6).
    """
    identity, level = call.parameter("consolidation"), call.parameter("level")
    connection, unit = call.transaction.connection, call.case.organisation
    form = call.form(call.parameters["form"]) if "form" in call.parameters else {}
    if call.progress is None:
        excuse(call, identity)
    them, more = call.part(missing_from(connection, identity), AT_ONCE)
    for reporter in them:
        _tell(call, identity, reporter, role="leader", level=level, form=form)
        connection.execute(_COUNT, {"b_consolidation": identity, "b_reporter": reporter})
    if more is not None:
        return more
    if (them or call.progress) and level == LEADER_TO_LEADER:
        for superior in _superiors(connection, identity, unit):
            _tell(call, identity, superior, role="leader", level=0)
    return {}


_COUNT = (
    update(expected_report)
    .where(expected_report.c.consolidation == bindparam("b_consolidation"), expected_report.c.organisation == bindparam("b_reporter"))
    .values(urged=expected_report.c.urged + 1)
)
_CONSOLIDATION = select(consolidation).where(consolidation.c.id == bindparam("b_consolidation"))


def _tell(call: Call, identity: str, reporter: str, *, role: str, level: int, form: dict[str, Any] | None = None) -> None:
    row = call.transaction.connection.execute(_CONSOLIDATION, {"b_consolidation": identity}).one()
    content = form or {}
    remember_urge(
        call,
        Urge(
            organisation=reporter,
            role=role,
            about=f"{row.report_type}, {label(row.period)}",
            level=level,
            consolidation=identity,
            content=content.get("content"),
            new_due=content.get("new_due"),
        ),
    )


def _superiors(connection: Connection, identity: str, unit: str) -> list[str]:
    """Return who handed the consolidated directives to the organisation that consolidates them."""
    row = connection.execute(select(consolidation).where(consolidation.c.id == identity)).one()
    child, parent = directive.alias("child"), directive.alias("parent")
    query = (
        select(parent.c.issuer)
        .join(child, child.c.parent == parent.c.id)
        .join(obligation, obligation.c.directive == child.c.id)
        .where(obligation.c.superior == unit, obligation.c.report_type == row.report_type, parent.c.issuer != unit)
        .distinct()
    )
    return sorted(connection.execute(query).scalars())
