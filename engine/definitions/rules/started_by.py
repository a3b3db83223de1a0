"""Processes that a person starts."""

from __future__ import annotations

from collections.abc import Iterator

from engine.bpmn.vocabulary import ISSUED, NOTHING, PERSON, RECEIVED
from engine.definitions.diagram import Diagram, Element, Installed, Problem, attribute, event_definitions, label, local, role


def check(diagram: Diagram, _installed: Installed) -> Iterator[Problem]:
    """Yield marks of a start by a person that stand elsewhere than on the plain start event of a process, or in no lane with a role."""
    for element in diagram.elements():
        by, subject = attribute(element, "startedBy"), attribute(element, "subject")
        if by is None and subject is None:
            continue
        if not _is_plain_start(element):
            yield element, f"Expected chidao:startedBy and chidao:subject on the plain start event of a process, but found them at {label(element)}. Remove them."
        elif by != PERSON:
            yield element, f'Expected chidao:startedBy="{PERSON}" at {label(element)}, but found {by!r}. Write it, or remove what stands there.'
        elif subject not in {NOTHING, ISSUED, RECEIVED, None}:
            known = f"{NOTHING}, {ISSUED}, {RECEIVED}"
            yield element, f"Expected a chidao:subject of {known} at {label(element)}, but found {subject!r}. Remove it when whoever has the directive may start."
        elif not (attribute(element, "role") or role(diagram.lane(element))):
            yield element, f"Expected {label(element)} in a lane with a chidao:role, but it is in none: nobody could start the process. Draw it there."


def _is_plain_start(element: Element) -> bool:
    parent = element.getparent()
    return local(element) == "startEvent" and parent is not None and local(parent) == "process" and not event_definitions(element)
