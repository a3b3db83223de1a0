"""Link events: a flow drawn in two pieces."""

from __future__ import annotations

from collections.abc import Iterator

from engine.definitions.diagram import Diagram, Element, Installed, Problem, label, link_name


def check(diagram: Diagram, _installed: Installed) -> Iterator[Problem]:
    """Yield throwing links without a catching one of that name beside them, and catching links of one name.

    Source: BPMN 2.0, 10.5.1: several may throw to one target, in one process level.
    """
    landings: dict[tuple[Element, str], Element] = {}
    for event in diagram.elements("intermediateCatchEvent"):
        name = link_name(event)
        if name is not None and (first := landings.setdefault((_around(event), name), event)) is not event:
            yield event, f"Expected one catching link {name!r}, but {label(first)} is one and {label(event)} another. Rename one of the two."
    for event in diagram.elements("intermediateThrowEvent"):
        name = link_name(event)
        if name is not None and (_around(event), name) not in landings:
            yield event, f"Expected a catching link {name!r} beside {label(event)}, but found none: the path would stop. Draw it, with the same name."


def _around(element: Element) -> Element:
    parent = element.getparent()
    return element if parent is None else parent
