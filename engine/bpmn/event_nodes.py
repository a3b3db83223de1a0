"""Makes the specs of events from their XML: which kinds run where, what they wait for, what they raise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lxml import etree

from engine.bpmn import vocabulary
from engine.bpmn.cycles import is_cycle
from engine.bpmn.events import (
    ANY_CODE,
    Boundary,
    CancelEndEvent,
    Catch,
    ErrorEndEvent,
    EscalationEndEvent,
    EscalationThrow,
    Handler,
    MessageEndEvent,
    SignalEndEvent,
    SignalThrow,
    Throw,
)
from engine.bpmn.findings import Unmakeable
from engine.bpmn.node import EndEvent, Event, Node, StartTrigger, TerminateEvent
from engine.bpmn.vocabulary import Vocabulary, ident, local, model, tag, title

if TYPE_CHECKING:
    from engine.bpmn.nodes import NodeMaker

MESSAGE, SIGNAL, TIMER, CONDITION = "messageEventDefinition", "signalEventDefinition", "timerEventDefinition", "conditionalEventDefinition"
ERROR, ESCALATION, CANCEL = "errorEventDefinition", "escalationEventDefinition", "cancelEventDefinition"
TERMINATE, LINK, COMPENSATE = "terminateEventDefinition", "linkEventDefinition", "compensateEventDefinition"
REMEDIES = {
    ERROR: "Use it on an end event, a boundary event or the start of an event sub-process.",
    ESCALATION: "Use it on a throwing or end event, a boundary event or the start of an event sub-process.",
    COMPENSATE: "Draw the undoing steps as ordinary tasks.",
    CANCEL: "Use it on an end event inside a transaction and at the border of that transaction.",
    TERMINATE: "Use it on an end event only.",
    LINK: "Use it on intermediate events only.",
    CONDITION: "Use it on a waiting event.",
    TIMER: "Use it on a waiting event.",
}
START = (MESSAGE, SIGNAL, TIMER, CONDITION)
EVENT_START = (MESSAGE, SIGNAL, TIMER, CONDITION, ERROR, ESCALATION)
INTERMEDIATE_CATCH = (MESSAGE, SIGNAL, TIMER, CONDITION, LINK)
INTERMEDIATE_THROW = (MESSAGE, SIGNAL, ESCALATION, LINK)
BOUNDARY = (MESSAGE, SIGNAL, TIMER, CONDITION, ERROR, ESCALATION)
END = (MESSAGE, SIGNAL, ERROR, ESCALATION, TERMINATE, CANCEL)
ALWAYS_INTERRUPT = (ERROR, CANCEL)  # BPMN 2.0, tables 10.90 and 10.93
NAMES = {MESSAGE: "message", SIGNAL: "signal", ERROR: "error", ESCALATION: "escalation"}  # each refers to a declaration by <name>Ref


def event(maker: NodeMaker, node: etree._Element, allowed: tuple[str, ...]) -> etree._Element | None:
    """Return the one event definition, or None for a none event. Raises Unmakeable after noting a finding."""
    found = [child for child in model(node) if local(child).endswith(("EventDefinition", "eventDefinitionRef"))]
    if len(found) > 1:
        maker.refuse(node, "unsupported_event", f"Expected one event definition at {ident(node)}, but found {len(found)}. Draw one event for each.")
        raise Unmakeable
    if found and local(found[0]) not in allowed:
        kind = local(found[0])
        rule = "compensation" if kind == COMPENSATE else "unsupported_event"
        message = f"Expected {' or '.join(allowed) or 'no event definition'} at {ident(node)}, but found {kind}."
        maker.refuse(node, rule, f"{message} {REMEDIES.get(kind, 'Use a supported event.')}")
        raise Unmakeable
    return found[0] if found else None


def required(maker: NodeMaker, node: etree._Element, allowed: tuple[str, ...]) -> etree._Element:
    """Return the event definition of an event that must have one. Raises Unmakeable after noting a finding."""
    definition = event(maker, node, allowed)
    if definition is None:
        message = f"Expected {ident(node)} to wait for something, but it names nothing. Choose a message, a timer, a signal or a condition."
        maker.refuse(node, "unsupported_event", message)
        raise Unmakeable
    return definition


def declared(maker: NodeMaker, node: etree._Element, definition: etree._Element, kind: str) -> str | None:
    """Return the name or code that a reference to a message, signal, error or escalation means; None without a reference."""
    ref = definition.get(f"{kind}Ref")
    if ref is None:
        return None
    known = maker.place.source.declared[kind]
    for candidate in (ref, ref.rpartition(":")[2]):
        if candidate in known:
            return known[candidate]
    maker.refuse(node, "reference", f"Expected the {kind} {ref!r} of {ident(node)} in the file, but found none. Declare it.")
    raise Unmakeable


def message(maker: NodeMaker, node: etree._Element, definition: etree._Element) -> str:
    """Return the name of the message; without a messageRef it is the element's own name."""
    return declared(maker, node, definition, "message") or title(node) or ident(node)


