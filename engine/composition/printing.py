"""What is printed: letters, reports, registers; the calendar that a program fetches; who wants the daily mail."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.audit.calendar_days import ListDays, answer_days
from engine.audit.printed_letter import PrintLetter, answer_letter
from engine.audit.printed_report import PrintConsolidation, PrintReport, answer_consolidation, answer_report
from engine.composition.reports import of_consolidation, of_report
from engine.composition.scopes import of_directive, of_oneself
from engine.door import Handler, Query, Scope
from engine.history.transaction import Reading
from engine.kernel.registry import Registry


def add(handlers: Registry[Handler], queries: Registry[Query]) -> None:
    """Register what concerns printing. Whoever prints is written down, under an action of its own (AUDIT.md 4)."""
    del handlers
    printed: tuple[tuple[type, str, Callable[[Any, Reading], Scope], Callable[[Any, Reading], Any]], ...] = (
        (PrintLetter, "directive.print", of_directive, answer_letter),
        (PrintReport, "report.print", of_report, answer_report),
        (PrintConsolidation, "report.print", of_consolidation, answer_consolidation),
    )
    for kind, action, scope, answer in printed:
        queries.add(kind.__name__, Query(action=action, scope=scope, answer=answer, recorded=True))
    queries.add(ListDays.__name__, Query(action="work.see", scope=of_oneself, answer=answer_days))  # programs ask every hour: a look that nobody takes
