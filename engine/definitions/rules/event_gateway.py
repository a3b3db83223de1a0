"""What stands behind an event-based gateway."""

from __future__ import annotations

from collections.abc import Iterator

from engine.definitions.diagram import Diagram, Element, Installed, Problem, event_definitions, label, local

WAITS = {"messageEventDefinition", "timerEventDefinition", "signalEventDefinition", "conditionalEventDefinition"}


def check(diagram: Diagram, _installed: Installed) -> Iterator[Problem]:
    """Yield event-based gateways without an event behind them, and what stands there but waits for nothing of its own.

    Source: BPMN 2.0, 10.6.6: catching events and receive tasks without boundary events, each with no other incoming flow.
    """
    for gateway in diagram.elements("eventBasedGateway"):
        leaving = diagram.outgoing(gateway)
        if not leaving:
            yield gateway, f"Expected events behind {label(gateway)}, but found none. Draw the messages, signals and timers that it waits for."
        for flow in leaving:
            target = diagram.by_id.get(flow.get("targetRef", ""))
            if target is None:
                continue  # another rule says so
            if not _waits(target):
                yield target, f"Expected a message, signal, timer or condition behind {label(gateway)}, but found {label(target)}. Draw such an event before it."
            elif len(diagram.incoming(target)) > 1:
                yield target, f"Expected {label(target)} to be reached from {label(gateway)} alone, but another flow leads there. Draw an event of its own for it."
            elif diagram.borders.get(target.get("id", "")):
                yield target, f"Expected no boundary event on {label(target)} behind {label(gateway)}, but found one. Draw it as one more event behind the gateway."


def _waits(node: Element) -> bool:
    if local(node) == "receiveTask":
        return True
    return local(node) == "intermediateCatchEvent" and any(local(found) in WAITS for found in event_definitions(node))
