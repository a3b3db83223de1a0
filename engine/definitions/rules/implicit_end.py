"""Paths that end without an end event."""

from __future__ import annotations

from collections.abc import Iterator

from engine.definitions.diagram import NODES, Diagram, Element, Installed, Problem, event_definitions, is_set, label, link_name, local


def check(diagram: Diagram, _installed: Installed) -> Iterator[Problem]:
    """Yield nodes behind which nothing comes and that are no end event.

    Source: SPIFFWORKFLOW.md 6.2. Legal BPMN; the engine ends such a path, but a reader cannot name the outcome.
    """
    for node in diagram.elements(*NODES):
        if local(node) != "endEvent" and not diagram.outgoing(node) and not _stands_alone(node) and not _is_free(node):
            yield node, f"Expected a path to reach an end event, but nothing comes after {label(node)}. Draw a sequence flow to an end event."


def _is_free(node: Element) -> bool:
    """Tell whether `node` is of an ad-hoc sub-process: people end that, no end event does (BPMN 2.0, 10.3.5)."""
    parent = node.getparent()
    return parent is not None and local(parent) == "adHocSubProcess"


def _stands_alone(node: Element) -> bool:
    """Tell whether nothing is meant to follow: a link goes on elsewhere, and what tokens never reach is another rule's."""
    undoes = any(local(found) == "compensateEventDefinition" for found in event_definitions(node))
    return undoes or link_name(node) is not None or is_set(node, "isForCompensation") or is_set(node, "triggeredByEvent")
