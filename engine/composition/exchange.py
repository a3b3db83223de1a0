"""Process files that come from elsewhere, and that go elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from typing import Any

from engine.composition.workbench import of_design
from engine.definitions.exporting import CaptionFile, ExportFiles, answer_caption, answer_export
from engine.definitions.functions import FUNCTIONS
from engine.definitions.importing import ForeseeImport, ImportFiles, answer_foresee, decide_import_files
from engine.door import Handler, Query
from engine.history.transaction import Reading
from engine.kernel.registry import Registry


def add_exchange(handlers: Registry[Handler], queries: Registry[Query], operations: Collection[str]) -> None:
    """Register imports and exports. Taking files into a design, like keeping one, leaves no fact; taking files out is recorded as a look."""
    handler = Handler(action="definition.design", scope=of_design, decide=decide_import_files, kind=ImportFiles, remembered=False)
    handlers.add(ImportFiles.__name__, handler)
    judged = partial(answer_foresee, operations=operations, functions=FUNCTIONS)
    asked: tuple[tuple[type, str, Callable[[Any, Reading], Any]], ...] = (
        (ForeseeImport, "definition.design", judged),
        (ExportFiles, "definition.see", answer_export),
        (CaptionFile, "definition.see", answer_caption),
    )
    for kind, action, answer in asked:
        queries.add(kind.__name__, Query(action=action, scope=of_design, answer=answer, recorded=kind is ExportFiles))
