"""Spellings that mean the same become one, and what a token meets gets an id. Nothing here changes what a diagram means.

Tools write `1`, `True` and ` true `, `tns:Task_1` and `Task_1`, `messageRef=""`; every later look compares plain words.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from lxml import etree

from engine.bpmn.vocabulary import MODEL

BOOLEANS = frozenset({
    "isExecutable", "isClosed", "isForCompensation", "isInterrupting", "cancelActivity", "parallelMultiple", "triggeredByEvent",
    "instantiate", "isSequential", "testBefore", "cancelRemainingInstances", "isCollection", "isImmediate",
})  # fmt: skip
TRUTH = {"true": "true", "1": "true", "false": "false", "0": "false"}
REFERENCES = frozenset({
    "sourceRef", "targetRef", "attachedToRef", "default", "messageRef", "errorRef", "signalRef", "escalationRef", "processRef",
    "operationRef", "dataObjectRef", "dataStoreRef", "itemSubjectRef", "itemRef", "activityRef", "categoryValueRef", "structureRef",
})  # fmt: skip
REFERRING = frozenset(
    f"{{{MODEL}}}{name}" for name in ("flowNodeRef", "incoming", "outgoing", "sourceRef", "targetRef", "eventDefinitionRef", "operationRef")
)
# What tokens meet, and what findings, tasks and the history call by its id
NAMED = frozenset(
    f"{{{MODEL}}}{name}"
    for name in (
        "process", "lane", "sequenceFlow", "task", "userTask", "manualTask", "serviceTask", "businessRuleTask", "scriptTask", "sendTask",
        "receiveTask", "callActivity", "subProcess", "transaction", "adHocSubProcess", "exclusiveGateway", "parallelGateway",
        "inclusiveGateway", "eventBasedGateway", "complexGateway", "startEvent", "intermediateCatchEvent", "intermediateThrowEvent",
        "boundaryEvent", "endEvent", "dataObject", "dataObjectReference", "message", "signal", "error", "escalation",
    )
)  # fmt: skip


def tidy(root: etree._Element) -> None:
    """Write identifiers, references and booleans of BPMN elements in one way."""
    elements = list(root.iter(f"{{{MODEL}}}*"))
    for element in elements:
        if (id := element.get("id")) is not None:
            _put(element, "id", " ".join(id.split()))
    ids = {element.get("id", "") for element in elements}
    for element in elements:
        for name, value in attributes(element):
            if name in BOOLEANS:
                word = value.strip().lower()
                _put(element, name, TRUTH.get(word, value))
            elif name in REFERENCES:
                _put(element, name, _plain(value, ids))
        if element.tag in REFERRING and element.text:
            element.text = _plain(element.text, ids)


def give_ids(root: etree._Element) -> frozenset[str]:
    """Give an id to flows and nodes without one, the same at every reading of the file; return those ids.

    The library would drop such a flow without a word.
    """
    nameless = [element for element in root.iter(*NAMED) if not element.get("id")]
    if not nameless:
        return frozenset()
    taken = {element.get("id") for element in root.iter() if element.get("id")}
    given: set[str] = set()
    numbers: dict[str, Iterator[int]] = {}
    for element in nameless:
        kind = etree.QName(element).localname
        count = numbers.setdefault(kind, iter(range(1, len(nameless) + len(taken) + 2)))
        name = next(f"{kind}_{number}" for number in count if f"{kind}_{number}" not in taken)
        element.set("id", name)
        given.add(name)
    return frozenset(given)


def attributes(element: etree._Element) -> list[tuple[str, str]]:
    """Return the attributes of an element with their values."""
    return cast("list[tuple[str, str]]", element.items())


def _put(element: etree._Element, name: str, value: str) -> None:
    """Set an attribute when it changes; an empty one says nothing and is left out."""
    if not value:
        del element.attrib[name]
    elif element.get(name) != value:
        element.set(name, value)


def _plain(reference: str, ids: set[str]) -> str:
    """Return a reference as the id that it means: without the prefix of a qualified name, where that is none's id."""
    words = " ".join(reference.split())
    tail = words.rpartition(":")[2].strip()
    return tail if words not in ids and tail in ids else words
