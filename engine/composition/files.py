"""What the editors of forms and decision tables ask beside the files: where a field is used, a table as rows and columns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.composition.workbench import of_design
from engine.definitions.field_uses import ShowFieldUses, answer_uses
from engine.definitions.table_view import ShowTable, answer_table
from engine.door import Handler, Query
from engine.history.transaction import Reading
from engine.kernel.registry import Registry


def add(_handlers: Registry[Handler], queries: Registry[Query]) -> None:
    """Register what the two editors ask; they change files by `KeepDesignFile`."""
    asked: tuple[tuple[type, Callable[[Any, Reading], Any]], ...] = ((ShowFieldUses, answer_uses), (ShowTable, answer_table))
    for kind, answer in asked:
        queries.add(kind.__name__, Query(action="definition.see", scope=of_design, answer=answer, recorded=kind is ShowTable))
