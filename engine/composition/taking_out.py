"""The history in other formats: who takes it out, and the page that offers it."""

from __future__ import annotations

from engine.audit.exports.exporting import (
    HISTORY,
    ExportHistory,
    ShowExports,
    answer_exports,
    decide_export,
    directive_named,
    unit_of_export,
)
from engine.audit.exports.records import root_of
from engine.door import Handler, Query, Scope
from engine.history.record import Subject
from engine.history.transaction import Reading
from engine.kernel.registry import Registry


def add(handlers: Registry[Handler], queries: Registry[Query]) -> None:
    """Register the export, which is recorded in the history itself (no command of the API: the record would be there without the file), and its page."""
    handlers.add(ExportHistory.__name__, Handler(action="history.export", scope=_of_export, decide=decide_export))
    queries.add(ShowExports.__name__, Query(action="history.export", scope=_of_export, answer=answer_exports, recorded=True))


def _of_export(about: ExportHistory | ShowExports, reading: Reading) -> Scope:
    unit = unit_of_export(about, reading)
    if not about.directive:
        return Scope(organisation=unit, subject=HISTORY)
    found = directive_named(reading.connection, about.directive)
    return Scope(organisation=unit, subject=Subject(type="directive", id=found), streams=(root_of(reading.connection, found),))
