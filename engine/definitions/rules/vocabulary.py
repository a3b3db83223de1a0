"""Names of our own vocabulary that nobody knows, or at elements where nobody reads them."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from engine.definitions.diagram import CHIDAO, MODEL, TASKS, Diagram, Element, Installed, Problem, label, local

PEOPLE = ("task", "userTask", "manualTask")
MESSAGING = ("startEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent", "endEvent", "sendTask", "receiveTask")
# attribute → the elements at which it is read
WHERE = {
    "role": ("lane", "startEvent", *TASKS, "callActivity", "subProcess", "transaction", "adHocSubProcess", "exclusiveGateway", "inclusiveGateway"),
    "form": PEOPLE,
    "due": PEOPLE,
    "operation": ("serviceTask", "businessRuleTask"),
    "decision": None,  # another rule looks where it stands
    "key": MESSAGING,
    "to": MESSAGING,
    "startedBy": None,
    "subject": None,
}
ELEMENTS = ("parameter",)


def check(diagram: Diagram, _installed: Installed) -> Iterator[Problem]:
    """Yield misspelt and misplaced names of the namespace urn:chidao:bpmn:1, and a prefix chidao that means another namespace."""
    prefix = diagram.root.nsmap.get("chidao", CHIDAO)
    if prefix != CHIDAO:
        yield diagram.root, f"Expected the prefix chidao to mean {CHIDAO}, but found {prefix}: nothing with it is read. Correct xmlns:chidao."
    for element in diagram.elements():
        for name in element.attrib:
            if str(name).startswith(f"{{{CHIDAO}}}"):
                yield from _attribute(diagram, element, str(name).rsplit("}", 1)[-1])
        if local(element) == "extensionElements":
            yield from _inside(diagram, element)


def _attribute(diagram: Diagram, element: Element, name: str) -> Iterator[Problem]:
    place = diagram.owner(element)
    if name not in WHERE:
        yield place, f"Expected a name of our vocabulary at {label(place)}, but found chidao:{name}. {_suggested(name, WHERE)}"
        return
    known = WHERE[name]
    if known is not None and local(element) not in known:
        yield place, f"Expected chidao:{name} at {_listed(known)}, but found it at {label(element)}, where nobody reads it. Move it, or remove it."


def _inside(diagram: Diagram, block: Element) -> Iterator[Problem]:
    place = diagram.owner(block)
    for entry in block.iterchildren(f"{{{CHIDAO}}}*"):
        if local(entry) not in ELEMENTS:
            remedy = f"Write it as the attribute chidao:{local(entry)} of the element itself." if local(entry) in WHERE else _suggested(local(entry), ELEMENTS)
            yield place, f"Expected an element of our vocabulary in {label(place)}, but found <chidao:{local(entry)}>. {remedy}"
    for entry in block.iterchildren(f"{{{MODEL}}}*"):
        yield place, f"Expected extensions in the extensionElements of {label(place)}, but found {local(entry)} of BPMN. Move it beside them."


def _suggested(name: str, known: object) -> str:
    names = [str(each) for each in known] if isinstance(known, dict | tuple) else []
    near = get_close_matches(name, names, n=1)
    return f"Write chidao:{near[0]}." if near else f"Write one of {', '.join(f'chidao:{each}' for each in names)}, or remove it."


def _listed(kinds: tuple[str, ...]) -> str:
    return f"{', '.join(kinds[:-1])} or {kinds[-1]}" if len(kinds) > 1 else kinds[0]
