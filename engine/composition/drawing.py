"""What the editor of diagrams asks beside the files: what may be chosen while one draws."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from engine.composition.workbench import of_design
from engine.definitions.choices import ShowChoices, answer_choices
from engine.door import Query
from engine.kernel.registry import Registry


def add_choices(queries: Registry[Query], operations: Mapping[str, str]) -> None:
    """Register what may be chosen; `operations`: installed operation → the sentence that says what it does."""
    chosen = partial(answer_choices, operations=operations)
    queries.add(ShowChoices.__name__, Query(action="definition.see", scope=of_design, answer=chosen))
