"""New diagrams: what they may begin as, and adding one to a design."""

from __future__ import annotations

from engine.composition.workbench import of_design
from engine.definitions.starting_points import AddDesignFile, ShowStartingPoints, answer_starting_points, decide_add
from engine.door import Handler, Query
from engine.kernel.registry import Registry


def add(handlers: Registry[Handler], queries: Registry[Query]) -> None:
    """Register the starting points; adding a file, like keeping one, leaves no fact."""
    handler = Handler(action="definition.design", scope=of_design, decide=decide_add, kind=AddDesignFile, remembered=False)
    handlers.add(AddDesignFile.__name__, handler)
    queries.add(ShowStartingPoints.__name__, Query(action="definition.see", scope=of_design, answer=answer_starting_points))
