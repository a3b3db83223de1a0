"""Seeing processes run: counts for designers, and the cases behind them."""

from __future__ import annotations

from typing import Any

from engine.audit.running import ShowRunning, answer_running
from engine.audit.running_cases import ListRunningCases, answer_running_cases
from engine.door import Handler, Query, Scope
from engine.history.record import Subject
from engine.history.transaction import Reading
from engine.kernel.registry import Registry


def add(_handlers: Registry[Handler], queries: Registry[Query]) -> None:
    """Register what is asked about running processes. Who looked is written down."""
    queries.add(ShowRunning.__name__, Query(action="definition.see", scope=_of_process, answer=answer_running, recorded=True))
    queries.add(ListRunningCases.__name__, Query(action="definition.see", scope=_of_process, answer=answer_running_cases, recorded=True))


def _of_process(query: Any, _reading: Reading) -> Scope:
    """A process is the whole installation's."""
    return Scope(organisation=None, subject=Subject(type="definition", id=query.process))
