"""Conditions that are missing: on a way out of a split whose other ways have one, and at a conditional event."""

from __future__ import annotations

from collections.abc import Iterator

from engine.definitions.diagram import Diagram, Element, Installed, Problem, children, has_condition, label, text
from engine.definitions.rules.undecided import DECIDES, is_chosen


def check(diagram: Diagram, _installed: Installed) -> Iterator[Problem]:
    """Yield the flows of a split that nothing decides about, and conditional events without a condition.

    A single way without a condition is taken when no condition holds; that it is not marked as default, and that no way has
    a condition, are other rules.
    """
    for node in diagram.elements(*DECIDES):
        leaving = diagram.outgoing(node)
        if len(leaving) > 1 and not is_chosen(diagram, node):
            yield from _undecided(node, leaving)
    for definition in diagram.elements("conditionalEventDefinition"):
        if not any(text(found) for found in children(definition, "condition")):
            event = diagram.owner(definition)
            yield event, f"Expected a condition at {label(event)}, but found none: it would never happen. Write one, such as ready == true."


def _undecided(gateway: Element, leaving: list[Element]) -> Iterator[Problem]:
    default = gateway.get("default")
    undecided = [flow for flow in leaving if not has_condition(flow)]
    if len(undecided) == 1 and not default:
        return
    for flow in undecided:
        if not default or flow.get("id") != default:
            yield flow, f"Expected a condition on {label(flow)} behind {label(gateway)}, but found none. Add one, or make it the default flow."
