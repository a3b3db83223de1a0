"""Ways in which a file goes wrong between one tool and the next: seeded, so that a failure can be repeated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from random import Random

from lxml import etree

from engine.bpmn.encoding import to_utf8
from engine.bpmn.vocabulary import MODEL

NODES = (
    "task", "userTask", "manualTask", "serviceTask", "sendTask", "receiveTask", "scriptTask", "businessRuleTask", "callActivity", "subProcess",
    "transaction", "adHocSubProcess", "exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway", "complexGateway",
    "startEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent", "endEvent",
)  # fmt: skip
DEFINITIONS = ("message", "timer", "signal", "error", "escalation", "conditional", "link", "terminate", "cancel", "compensate")
STRAY = (
    *NODES, "laneSet", "lane", "flowNodeRef", "sequenceFlow", "multiInstanceLoopCharacteristics", "standardLoopCharacteristics", "ioSpecification",
    "dataInputAssociation", "dataOutputAssociation", "conditionExpression", "script", "process", "dataObject", "completionCondition", "wizard",
    "loopCardinality", "loopDataInputRef", "inputDataItem", "timeCycle", "timeDuration", "condition", "eventDefinitionRef", "extensionElements",
    *(f"{kind}EventDefinition" for kind in DEFINITIONS),
)  # fmt: skip
ATTRIBUTES = (
    "id", "name", "default", "sourceRef", "targetRef", "attachedToRef", "cancelActivity", "isInterrupting", "triggeredByEvent", "isExecutable",
    "messageRef", "errorRef", "signalRef", "escalationRef", "calledElement", "isSequential", "loopMaximum", "ordering", "behavior", "instantiate",
    "eventGatewayType", "isForCompensation", "startQuantity", "language", "scriptFormat", "testBefore", "parallelMultiple", "dataObjectRef",
)  # fmt: skip
VALUES = (
    "", " ", "true", "FALSE", "1", "0", "-1", "99999999999", "${x}", "=x", "a b", "x", "Sequential", "None", "All", "python", "groovy", "__class__",
    "ü", "tns:x", "'", "{}", "[1]", "P3D", "R/PT1H", "R3/2024-01-01T00:00:00Z/P1D", "2024-13-45", "0 0 12 * * ?", "today()", "x.y", "len(x) > 0",
)  # fmt: skip

Element = etree._Element


def mutated(content: bytes, random: Random) -> bytes:
    """Return a file with one to five mutations."""
    if random.random() < 0.1:
        return _bytes(content, random)
    root = etree.fromstring(to_utf8(content), etree.XMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, recover=True))
    for _ in range(random.choice((1, 1, 1, 2, 3, 5))):
        random.choice(MUTATIONS)(root, random)
    encoding = random.choice(("UTF-8", "UTF-8", "UTF-8", "UTF-16", "US-ASCII"))
    return etree.tostring(root, encoding=encoding, xml_declaration=random.random() < 0.9 or encoding != "UTF-8")


def _bytes(content: bytes, random: Random) -> bytes:
    place, many = random.randrange(len(content)), random.randint(1, 60)
    return random.choice((
        content[:place],
        content[:place] + content[place + many :],
        content[:place] + random.randbytes(many) + content[place:],
        content[place:],
        content.replace(b"http://www.omg.org/spec/BPMN/20100524/MODEL", b"urn:else"),
        content + content,
    ))


def _elements(root: Element) -> list[Element]:
    return list(root.iter(f"{{{MODEL}}}*"))[1:] or [root]


def _ids(root: Element) -> list[str]:
    return [each.get("id", "") for each in root.iter() if each.get("id")] or ["x"]


def _delete(root: Element, random: Random) -> None:
    element = random.choice(_elements(root))
    if (parent := element.getparent()) is not None:
        parent.remove(element)


def _move(root: Element, random: Random) -> None:
    element, target = random.choice(_elements(root)), random.choice(_elements(root))
    if element is not target and element not in target.iterancestors() and element.getparent() is not None:
        target.insert(random.randint(0, len(target)), element)


def _copy(root: Element, random: Random) -> None:
    element, target = random.choice(_elements(root)), random.choice(_elements(root))
    target.append(deepcopy(element))


def _swap_kind(root: Element, random: Random) -> None:
    nodes = [each for each in _elements(root) if etree.QName(each).localname in NODES]
    if nodes:
        random.choice(nodes).tag = f"{{{MODEL}}}{random.choice(NODES)}"


def _rename(root: Element, random: Random) -> None:
    random.choice(_elements(root)).tag = random.choice((f"{{{MODEL}}}{random.choice(STRAY)}", random.choice(STRAY), f"{{urn:vendor}}{random.choice(STRAY)}"))


def _set_attribute(root: Element, random: Random) -> None:
    value = random.choice((random.choice(VALUES), random.choice(_ids(root))))
    random.choice(_elements(root)).set(random.choice(ATTRIBUTES), value)


def _change_attribute(root: Element, random: Random) -> None:
    element = random.choice(_elements(root))
    if element.attrib:
        name = random.choice(list(element.attrib))
        if random.random() < 0.4:
            del element.attrib[name]
        else:
            element.set(name, random.choice((random.choice(VALUES), random.choice(_ids(root)))))


def _reconnect(root: Element, random: Random) -> None:
    flows = list(root.iter(f"{{{MODEL}}}sequenceFlow"))
    if flows:
        random.choice(flows).set(random.choice(("sourceRef", "targetRef")), random.choice(_ids(root)))


def _forget_ids(root: Element, random: Random) -> None:
    for element in _elements(root):
        if random.random() < 0.3:
            element.attrib.pop("id", None)


def _text(root: Element, random: Random) -> None:
    random.choice(_elements(root)).text = random.choice((*VALUES, "x" * 5_000, "]]>"))


def _stray(root: Element, random: Random) -> None:
    parent = random.choice(_elements(root))
    child = etree.SubElement(parent, f"{{{MODEL}}}{random.choice(STRAY)}")
    for _ in range(random.randint(0, 3)):
        _set_attribute(parent, random)
    child.text = random.choice(VALUES)


def _event(root: Element, random: Random) -> None:
    events = [each for each in _elements(root) if etree.QName(each).localname.endswith("Event")]
    if events:
        definition = etree.SubElement(random.choice(events), f"{{{MODEL}}}{random.choice(DEFINITIONS)}EventDefinition")
        if random.random() < 0.5:
            etree.SubElement(definition, f"{{{MODEL}}}{random.choice(('timeDate', 'timeDuration', 'timeCycle', 'condition'))}").text = random.choice(VALUES)


def _wrap(root: Element, random: Random) -> None:
    element = random.choice(_elements(root))
    parent = element.getparent()
    if parent is not None:
        place = parent.index(element)
        box = etree.Element(f"{{{MODEL}}}{random.choice(('subProcess', 'adHocSubProcess', 'transaction', 'process', 'extensionElements', 'lane'))}", id="box")
        parent.insert(place, box)
        box.append(element)


MUTATIONS: Sequence[Callable[[Element, Random], None]] = (
    _delete, _delete, _move, _copy, _swap_kind, _swap_kind, _rename, _set_attribute, _set_attribute, _change_attribute, _change_attribute, _reconnect, _reconnect,
    _forget_ids, _text, _stray, _event, _event, _wrap,
)  # fmt: skip
