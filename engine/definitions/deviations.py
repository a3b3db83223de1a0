"""Where a file deviates from the BPMN 2.0 schema, and whether that can change what the diagram means."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from engine.bpmn.tidy import BOOLEANS, attributes
from engine.definitions.diagram import MODEL, NODES, Element, local
from engine.definitions.schema import EXPRESSIONS, Kind, element_names, kinds

ERROR, WARNING = "error", "warning"
DIAGRAM = "{http://www.omg.org/spec/BPMN/20100524/DI}"
XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
OURS = frozenset("/[")
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
BPMN = f"{{{MODEL}}}"
FLOW_TAGS = tuple(BPMN + name for name in sorted(FLOW))
TRUTH = frozenset({"true", "false"})
MAX_KINDS = 300  # of one file: who has more has another problem
TIMES = frozenset({"timeDate", "timeDuration", "timeCycle"})
IDLE = frozenset({"isExecutable", "isClosed", "isCollection", "isImmediate"})  # booleans that no token meets
REMEDY = "Save the file with a BPMN 2.0 editor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deviation:
    """One of them. `kind`: what is counted as one and the same."""

    element: Element
    kind: tuple[object, ...]
    severity: str
    message: str


@dataclass(slots=True)
class Tally:
    """The deviations of a file: of each kind the first one, and how often it was met."""

    found: dict[tuple[object, ...], Deviation] = field(default_factory=dict)
    times: Counter[tuple[object, ...]] = field(default_factory=Counter)

    def add(self, element: Element, kind: tuple[object, ...], severity: str, expected: str, remedy: str) -> None:
        """Count a deviation; an error is one of its own kind each time. `expected` may name the element as {}."""
        if severity == ERROR:
            kind = (*kind, element)
        self.times[kind] += 1
        if kind not in self.found and len(self.found) < MAX_KINDS:
            message = f"{expected.replace('{}', _label(element))} {remedy}."
            self.found[kind] = Deviation(element=element, kind=kind, severity=severity, message=message)


def deviations(root: Element) -> Tally:
    """Return what is not as the schema says; the order of elements and the picture are left aside."""
    tally = Tally()
    waiting = [(root, "tDefinitions")]
    while waiting:
        element, type_name = waiting.pop()
        kind = kinds().get(type_name)
        if XSI_TYPE in element.attrib:
            _type(element, type_name, tally)
        if kind is not None:  # else it holds text only
            _attributes(element, kind, tally)
            waiting += reversed(_children(element, kind, tally))
    return tally


def _type(element: Element, declared: str, tally: Tally) -> None:
    """Note that an element says by xsi:type to be something other than its name: nobody would look at that."""
    said = (element.get(XSI_TYPE) or "").rsplit(":", 1)[-1].strip()
    if said and said != declared and not (said in EXPRESSIONS and declared in EXPRESSIONS):
        severity = ERROR if local(element) in MEANS else WARNING
        expected = f"Expected {{}} to be what its name says, but found xsi:type {said[:60]!r}."
        tally.add(element, ("type", local(element), said), severity, expected, "Name the element by its kind and remove xsi:type")


def _attributes(element: Element, kind: Kind, tally: Tally) -> None:
    name = local(element)
    for key, value in attributes(element):
        if key.startswith("{"):
            if key.startswith(f"{{{MODEL}}}"):
                plain = key.rpartition("}")[2][:60]
                expected = f"Expected the attribute {plain} of {{}} without a prefix, but found it with one: nobody reads it so."
                tally.add(element, ("prefixed", name, plain), ERROR, expected, "Remove the prefix")
        elif key not in kind.attributes:
            expected = f"Expected only attributes of BPMN or of a namespace of their own at {{}}, but found {key[:60]!r}, which nobody reads."
            tally.add(element, ("attribute", name, key), WARNING, expected, "Remove it")
        elif key == "id":
            if not OURS.isdisjoint(value):
                expected = f"Expected an id without / and [, by which the engine tells parts from each other, but found {value[:60]!r}."
                tally.add(element, ("id",), ERROR, expected, "Choose another one")
            elif not NAME.fullmatch(value):
                expected = f"Expected an id that begins with a letter and has no blanks or colons, but found {value[:60]!r}."
                tally.add(element, ("id",), WARNING, expected, f"It is read all the same. {REMEDY}")
        elif kind.attributes[key] != "string":
            _value(element, key, value, kind, tally)
    for key in kind.required if name != "sequenceFlow" else ():  # a rule speaks of flows
        if element.get(key) is not None:
            continue
        attach = (name, key) == ("boundaryEvent", "attachedToRef")
        expected = f"Expected the attribute {key} at {{}}, but found none."
        tally.add(element, ("required", name, key), ERROR if attach else WARNING, expected, "Attach the event to an activity" if attach else REMEDY)


def _value(element: Element, key: str, value: str, kind: Kind, tally: Tally) -> None:
    words = kind.words.get(key) or (TRUTH if kind.attributes[key] == "boolean" else frozenset())
    if words and value not in words:
        severity = ERROR if (key in BOOLEANS - IDLE or key in {"eventGatewayType", "behavior", "ordering"}) else WARNING
        expected = f"Expected {key} of {{}} to be {' or '.join(sorted(words))}, but found {value[:60]!r}."
        tally.add(element, ("value", local(element), key, value), severity, expected, "Write one of these")


def _children(element: Element, kind: Kind, tally: Tally) -> list[tuple[Element, str]]:
    """Return the children that stand where the schema has them, with their types; note the others."""
    inner: list[tuple[Element, str]] = []
    seen: Counter[str] = Counter()
    for child in element:
        name, tag = local(child), str(child.tag)
        if not tag.startswith(BPMN):
            if kind.open:
                _hidden(child, tally)
            elif not tag.startswith(DIAGRAM):
                _foreign(element, child, tally)
        elif name not in kind.children:
            _misplaced(element, child, tally)
        else:
            found = kind.children[name]
            inner.append((child, found.type))
            group = "a time" if name in TIMES else found.group
            seen[group] += 1 if name not in TIMES or (child.text or "").strip() else 0
            if found.maximum is not None and seen[group] > found.maximum:
                severity = ERROR if name in MEANS else WARNING
                expected = f"Expected {group} once in {_label(element)}, but found another one."
                tally.add(child, ("twice", name), severity, expected, "Remove one of them")
    return inner


def _misplaced(around: Element, child: Element, tally: Tally) -> None:
    name = local(child)
    if name not in element_names():
        expected = f"Expected an element of BPMN 2.0 in {_label(around)}, but found <{name[:60]}>."
        tally.add(child, ("unknown", name), ERROR, expected, "Remove it, or draw what it means with tasks, gateways and events")
        return
    severity = ERROR if name in MEANS or any(local(each) in MEANS for each in child.iter(f"{BPMN}*")) else WARNING
    where = "directly in a process or sub-process" if name in FLOW and name != "process" else "where BPMN 2.0 has it"
    expected = f"Expected <{name}> {where}, but found it in {_label(around)}, where nobody looks for it."
    tally.add(child, ("misplaced", local(around), name), severity, expected, "Draw it anew")


def _foreign(around: Element, child: Element, tally: Tally) -> None:
    """Note an element of somebody else outside extensionElements; one that was meant to be BPMN's is an error."""
    name, bare = local(child), not str(child.tag).startswith("{")
    if name in MEANS if bare else name in FLOW:
        expected = f"Expected <{name}> in the namespace of BPMN 2.0, but found it in {_label(around)} in another one, where nobody looks for it."
        tally.add(child, ("foreign", name), ERROR, expected, "Write xmlns or the prefix of BPMN")
        return
    expected = f"Expected elements of other tools in extensionElements, but found <{name[:60]}> in {_label(around)}."
    tally.add(child, ("foreign", local(around), name), WARNING, expected, f"It is passed over. {REMEDY}")
    _hidden(child, tally)


def _hidden(child: Element, tally: Tally) -> None:
    """Note nodes and flows of BPMN inside what others added."""
    for found in child.iter(*FLOW_TAGS):
        expected = f"Expected {{}} directly in a process or sub-process, but found it inside <{local(child)[:60]}>, where nobody looks for it."
        tally.add(found, ("hidden", local(found)), ERROR, expected, "Draw it anew")


def _label(element: Element) -> str:
    name = " ".join((element.get("name") or "").split())[:60]
    return " ".join(part for part in (local(element), (element.get("id") or "")[:60], f'"{name}"' if name else "") if part)
