"""What the pages of reports ask: lists, a report, a consolidation, a figure down to its leaves, the registers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.audit.genealogy_page import ShowFigure, answer_figure, total_row
from engine.audit.register_page import ShowRegister, answer_register
from engine.composition.scopes import of_unit
from engine.door import Handler, Query, Scope
from engine.history.record import Subject
from engine.history.transaction import Reading
from engine.kernel.registry import Registry
from engine.reports.consolidation_page import ShowConsolidation, answer_consolidation, consolidation_row
from engine.reports.ground import ShowGround, answer_ground
from engine.reports.hands import units_here
from engine.reports.listing import ListReports, answer_list
from engine.reports.page import ShowReport, addressees, answer_report, report_row


def add(handlers: Registry[Handler], queries: Registry[Query]) -> None:
    """Register what concerns reports."""
    del handlers  # reports are changed by their tasks alone
    ours: tuple[tuple[type, str, Callable[[Any, Reading], Scope], Callable[[Any, Reading], Any], bool], ...] = (
        (ListReports, "report.see", of_unit, answer_list, True),
        (ShowReport, "report.see", of_report, answer_report, True),
        (ShowGround, "report.see", of_report, answer_ground, False),
        (ShowConsolidation, "report.see", of_consolidation, answer_consolidation, True),
        (ShowFigure, "report.see", of_total, answer_figure, True),
        (ShowRegister, "register.read", of_unit, answer_register, True),
    )
    for kind, action, scope, answer, recorded in ours:
        queries.add(kind.__name__, Query(action=action, scope=scope, answer=answer, recorded=recorded))


def of_report(query: ShowReport | ShowGround, reading: Reading) -> Scope:
    """`query.report`: a place of the actor that reports or to which it is owed; else the reporter, for those in whose remit it is."""
    row = report_row(reading, query.report)
    units = units_here(reading)
    mine = row.organisation if row.organisation in units else min(addressees(reading, row) & units, default=row.organisation)
    return Scope(organisation=mine, subject=Subject(type="report", id=row.id))


def of_consolidation(query: ShowConsolidation, reading: Reading) -> Scope:
    """`query.consolidation`: the organisation that consolidates."""
    row = consolidation_row(reading, query.consolidation)
    return Scope(organisation=row.organisation, subject=Subject(type="consolidation", id=row.id))


def of_total(query: ShowFigure, reading: Reading) -> Scope:
    """`query.total`: the organisation that consolidated it."""
    row = total_row(reading, query.total)
    return Scope(organisation=row.organisation, subject=Subject(type="total", id=row.id), streams=(row.root,))
