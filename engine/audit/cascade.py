"""The cascade of a directive and its descendants, and who reported when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, and_, case, func, or_, select

from engine.storage.schema import (
    consolidation,
    directive,
    dispatch,
    expected_report,
    instance,
    milestone,
    obligation,
    organisation,
    report_section,
    user_task,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """A recipient of a directive, and what it handed down."""

    organisation: str
    name: str
    status: str
    code: str
    children: tuple[Branch, ...]


def branches(connection: Connection, directive_id: str) -> tuple[Branch, ...]:
    """Return the recipients of a directive with the branches below them."""
    query = (
        select(dispatch.c.organisation, dispatch.c.status, organisation.c.name)
        .join(organisation, organisation.c.id == dispatch.c.organisation)
        .where(dispatch.c.directive == directive_id)
        .order_by(organisation.c.code)
    )
    found = []
    for row in connection.execute(query).all():
        children = connection.execute(
            select(directive.c.id, directive.c.code)
            .where(directive.c.parent == directive_id, directive.c.issuer == row.organisation)
            .order_by(directive.c.created_at, directive.c.id)
        ).all()
        below = tuple(branch for child in children for branch in branches(connection, child.id))
        found.append(
            Branch(
                organisation=row.organisation,
                name=row.name,
                status=row.status,
                code="; ".join(child.code for child in children),
                children=below,
            )
        )
    return tuple(found)


def family(connection: Connection, directive_id: str) -> list[str]:
    """Return the ids of a directive and of all that hand it down, level after level."""
    found, frontier = [directive_id], [directive_id]
    while frontier:
        frontier = list(connection.execute(select(directive.c.id).where(directive.c.parent.in_(frontier))).scalars())
        found += frontier
    return found


def summary(connection: Connection, directive_id: str) -> dict[str, Any]:
    """Return the figures of `chidao demo --json`: of a directive, of what hands it down, and of its issuer's own case and report."""
    row = connection.execute(select(directive).where(directive.c.id == directive_id)).one()
    members = family(connection, directive_id)
    own = and_(obligation.c.directive == row.parent, obligation.c.organisation == row.issuer)
    owed = connection.execute(select(obligation).where(or_(obligation.c.directive.in_(members), own))).all()
    pairs = {(entry.superior, entry.report_type) for entry in owed if entry.directive in members}
    writers = pairs | {(entry.organisation, entry.report_type) for entry in owed}
    cases = _cases(connection, row, members, writers)
    tasks = select(func.count()).where(user_task.c.status == "completed", user_task.c.instance.in_(cases))
    reports = select(func.count(report_section.c.report.distinct())).where(
        report_section.c.obligation.in_([entry.id for entry in owed])
    )
    closed = connection.execute(select(consolidation).where(consolidation.c.status == "closed")).all()
    open_cases = select(func.count()).where(instance.c.id.in_(cases), instance.c.status != "ended")
    addressed = set(connection.execute(select(dispatch.c.organisation).where(dispatch.c.directive.in_(members))).scalars())
    return {
        "code": row.code,
        "shape": row.process,
        "organisations": len(addressed | {row.issuer}),
        "tasks_completed": connection.execute(tasks).scalar_one(),
        "reports_submitted": connection.execute(reports).scalar_one(),
        "consolidations": sum((entry.organisation, entry.report_type) in pairs for entry in closed),
        "status": "completed" if connection.execute(open_cases).scalar_one() == 0 else "running",
    }


def _cases(connection: Connection, row: Row[Any], members: list[str], writers: set[tuple[str, str]]) -> list[str]:
    """Return the instances of a family: its cases, its regular reports and consolidations, and what speaks of them by key."""
    prefixes = {f"{unit}:{report_type}" for unit, report_type in writers}
    written = select(report_section.c.report).where(report_section.c.directive.in_(members)).distinct()
    keys = set(connection.execute(written).scalars())
    keys |= set(connection.execute(select(milestone.c.id).where(milestone.c.directive.in_(members))).scalars())
    for entry in connection.execute(select(consolidation)).all():
        if f"{entry.organisation}:{entry.report_type}" in prefixes:
            keys.add(entry.id)  # what urges the missing and what consolidates anew is keyed by it
    return [
        each.id
        for each in connection.execute(select(instance.c.id, instance.c.directive, instance.c.organisation, instance.c.business_key))
        if each.directive in members
        or (each.directive == row.parent and row.parent is not None and each.organisation == row.issuer)
        or each.business_key in keys
        or each.business_key.rpartition(":")[0] in prefixes
    ]


def month_table(connection: Connection, directive_id: str) -> list[dict[str, Any]]:
    """Return one row per consolidation of a directive's family: who expected how many, and how they came."""
    members = family(connection, directive_id)
    pairs = connection.execute(
        select(obligation.c.superior, obligation.c.report_type).where(obligation.c.directive.in_(members)).distinct()
    ).all()
    rows = []
    for superior, report_type in pairs:
        query = (
            select(consolidation, organisation.c.name)
            .join(organisation, organisation.c.id == consolidation.c.organisation)
            .where(consolidation.c.organisation == superior, consolidation.c.report_type == report_type)
            .order_by(consolidation.c.period)
        )
        for entry in connection.execute(query).all():
            counts = connection.execute(
                select(
                    func.count().label("expected"),
                    func.sum(expected_report.c.late).label("late"),
                    func.sum(expected_report.c.nil).label("nil"),
                    func.sum(expected_report.c.returned).label("returned"),
                    func.sum(expected_report.c.urged).label("urged"),
                    func.sum(case((expected_report.c.status == "accepted", 1), else_=0)).label("accepted"),
                ).where(expected_report.c.consolidation == entry.id)
            ).mappings().one()
            rows.append({"period": entry.period, "unit": entry.name, "type": report_type, **counts})
    return sorted(rows, key=lambda entry: (entry["period"], entry["unit"], entry["type"]))
