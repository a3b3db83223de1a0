"""What is known already, so that nobody types it again: of the letter, of the report, and of what was handed in the time before.

A field of a form names it (`"x-from": "subject"`); a form with `"x-again": true`, when it is to be filled in anew in the same case,
begins with what was handed in last.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Row, select

from engine.history.transaction import Reading
from engine.kernel.clock import local_date
from engine.storage.schema import directive, indicator, organisation, report_figure, report_section, user_task

AGAIN = "again"  # the data of the same form as it was handed in last, for forms with "x-again"
REPORT_SECTIONS = "report_sections"  # the sections of the report at hand as they stand, for who mends them
IN_SYSTEM = "internal"  # the channel of a letter that was dispatched here
RATIO = "ratio"  # figures that are computed and never entered
Task = Row[Any]


def facts_of(reading: Reading, task: Task, names: Collection[str]) -> Mapping[str, Any]:
    """Return what is known by the names that a form gives: of the case, its letter, its report, and the day."""
    found: dict[str, Any] = {**json.loads(task.context), "today": local_date(reading.now).isoformat()}
    if AGAIN in names:
        found[AGAIN] = _handed_in(reading, task)
    if REPORT_SECTIONS in names and (report := found.get("report")):
        found[REPORT_SECTIONS] = _sections(reading, str(report))
    if task.directive is not None and set(names) - found.keys():
        found |= _letter(reading, task.directive)
    return {name: found[name] for name in names if found.get(name) not in (None, "")}


def _letter(reading: Reading, identity: str) -> dict[str, Any]:
    query = select(directive, organisation.c.name.label("issuer_name")).join(organisation, organisation.c.id == directive.c.issuer)
    row = reading.connection.execute(query.where(directive.c.id == identity)).one()
    return {
        "issuer": row.issuer_name,
        "number": str(row.number) if row.number is not None else None,
        "symbol": row.symbol,
        "code": row.code,
        "issued_date": row.issued_date,
        "doc_type": row.doc_type,
        "subject": row.subject,
        "sunset": row.sunset,
        "basis": [{"code": row.code, "date": row.issued_date, "relation": "implements"}],
        **_told(json.loads(row.reading or "{}")),
    }


def _told(draft: Mapping[str, Any]) -> dict[str, Any]:
    """Return who signed a letter, as its draft says or as it was read, and on which way it came: in the system, unless somebody entered it."""
    read = (draft.get("reading") or {}).get("signer") or {}
    names = ("authority", "title", "name")
    return {**{f"signer_{name}": draft.get(f"signer_{name}") or read.get(name) for name in names}, "channel": draft.get("channel") or IN_SYSTEM}


def _handed_in(reading: Reading, task: Task) -> dict[str, Any]:
    """Return what was handed in last with the same form at the same place of the case; empty the first time."""
    query = (
        select(user_task.c.data)
        .where(user_task.c.instance == task.instance, user_task.c.element == task.element, user_task.c.form == task.form)
        .where(user_task.c.status == "completed")
        .order_by(user_task.c.completed_at.desc(), user_task.c.id.desc())
        .limit(1)
    )
    found: dict[str, Any] = json.loads(reading.connection.execute(query).scalar_one_or_none() or "{}")
    return found


def _sections(reading: Reading, report: str) -> list[dict[str, Any]]:
    """Return the sections of the newest revision of a report, as the forms that write them name their parts."""
    query = (
        select(report_section, report_figure.c.indicator, report_figure.c.own_value, report_figure.c.own_words, indicator.c.aggregation)
        .outerjoin(report_figure, report_figure.c.report_section == report_section.c.id)
        .outerjoin(indicator, (indicator.c.directive == report_section.c.directive) & (indicator.c.key == report_figure.c.indicator))
        .where(report_section.c.report == report)
        .order_by(report_section.c.revision, report_section.c.id)
    )
    found: dict[str, dict[str, Any]] = {}
    newest: dict[str, int] = {}
    for row in reading.connection.execute(query):
        if newest.get(row.obligation) != row.revision:
            newest[row.obligation], found[row.obligation] = row.revision, _section(row)
        if row.indicator and row.aggregation != RATIO:
            found[row.obligation]["indicators"][row.indicator] = row.own_words or row.own_value
    return list(found.values())


def _section(row: Row[Any]) -> dict[str, Any]:
    told = {
        "section": row.obligation,
        "assessment": row.assessment,
        "result_narrative": row.narrative,
        "nil_reason": row.nil_reason,
        "same_as": row.same_as,
        "difficulties": row.difficulties,
        "proposals": row.proposals,
        "next_period_tasks": row.next_tasks,
    }
    return {**{name: value for name, value in told.items() if value}, "indicators": {}}