def code(maker: NodeMaker, node: etree._Element, definition: etree._Element, kind: str) -> str:
    """Return the code of an error or escalation; without a reference it is every one."""
    return declared(maker, node, definition, kind) or ANY_CODE


def signal(maker: NodeMaker, node: etree._Element, definition: etree._Element) -> str:
    """Return the name of the signal; without a signalRef it is the element's own name."""
    return declared(maker, node, definition, "signal") or title(node) or ident(node)


def timer(maker: NodeMaker, node: etree._Element, definition: etree._Element) -> dict[str, Any]:
    """Return the timer's expression or literal, and whether it is a cycle."""
    for each in model(definition):
        text = (each.text or "").strip()
        if not text:
            continue
        cycle = local(each) == "timeCycle" or is_cycle(text)
        if cycle and is_cycle(text):
            return {"timer": text, "cycle": True}
        return {"timer": maker.moment(each, "the timer", text, owner=node), "cycle": cycle}
    maker.refuse(node, "timer", f"Expected a timeDate, timeDuration or timeCycle at {ident(node)}, but found none. Write one, such as P3D.")
    raise Unmakeable


def condition(maker: NodeMaker, node: etree._Element, definition: etree._Element) -> str:
    """Return the condition of a conditional event."""
    found = definition.find(tag("condition"))
    text = (found.text or "").strip() if found is not None else ""
    if found is None or not text:
        maker.refuse(node, "condition", f"Expected a condition at {ident(node)}, but found none. Write one, such as ready == true.")
        raise Unmakeable
    return maker.expression(node, "the condition", text, language=found.get("language"))


def awaited(maker: NodeMaker, node: etree._Element, definition: etree._Element) -> dict[str, Any]:
    """Return what a waiting event waits for."""
    match local(definition):
        case "timerEventDefinition":
            return timer(maker, node, definition)
        case "signalEventDefinition":
            return {"signal": signal(maker, node, definition)}
        case "conditionalEventDefinition":
            return {"condition": condition(maker, node, definition)}
        case "errorEventDefinition":
            return {"error": code(maker, node, definition, "error")}
        case "escalationEventDefinition":
            return {"escalation": code(maker, node, definition, "escalation")}
        case "cancelEventDefinition":
            return {"cancel": ANY_CODE}
    return {"message": message(maker, node, definition)}


def start(maker: NodeMaker, node: etree._Element, said: Vocabulary) -> Node:
    """Make a start event. What that of an event sub-process waits for, its handler outside knows."""
    if maker.place.triggered:
        return maker.add(node, Event, said)
    definition = event(maker, node, START if maker.place.key == maker.place.source.id else ())
    if definition is None:
        return maker.add(node, Event, said)
    return maker.add(node, StartTrigger, said, **awaited(maker, node, definition))


def end(maker: NodeMaker, node: etree._Element, said: Vocabulary) -> Node:
    """Make an end event."""
    definition = event(maker, node, END)
    match "" if definition is None else local(definition):
        case "errorEventDefinition":
            return maker.add(node, ErrorEndEvent, said, error=code(maker, node, _given(definition), "error"))
        case "escalationEventDefinition":
            return maker.add(node, EscalationEndEvent, said, escalation=code(maker, node, _given(definition), "escalation"))
        case "signalEventDefinition":
            return maker.add(node, SignalEndEvent, said, signal=signal(maker, node, _given(definition)))
        case "messageEventDefinition":
            return maker.add(node, MessageEndEvent, said, message=message(maker, node, _given(definition)))
        case "terminateEventDefinition":
            return maker.add(node, TerminateEvent, said)
        case "cancelEventDefinition":
            _check_cancel(maker, node)
            return maker.add(node, CancelEndEvent, said)
    return maker.add(node, EndEvent, said)


