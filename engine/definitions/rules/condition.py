"""Conditions at gateways: where they are missing, and where they would be ignored."""

from __future__ import annotations

from collections.abc import Iterator

from engine.definitions.diagram import EVENTS, NODES, Diagram, Element, Installed, Problem, children, label, local, text

DECIDES = ("exclusiveGateway", "inclusiveGateway")
NEVER = ("parallelGateway", "eventBasedGateway", *EVENTS)  # activities may have conditional flows


def check(diagram: Diagram, _installed: Installed) -> Iterator[Problem]:
    """Yield the flows of a split that nothing decides about, and conditions that nobody reads.

    A single way without a condition is taken when no condition holds; that it is not marked as default is another rule.
    """
    for node in diagram.elements(*NODES):
        leaving = diagram.outgoing(node)
        if local(node) in NEVER:
            for flow in leaving:
                if children(flow, "conditionExpression"):
                    yield flow, f"Expected no condition on {label(flow)}, because {label(node)} reads none. Put an exclusive gateway before it."
        elif local(node) in DECIDES and len(leaving) > 1:
            yield from _undecided(node, leaving)


def _undecided(gateway: Element, leaving: list[Element]) -> Iterator[Problem]:
    default = gateway.get("default")
    undecided = [flow for flow in leaving if not any(text(found) for found in children(flow, "conditionExpression"))]
    if len(undecided) == 1 and not default:
        return
    for flow in undecided:
        if not default or flow.get("id") != default:
            yield flow, f"Expected a condition on {label(flow)} behind {label(gateway)}, but found none. Add one, or make it the default flow."
