"""Ad-hoc sub-processes: what is done there, people choose."""

from __future__ import annotations

from collections.abc import Iterator

from engine.definitions.diagram import Diagram, Installed, Problem, children, label


def check(diagram: Diagram, _installed: Installed) -> Iterator[Problem]:
    """Yield start and end events in an ad-hoc sub-process. Source: BPMN 2.0, 10.3.5: it has neither; people begin, and a condition ends it."""
    for inner in diagram.elements("adHocSubProcess"):
        for event in children(inner, "startEvent", "endEvent"):
            remedy = "Remove it, or draw a plain sub-process"
            yield event, f"Expected no start and no end event in {label(inner)}, where people choose what is done, but found {label(event)}. {remedy}."
