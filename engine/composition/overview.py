"""How the work of a unit and of those below it stands, for those who lead it or consolidate its reports."""

from __future__ import annotations

from engine.audit.overview import Overview, answer_overview
from engine.composition.scopes import of_unit
from engine.door import Handler, Query
from engine.kernel.registry import Registry


def add(handlers: Registry[Handler], queries: Registry[Query]) -> None:
    """Register what concerns the overview."""
    del handlers
    queries.add(Overview.__name__, Query(action="overview.see", scope=of_unit, answer=answer_overview, recorded=True))
