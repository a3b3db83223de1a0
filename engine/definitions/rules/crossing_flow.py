"""Sequence flows that leave their pool, process or sub-process."""

from __future__ import annotations

from collections.abc import Iterator

from engine.definitions.diagram import NODES, Diagram, Element, Installed, Problem, label, local, process_of


def check(diagram: Diagram, _installed: Installed) -> Iterator[Problem]:
    """Yield sequence flows between two pools and over the border of a sub-process.

    Source: BPMN 2.0, 7.6.1: a sequence flow crosses neither; between pools there are only messages.
    """
    for flow in diagram.flows:
        ends = [diagram.by_id.get(flow.get(end, "")) for end in ("sourceRef", "targetRef")]
        source, target = (end if end is not None and local(end) in NODES else None for end in ends)
        if source is None or target is None:
            continue  # another rule says so
        if source.getparent() is not target.getparent():
            yield flow, _crossing(flow, source, target)
        elif flow.getparent() is not source.getparent():
            yield flow, f"Expected {label(flow)} to stand in the same process or sub-process as its two ends, but it stands in another. Draw it again."


def _crossing(flow: Element, source: Element, target: Element) -> str:
    if process_of(source) is not process_of(target):
        remedy = "Send a message instead, with a message event or a send task"
        return f"Expected {label(flow)} to stay in one pool, but it leads from {label(source)} to {label(target)} in another. {remedy}."
    return f"Expected {label(flow)} to stay in one process or sub-process, but it leaves its own. End the path inside and go on outside."
