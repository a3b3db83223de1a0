"""Processes and sub-processes without a start event."""

from __future__ import annotations

from collections.abc import Iterator

from engine.definitions.diagram import NODES, Diagram, Installed, Problem, begins, children, is_set, label


def check(diagram: Diagram, _installed: Installed) -> Iterator[Problem]:
    """Yield what begins nowhere. Legal BPMN: the engine begins at every node that no flow leads to."""
    for scope in (*diagram.processes, *diagram.elements("subProcess", "transaction")):
        if is_set(scope, "triggeredByEvent"):
            continue  # another rule looks at these
        if children(scope, *NODES) and not children(scope, "startEvent") and not any(begins(diagram, node) for node in children(scope, *NODES)):
            yield scope, f"Expected a start event in {label(scope)}, but found none: it begins at every node that no flow leads to. Draw one."
