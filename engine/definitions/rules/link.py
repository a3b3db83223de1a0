"""Link events: a flow drawn in two pieces."""

from __future__ import annotations

from collections.abc import Iterator

from engine.definitions.diagram import Diagram, Element, Installed, Problem, children, label, link_name, local


def check(diagram: Diagram, _installed: Installed) -> Iterator[Problem]:
    """Yield throwing links without a catching one of that name beside them, and catching links of one name.

    Source: BPMN 2.0, 10.5.1: several may throw to one target, in one process level.
    """
    for event in diagram.elements("intermediateThrowEvent", "intermediateCatchEvent"):
        name = link_name(event)
        if name is None:
            continue
        landings = [other for other in children(_around(event), "intermediateCatchEvent") if link_name(other) == name]
        if local(event) == "intermediateThrowEvent" and not landings:
            yield event, f"Expected a catching link {name!r} beside {label(event)}, but found none: the path would stop. Draw it, with the same name."
        elif local(event) == "intermediateCatchEvent" and landings[0] is not event:
            yield event, f"Expected one catching link {name!r}, but {label(landings[0])} is one and {label(event)} another. Rename one of the two."


def _around(element: Element) -> Element:
    parent = element.getparent()
    return element if parent is None else parent
