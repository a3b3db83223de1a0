"""References to what is not there by what no token meets: lanes, pools, message flows, associations."""

from __future__ import annotations

from collections.abc import Iterator

from engine.definitions.diagram import NODES, Diagram, Installed, Problem, children, label, local, plain_name, text

ENDS = {"messageFlow": ("sourceRef", "targetRef"), "association": ("sourceRef", "targetRef"), "participant": ("processRef",)}


def check(diagram: Diagram, _installed: Installed) -> Iterator[Problem]:
    """Yield what names an element that is not there and changes nothing by it."""
    for lane in diagram.elements("lane"):
        for name in map(text, children(lane, "flowNodeRef")):
            found = diagram.by_id.get(name)
            if found is None or local(found) not in NODES:
                yield lane, f"Expected {label(lane)} to list nodes of this file, but there is no {name!r}. Remove that flowNodeRef."
    known = {element.get("id") for element in diagram.elements() if element.get("id")}
    for kind, references in ENDS.items():
        for element in diagram.elements(kind):
            for reference in references:
                name = plain_name(element.get(reference, ""))
                if name and name not in known:
                    yield element, f"Expected {reference} of {label(element)} to name an element of this file, but there is no {name!r}. Draw it again, or remove it."