def intermediate_catch(maker: NodeMaker, node: etree._Element, said: Vocabulary) -> Node:
    """Make a catching intermediate event."""
    definition = required(maker, node, INTERMEDIATE_CATCH)
    if local(definition) == LINK:
        return maker.add(node, Event, said)
    return maker.add(node, Catch, said, **awaited(maker, node, definition))


def intermediate_throw(maker: NodeMaker, node: etree._Element, said: Vocabulary) -> Node:
    """Make a throwing intermediate event; without a definition tokens just pass."""
    definition = event(maker, node, INTERMEDIATE_THROW)
    match "" if definition is None else local(definition):
        case "messageEventDefinition":
            return maker.add(node, Throw, said, message=message(maker, node, _given(definition)))
        case "signalEventDefinition":
            return maker.add(node, SignalThrow, said, signal=signal(maker, node, _given(definition)))
        case "escalationEventDefinition":
            return maker.add(node, EscalationThrow, said, escalation=code(maker, node, _given(definition), "escalation"))
    return maker.add(node, Event, said)


def boundary(maker: NodeMaker, node: etree._Element, said: Vocabulary) -> Node:
    """Make a boundary event."""
    host = maker.place.node_by_id(node.get("attachedToRef") or "")
    of_transaction = host is not None and local(host) == "transaction"
    definition = required(maker, node, (*BOUNDARY, CANCEL) if of_transaction else BOUNDARY)
    interrupting = node.get("cancelActivity", "true") not in ("false", "0") or local(definition) in ALWAYS_INTERRUPT
    return maker.add(node, Boundary, said, interrupting=interrupting, **awaited(maker, node, definition))


def handler(maker: NodeMaker, node: etree._Element) -> None:
    """Make what listens for the start event of an event sub-process."""
    starts = node.findall(tag("startEvent"))
    if len(starts) != 1:
        found = f"Expected one start event in {ident(node)}, but found {len(starts)}."
        maker.refuse(node, "event_sub_process", f"{found} Draw an event sub-process for each.")
        raise Unmakeable
    (begin,) = starts
    definition = event(maker, begin, EVENT_START)
    if definition is None:
        message = f"Expected {ident(begin)} to wait for something, but it names nothing. Choose a message, a timer, a signal, a condition or an error."
        maker.refuse(begin, "event_sub_process", message)
        raise Unmakeable
    interrupting = begin.get("isInterrupting", "true") not in ("false", "0") or local(definition) in ALWAYS_INTERRUPT
    name, spec = f"{ident(node)} [start]", maker.place.spec
    made = Handler(
        spec, name, said=vocabulary.read(begin), interrupting=interrupting, handling=ident(node), **awaited(maker, begin, definition)
    )
    made.element = ident(begin)
    spec.handlers.append(name)


def _given(definition: etree._Element | None) -> etree._Element:
    if definition is None:
        raise AssertionError("unreachable: the kind was read off the definition")
    return definition


def _check_cancel(maker: NodeMaker, node: etree._Element) -> None:
    """Refuse a cancel end event that no transaction with a cancel boundary event stands around (BPMN 2.0, 10.5.1)."""
    around = next((each for each in node.iterancestors() if local(each) == "transaction"), None)
    parent = None if around is None else around.getparent()
    borders = [] if parent is None else parent.findall(tag("boundaryEvent"))
    caught = around is not None and any(
        each.get("attachedToRef") == ident(around) and each.find(tag("cancelEventDefinition")) is not None for each in borders
    )
    if not caught:
        message = f"Expected a transaction with a cancel boundary event around {ident(node)}, but found none."
        maker.refuse(node, "cancel", f"{message} Draw it, or use an error end event.")
        raise Unmakeable
