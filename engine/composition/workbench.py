"""The designer's workbench: designs and their files, what is wrong with them, what is in force."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from typing import Any

from engine.definitions.design_merging import MergeDesignFile, ShowMerge, answer_merge, decide_merge
from engine.definitions.design_pages import (
    CheckDesign,
    EnterWorkbench,
    ReadDesignFile,
    ShowDesign,
    answer_check,
    answer_design,
    answer_file,
    answer_workbench,
)
from engine.definitions.designs import (
    BeginDesign,
    DiscardDesign,
    KeepDesignFile,
    RemoveDesignFile,
    RestoreDesignFile,
    decide_begin,
    decide_discard,
    decide_keep,
    decide_remove,
    decide_restore,
)
from engine.definitions.functions import FUNCTIONS
from engine.door import Apply, Handler, Query, Scope
from engine.history.record import Subject
from engine.history.transaction import Reading
from engine.kernel.registry import Registry


def add(handlers: Registry[Handler], queries: Registry[Query]) -> None:
    """Register what designers see and change. Keeping a file is idempotent by its edition and leaves no fact."""
    acts: tuple[tuple[type, Callable[[Any, Reading], Apply]], ...] = ((BeginDesign, decide_begin), (DiscardDesign, decide_discard))
    for kind, decide in acts:
        handlers.add(kind.__name__, Handler(action="definition.design", scope=of_design, decide=decide, kind=kind))
    keeping: tuple[tuple[type, Callable[[Any, Reading], Apply]], ...] = (
        (KeepDesignFile, decide_keep),
        (RemoveDesignFile, decide_remove),
        (RestoreDesignFile, decide_restore),
        (MergeDesignFile, decide_merge),
    )
    for kind, decide in keeping:
        handlers.add(kind.__name__, Handler(action="definition.design", scope=of_design, decide=decide, kind=kind, remembered=False))
    asked: tuple[tuple[type, Callable[[Any, Reading], Any]], ...] = (
        (EnterWorkbench, answer_workbench),
        (ShowDesign, answer_design),
        (ReadDesignFile, answer_file),
        (ShowMerge, answer_merge),
    )
    for kind, answer in asked:
        queries.add(kind.__name__, Query(action="definition.see", scope=of_design, answer=answer, recorded=kind is not ReadDesignFile))  # read beside its design, whose look is recorded


def add_checks(queries: Registry[Query], operations: Collection[str]) -> None:
    """Register what looks at diagrams with the names of the installed operations."""
    judged = partial(answer_check, operations=operations, functions=FUNCTIONS)
    queries.add(CheckDesign.__name__, Query(action="definition.see", scope=of_design, answer=judged))


def of_design(about: Any, _reading: Reading) -> Scope:
    """`about.design` where there is one: a definition is the whole installation's, no organisation owns it."""
    return Scope(organisation=None, subject=Subject(type="design", id=getattr(about, "design", "") or "designs"))
