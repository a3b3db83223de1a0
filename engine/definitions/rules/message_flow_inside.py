"""Message flows that stay inside a pool."""

from __future__ import annotations

from collections.abc import Iterator

from engine.definitions.diagram import Diagram, Element, Installed, Problem, label, local, plain_name, process_of


def check(diagram: Diagram, _installed: Installed) -> Iterator[Problem]:
    """Yield message flows whose two ends are in one pool. Source: BPMN 2.0, 9.4: they connect two pools."""
    for flow in diagram.elements("messageFlow"):
        source, target = (_process(diagram, plain_name(flow.get(end, ""))) for end in ("sourceRef", "targetRef"))
        if source is not None and source is target:
            yield flow, f"Expected {label(flow)} to lead to another pool, but both its ends are in one. Draw a sequence flow, or move one end."


def _process(diagram: Diagram, name: str) -> Element | None:
    found = diagram.by_id.get(name)
    if found is not None and local(found) == "participant":
        return diagram.by_id.get(plain_name(found.get("processRef", "")))
    return None if found is None else process_of(found)
