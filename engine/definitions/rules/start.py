"""Where a process and a sub-process begin."""

from __future__ import annotations

from collections.abc import Iterator

from engine.definitions.diagram import NODES, Diagram, Element, Installed, Problem, children, event_definitions, is_set, label, local


def check(diagram: Diagram, _installed: Installed) -> Iterator[Problem]:
    """Yield processes with several plain start events, sub-processes that do not begin plainly, and what begins nowhere.

    Source: BPMN 2.0, 10.5.2: a process may begin in several ways, each with its own trigger; a sub-process begins when a token arrives.
    """
    for process in diagram.processes:
        plain = [start for start in children(process, "startEvent") if not event_definitions(start)]
        if len(plain) > 1:
            remedy = "Keep one, or say what the others wait for"
            yield plain[1], f"Expected one start event that waits for nothing in {label(process)}, but found {len(plain)}. {remedy}."
    for inner in diagram.elements("subProcess", "transaction"):
        if is_set(inner, "triggeredByEvent"):
            continue  # another rule looks at these
        starts = children(inner, "startEvent")
        if len(starts) > 1:
            yield inner, f"Expected one start event in {label(inner)}, but found {len(starts)}. Keep one and branch behind it."
        for start in starts:
            if event_definitions(start):
                yield start, f"Expected a plain start event in {label(inner)}, but {label(start)} waits. Put the wait behind the start."
    for scope in (*diagram.processes, *diagram.elements("subProcess", "transaction", "adHocSubProcess")):
        if _is_circle(diagram, scope):
            yield scope, f"Expected a start event in {label(scope)}, but found none, and a flow leads to every node. Draw one with the flow to what comes first."


def _is_circle(diagram: Diagram, scope: Element) -> bool:
    """Tell whether nothing in `scope` could be first."""
    nodes = [node for node in children(scope, *NODES) if local(node) != "boundaryEvent" and not is_set(node, "triggeredByEvent")]
    return bool(nodes) and all(local(node) != "startEvent" and diagram.incoming(node) for node in nodes)
