"""Conditions at gateways: where they are missing, and where they would be ignored."""

from __future__ import annotations

from collections.abc import Iterator

from engine.definitions.diagram import EVENTS, NODES, Diagram, Element, Installed, Problem, children, label, local
from engine.definitions.rules.undecided import DECIDES, has_condition, is_undecided

NEVER = ("parallelGateway", "eventBasedGateway", *EVENTS)  # activities may have conditional flows


def check(diagram: Diagram, _installed: Installed) -> Iterator[Problem]:
    """Yield the flows of a split that nothing decides about, and conditions that nobody reads.

    A single way without a condition is taken when no condition holds; that it is not marked as default, and that no way has a condition, are other rules.
    """
    for node in diagram.elements(*NODES):
        leaving = diagram.outgoing(node)
        if local(node) in NEVER:
            for flow in leaving:
                if children(flow, "conditionExpression"):
                    yield flow, f"Expected no condition on {label(flow)}, because {label(node)} reads none. Put an exclusive gateway before it."
        elif local(node) in DECIDES and len(leaving) > 1 and not is_undecided(leaving):
            yield from _undecided(node, leaving)


def _undecided(gateway: Element, leaving: list[Element]) -> Iterator[Problem]:
    default = gateway.get("default")
    undecided = [flow for flow in leaving if not has_condition(flow)]
    if len(undecided) == 1 and not default:
        return
    for flow in undecided:
        if not default or flow.get("id") != default:
            yield flow, f"Expected a condition on {label(flow)} behind {label(gateway)}, but found none. Add one, or make it the default flow."
