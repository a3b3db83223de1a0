"""Where a file deviates from the BPMN 2.0 schema, and whether that can change what the diagram means."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from engine.bpmn.tidy import BOOLEANS, attributes
from engine.definitions.diagram import MODEL, NODES, Element, local
from engine.definitions.schema import EXPRESSIONS, Kind, element_names, kinds

ERROR, WARNING = "error", "warning"
DIAGRAM = "{http://www.omg.org/spec/BPMN/20100524/DI}"
XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
NAME = re.compile(r"[^\W\d][\w.\-]*")
# Elements that say what happens: at a place where nobody looks for them they would be dropped without a word
MEANS = frozenset({
    *NODES, "sequenceFlow", "process", "laneSet", "childLaneSet", "lane", "flowNodeRef", "conditionExpression", "script",
    "standardLoopCharacteristics", "multiInstanceLoopCharacteristics", "loopCondition", "loopCardinality", "loopDataInputRef", "loopDataOutputRef",
    "inputDataItem", "outputDataItem", "completionCondition", "condition", "timeDate", "timeDuration", "timeCycle", "message", "signal", "error",
    "escalation", "messageEventDefinition", "timerEventDefinition", "signalEventDefinition", "errorEventDefinition", "escalationEventDefinition",
    "conditionalEventDefinition", "linkEventDefinition", "terminateEventDefinition", "compensateEventDefinition", "cancelEventDefinition",
    "eventDefinitionRef", "flowNode", "flowElement", "activity", "event", "gateway", "catchEvent", "throwEvent", "eventDefinition",
    "loopCharacteristics", "rootElement", "implicitThrowEvent", "choreographyTask", "subChoreography", "callChoreography",
})  # fmt: skip
FLOW = frozenset({*NODES, "sequenceFlow", "process"})
TIMES = frozenset({"timeDate", "timeDuration", "timeCycle"})
IDLE = frozenset({"isExecutable", "isClosed", "isCollection", "isImmediate"})  # booleans that no token meets
REMEDY = "Save the file with a BPMN 2.0 editor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deviation:
    """One of them. `kind`: what is counted as one and the same."""

    element: Element
    kind: tuple[str, ...]
    severity: str
    message: str


def deviations(root: Element) -> Iterator[Deviation]:
    """Yield what is not as the schema says, in the order of the file; the order of elements and the picture are left aside."""
    waiting = [(root, "tDefinitions")]
    while waiting:
        element, type_name = waiting.pop()
        if (other := _type(element, type_name)) is not None:
            yield other
        kind = kinds().get(type_name)
        if kind is None:
            continue  # text only
        yield from _attributes(element, kind)
        inner: list[tuple[Element, str]] = []
        yield from _children(element, kind, inner)
        waiting += reversed(inner)


def _type(element: Element, declared: str) -> Deviation | None:
    """Return that an element says by xsi:type to be something other than its name: nobody would look at that."""
    said = (element.get(XSI_TYPE) or "").rsplit(":", 1)[-1].strip()
    if not said or said == declared or (said in EXPRESSIONS and declared in EXPRESSIONS):
        return None
    severity = ERROR if local(element) in MEANS else WARNING
    message = f"Expected {_label(element)} to be what its name says, but found xsi:type {said[:60]!r}. Name the element by its kind and remove xsi:type."
    return Deviation(element=element, kind=("type", local(element), said), severity=severity, message=message)


def _attributes(element: Element, kind: Kind) -> Iterator[Deviation]:
    name = local(element)
    for key, value in attributes(element):
        if key.startswith("{"):
            if key.startswith(f"{{{MODEL}}}"):
                plain = key.rpartition("}")[2][:60]
                message = f"Expected the attribute {plain} of {_label(element)} without a prefix, but found it with one: nobody reads it so. Remove the prefix."
                yield Deviation(element=element, kind=("prefixed", name, plain), severity=ERROR, message=message)
        elif key not in kind.attributes:
            message = f"Expected only attributes of BPMN, or of a namespace of their own, at {_label(element)}, but found {key[:60]!r}, which nobody reads. Remove it."
            yield Deviation(element=element, kind=("attribute", name, key), severity=WARNING, message=message)
        elif key == "id" and not NAME.fullmatch(value):
            message = f"Expected an id that begins with a letter and has no blanks or colons, but found {value[:60]!r}. It is read all the same; {REMEDY.lower()}."
            yield Deviation(element=element, kind=("id",), severity=WARNING, message=message)
        else:
            yield from _value(element, key, value, kind)
    for key in sorted(kind.required - set(element.keys())):
        if name == "sequenceFlow":
            continue  # a rule says where the flow does not lead
        severity = ERROR if (name, key) == ("boundaryEvent", "attachedToRef") else WARNING
        message = f"Expected the attribute {key} at {_label(element)}, but found none. {'Attach the event to an activity' if severity == ERROR else REMEDY}."
        yield Deviation(element=element, kind=("required", name, key, _own(element, severity)), severity=severity, message=message)


def _value(element: Element, key: str, value: str, kind: Kind) -> Iterator[Deviation]:
    words = kind.words.get(key) or (frozenset({"true", "false"}) if kind.attributes[key] == "boolean" else frozenset())
    if not words or value in words:
        return
    severity = ERROR if (key in BOOLEANS - IDLE or key in {"eventGatewayType", "behavior", "ordering"}) else WARNING
    message = f"Expected {key} of {_label(element)} to be {' or '.join(sorted(words))}, but found {value[:60]!r}. Write one of these."
    yield Deviation(element=element, kind=("value", local(element), key, value, _own(element, severity)), severity=severity, message=message)


def _children(element: Element, kind: Kind, inner: list[tuple[Element, str]]) -> Iterator[Deviation]:
    seen: Counter[str] = Counter()
    for child in element:
        name, tag = local(child), str(child.tag)
        if not tag.startswith(f"{{{MODEL}}}"):
            if not kind.open and not tag.startswith(DIAGRAM):
                yield from _foreign(element, child, name)
            elif kind.open:
                yield from _hidden(child)
        elif name not in kind.children:
            yield _misplaced(element, child, name)
        else:
            found = kind.children[name]
            inner.append((child, found.type))
            group = "a time" if name in TIMES else found.group
            seen[group] += 1 if name not in TIMES or (child.text or "").strip() else 0
            if found.maximum is not None and seen[group] > found.maximum:
                severity = ERROR if name in MEANS else WARNING
                message = f"Expected {group} once in {_label(element)}, but found another one. Remove one of them."
                yield Deviation(element=child, kind=("twice", name, _own(element, severity)), severity=severity, message=message)


def _misplaced(around: Element, child: Element, name: str) -> Deviation:
    if name not in element_names():
        message = f"Expected an element of BPMN 2.0 in {_label(around)}, but found <{name[:60]}>. Remove it, or draw what it means with tasks, gateways and events."
        return Deviation(element=child, kind=("unknown", name, _own(child, ERROR)), severity=ERROR, message=message)
    severity = ERROR if name in MEANS or any(local(each) in MEANS for each in child.iter(f"{{{MODEL}}}*")) else WARNING
    where = "directly in a process or sub-process" if name in FLOW and name != "process" else "where BPMN 2.0 has it"
    message = f"Expected <{name}> {where}, but found it in {_label(around)}, where nobody looks for it. Draw it anew."
    return Deviation(element=child, kind=("misplaced", local(around), name, _own(child, severity)), severity=severity, message=message)


def _foreign(around: Element, child: Element, name: str) -> Iterator[Deviation]:
    """Yield an element of somebody else outside extensionElements; one that was meant to be BPMN's is an error."""
    bare = not str(child.tag).startswith("{")
    meant = name in MEANS if bare else name in FLOW
    if meant:
        message = f"Expected <{name}> in the namespace of BPMN 2.0, but found it in {_label(around)} in another one, where nobody looks for it. Write xmlns or the prefix of BPMN."
        yield Deviation(element=child, kind=("foreign", name, _own(child, ERROR)), severity=ERROR, message=message)
        return
    message = f"Expected elements of other tools in extensionElements, but found <{name[:60]}> in {_label(around)}. It is passed over; {REMEDY.lower()}."
    yield Deviation(element=child, kind=("foreign", local(around), name), severity=WARNING, message=message)
    yield from _hidden(child)


def _hidden(child: Element) -> Iterator[Deviation]:
    """Yield nodes and flows of BPMN inside what others added."""
    for found in child.iter(*(f"{{{MODEL}}}{name}" for name in sorted(FLOW))):
        message = f"Expected {_label(found)} directly in a process or sub-process, but found it inside <{local(child)[:60]}>, where nobody looks for it. Draw it anew."
        yield Deviation(element=found, kind=("hidden", local(found), _own(found, ERROR)), severity=ERROR, message=message)


def _own(element: Element, severity: str) -> str:
    """Return what makes an error one of its own; warnings of a kind are told once."""
    return f"{element.get('id', '')} {id(element)}" if severity == ERROR else ""


def _label(element: Element) -> str:
    name = " ".join((element.get("name") or "").split())[:60]
    return " ".join(part for part in (local(element), (element.get("id") or "")[:60], f'"{name}"' if name else "") if part)
