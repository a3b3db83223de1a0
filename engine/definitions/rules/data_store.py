"""Data stores: shown, but nothing is written there."""

from __future__ import annotations

from collections.abc import Iterator

from engine.definitions.diagram import Diagram, Installed, Problem, label


def check(diagram: Diagram, _installed: Installed) -> Iterator[Problem]:
    """Yield data stores that the diagram shows. Source: SPIFFWORKFLOW.md 1: abstract in the library."""
    for store in diagram.elements("dataStoreReference"):
        yield store, f"Expected work that is carried out, but {label(store)} only shows a data store: nothing is stored there. Use a service task, or keep it as a note."
