"""Makes the spec of one flow node from its XML; everything that is not supported is refused here, with a remedy."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from lxml import etree

from engine.bpmn import vocabulary
from engine.bpmn.activities import Container, DecisionTask, ScriptTask, ServiceTask, UserTask
from engine.bpmn.events import ANY_ERROR, Boundary, Catch, ErrorEndEvent, Handler, MessageEndEvent, ReceiveTask, SendTask, Throw
from engine.bpmn.expressions import check
from engine.bpmn.gateways import EventGateway, ExclusiveGateway, InclusiveGateway, ParallelGateway
from engine.bpmn.many import Many
from engine.bpmn.moments import is_literal
from engine.bpmn.node import EndEvent, Event, MessageStartEvent, Node, TerminateEvent
from engine.bpmn.repetitions import read_repetition
from engine.bpmn.scripts import check_script
from engine.bpmn.vocabulary import Vocabulary, ident, local, model, tag, title
from engine.kernel.errors import InvalidInput

if TYPE_CHECKING:
    from engine.bpmn.build import Place

OURS = frozenset({"", "python", "text/python", "text/x-python", "application/x-python", "chidao", vocabulary.NAMESPACE})
UNSUPPORTED = {
    "complexGateway": "Use exclusive, inclusive or parallel gateways.",
    "adHocSubProcess": "Use a sub-process with a parallel gateway or a loop.",
    "transaction": "Use a sub-process.",
    "choreographyTask": "Use a process.",
    "callChoreography": "Use a process.",
    "subChoreography": "Use a process.",
}
EVENTS = {
    "signalEventDefinition": "Use a message.",
    "errorEventDefinition": "Use it on an end event, a boundary event of a sub-process or the start of an event sub-process.",
    "escalationEventDefinition": "Use a message.",
    "conditionalEventDefinition": "Use a message that is sent when the condition becomes true.",
    "compensateEventDefinition": "Draw the undoing steps as ordinary tasks.",
    "cancelEventDefinition": "Use an exclusive gateway behind the sub-process.",
    "terminateEventDefinition": "Use it on an end event only.",
    "linkEventDefinition": "Use it on intermediate events only.",
    "messageEventDefinition": "Use it on another event.",
    "timerEventDefinition": "Use it on an intermediate or boundary event.",
}  # fmt: skip


class NodeMaker:
    """Makes the nodes of one place."""

    def __init__(self, place: Place) -> None:
        self.place = place

    def make(self, node: etree._Element) -> None:
        """Make the spec of `node`, or note why not."""
        kind = local(node)
        if kind in UNSUPPORTED:
            self.refuse(node, "unsupported", f"Expected an element that can be run, but found a {kind}. {UNSUPPORTED[kind]}")
            return
        for attribute in ("startQuantity", "completionQuantity"):
            if node.get(attribute, "1") != "1":
                self.refuse(node, "unsupported", f"Expected {attribute} 1, but found {node.get(attribute)}. Use a multi-instance activity.")
        if node.get("isForCompensation") == "true":
            self.refuse(node, "unsupported", f"Expected an activity that tokens reach, but {ident(node)} is for compensation. Use ordinary tasks.")
            return
        said = vocabulary.read(node)
        for where, source in said.expressions():
            self.expression(node, where, source)
        made = MAKERS[kind](self, node, said)
        if made is not None:
            self.place.describe(node, made)

    def refuse(self, node: etree._Element, rule: str, message: str) -> None:
        """Note a finding."""
        self.place.refuse(node, rule, message)

    def expression(self, node: etree._Element, where: str, source: str, *, language: str | None = None) -> str:
        """Return `source`, noting a finding when it is not in our language."""
        try:
            if (language or "").strip().lower() not in OURS:
                raise InvalidInput(f"Expected our expression language, but found {language}.")
            check(source, self.place.builder.functions)
        except InvalidInput as error:
            self.refuse(node, "expression", f"In {where}: {error.message} Write it in the expression language.")
        return source

    def moment(self, node: etree._Element, where: str, source: str) -> str:
        """Return the expression or literal of a timer or due date."""
        return source if is_literal(source) else self.expression(node, where, source)

    def add(self, node: etree._Element, kind: type[Node], said: Vocabulary, **more: Any) -> Node:
        """Make the spec, wrapped in a repetition when the activity has one."""
        name = ident(node)
        repetition = read_repetition(self, node)
        made: Node = kind(self.place.spec, f"{name} [each]" if repetition else name, said=said, **more)
        made.element, made.title = name, title(node) or name
        if repetition is None:
            return made
        whole: Node = Many(self.place.spec, name, said=said, inner=made, repetition=repetition)
        self.place.describe(node, whole)
        made.role = whole.role
        return whole

    def definitions(self, node: etree._Element) -> list[etree._Element]:
        """Return the event definitions of an event."""
        return [child for child in model(node) if local(child).endswith(("EventDefinition", "eventDefinitionRef"))]

    def event(self, node: etree._Element, allowed: tuple[str, ...]) -> etree._Element | None:
        """Return the one event definition, or None for a none event. Raises _Refused after noting a finding."""
        found = self.definitions(node)
        if len(found) > 1:
            self.refuse(node, "unsupported", f"Expected one event definition at {ident(node)}, but found {len(found)}. Draw one event for each.")
            raise _Refused
        if found and local(found[0]) not in allowed:
            kind = local(found[0])
            message = f"Expected {' or '.join(allowed) or 'no event definition'} at {ident(node)}, but found {kind}."
            self.refuse(node, "unsupported", f"{message} {EVENTS.get(kind, 'Use a supported event.')}")
            raise _Refused
        return found[0] if found else None

    def message(self, node: etree._Element, definition: etree._Element) -> str:
        """Return the name of the message; without a messageRef it is the element's own name."""
        ref = definition.get("messageRef")
        if ref is None:
            return title(node) or ident(node)
        names = self.place.source.messages
        for candidate in (ref, ref.rpartition(":")[2]):
            if candidate in names:
                return names[candidate]
        self.refuse(node, "message-missing", f"Expected the message {ref!r} of {ident(node)} in the file, but found none. Declare it.")
        raise _Refused

    def timer(self, node: etree._Element, definition: etree._Element) -> str:
        """Return the timer's expression or literal."""
        for each in model(definition):
            text = (each.text or "").strip()
            if local(each) == "timeCycle":
                message = f"Expected a date or a duration at {ident(node)}, but found a cycle."
                self.refuse(node, "timer-cycle", f"{message} Months differ in length: let the calendar start one instance a period.")
                raise _Refused
            if text:
                return self.moment(node, "the timer", text)
        self.refuse(node, "timer-empty", f"Expected a timeDate or timeDuration at {ident(node)}, but found none. Write one, such as P3D.")
        raise _Refused

    def error(self, node: etree._Element, definition: etree._Element) -> str:
        """Return the code of the error; without an errorRef it is every error."""
        ref = definition.get("errorRef")
        if ref is None:
            return ANY_ERROR
        errors = self.place.source.errors
        for candidate in (ref, ref.rpartition(":")[2]):
            if candidate in errors:
                return errors[candidate]
        self.refuse(node, "error-missing", f"Expected the error {ref!r} of {ident(node)} in the file, but found none. Declare it.")
        raise _Refused

    def awaited(self, node: etree._Element, definition: etree._Element) -> dict[str, str]:
        """Return what a catching event waits for."""
        if local(definition) == "timerEventDefinition":
            return {"timer": self.timer(node, definition)}
        if local(definition) == "errorEventDefinition":
            return {"error": self.error(node, definition)}
        return {"message": self.message(node, definition)}

    def catching(self, node: etree._Element, said: Vocabulary, kind: type[Catch], definition: etree._Element, **more: Any) -> Node:
        """Make a catching event."""
        return self.add(node, kind, said, **self.awaited(node, definition), **more)

    def start(self, node: etree._Element, said: Vocabulary) -> Node | None:
        if self.place.triggered:  # what it waits for, its handler outside knows
            return self.add(node, Event, said)
        top = self.place.key == self.place.source.id
        definition = self.event(node, ("messageEventDefinition",) if top else ())
        if definition is None:
            return self.add(node, Event, said)
        return self.add(node, MessageStartEvent, said, message=self.message(node, definition))

    def end(self, node: etree._Element, said: Vocabulary) -> Node | None:
        definition = self.event(node, ("messageEventDefinition", "terminateEventDefinition", "errorEventDefinition"))
        if definition is None:
            return self.add(node, EndEvent, said)
        if local(definition) == "errorEventDefinition":
            return self.add(node, ErrorEndEvent, said, error=self.error(node, definition))
        if local(definition) == "terminateEventDefinition":
            return self.add(node, TerminateEvent, said)
        return self.add(node, MessageEndEvent, said, message=self.message(node, definition))

    def intermediate_catch(self, node: etree._Element, said: Vocabulary) -> Node | None:
        definition = self.event(node, ("messageEventDefinition", "timerEventDefinition", "linkEventDefinition"))
        if definition is None:
            self.refuse(node, "event-empty", f"Expected a message, a timer or a link at {ident(node)}, but found none. Choose one.")
            return None
        if local(definition) == "linkEventDefinition":
            return self.add(node, Event, said)
        return self.catching(node, said, Catch, definition)

    def intermediate_throw(self, node: etree._Element, said: Vocabulary) -> Node | None:
        definition = self.event(node, ("messageEventDefinition", "linkEventDefinition"))
        if definition is None or local(definition) == "linkEventDefinition":
            return self.add(node, Event, said)
        return self.add(node, Throw, said, message=self.message(node, definition))

    def boundary(self, node: etree._Element, said: Vocabulary) -> Node | None:
        definition = self.event(node, ("messageEventDefinition", "timerEventDefinition", "errorEventDefinition"))
        if definition is None:
            self.refuse(node, "event-empty", f"Expected a message, a timer or an error at {ident(node)}, but found none. Choose one.")
            return None
        interrupting = node.get("cancelActivity", "true") != "false" or local(definition) == "errorEventDefinition"
        return self.catching(node, said, Boundary, definition, interrupting=interrupting)

    def rule(self, node: etree._Element, said: Vocabulary) -> Node | None:
        if not self.place.builder.wired and said.decision not in self.place.builder.tables:
            return self.add(node, ServiceTask, said)
        if (said.decision is None) == (said.operation is None):
            found = "none" if said.decision is None else "both"
            message = f"Expected chidao:decision or chidao:operation at the business rule task {ident(node)}, but found {found}. Name what decides."
            self.refuse(node, "decision-missing", message)
            return None
        if said.decision is None:
            return self.add(node, ServiceTask, said)
        tables = self.place.builder.tables
        if said.decision not in tables:
            known = ", ".join(sorted(tables)) or "none"
            self.refuse(node, "decision-missing", f"Expected the decision of {ident(node)} among {known}, but found {said.decision!r}. Add its table.")
            return None
        return self.add(node, DecisionTask, said, table=tables[said.decision])

    def script(self, node: etree._Element, said: Vocabulary) -> Node | None:
        script = node.find(tag("script"))
        text = (script.text or "").strip() if script is not None else ""
        try:
            if (node.get("scriptFormat") or "").strip().lower() not in OURS:
                raise InvalidInput(f"Expected our expression language, but found {node.get('scriptFormat')}.")
            check_script(text, self.place.builder.functions)
        except InvalidInput as error:
            self.refuse(node, "script", f"In the script: {error.message} Write lines of `name = expression`.")
        return self.add(node, ScriptTask, said, script=text)

    def user(self, node: etree._Element, said: Vocabulary) -> Node | None:
        if said.due is not None:
            self.moment(node, "chidao:due", said.due)
        return self.add(node, UserTask, said)

    def send(self, node: etree._Element, said: Vocabulary) -> Node | None:
        return self.add(node, SendTask, said, message=self.message(node, node))

    def receive(self, node: etree._Element, said: Vocabulary) -> Node | None:
        if node.get("instantiate") == "true":
            self.refuse(node, "unsupported", f"Expected a start event, but {ident(node)} starts the process. Draw a message start event.")
            return None
        return self.add(node, ReceiveTask, said, message=self.message(node, node))

    def sub_process(self, node: etree._Element, said: Vocabulary) -> Node | None:
        key = f"{self.place.key}/{ident(node)}"
        made = self.add(node, Container, said, inside=key)
        place = self.place
        lane = place.lanes.get(ident(node), place.lane)
        triggered = node.get("triggeredByEvent") == "true"
        inner = type(place)(
            builder=place.builder, source=place.source, node=node, key=key, lanes=place.lanes, lane=lane, triggered=triggered
        )
        inner.build()
        place.calls.extend(inner.calls)
        if triggered:
            self.handler(node)
        return made

    def handler(self, node: etree._Element) -> None:
        """Make what listens for the start event of an event sub-process."""
        starts = node.findall(tag("startEvent"))
        if len(starts) != 1:
            self.refuse(node, "one-start", f"Expected one start event in {ident(node)}, but found {len(starts)}. Draw an event sub-process for each.")
            raise _Refused
        (start,) = starts
        definition = self.event(start, ("messageEventDefinition", "timerEventDefinition", "errorEventDefinition"))
        if definition is None:
            self.refuse(start, "event-empty", f"Expected a message, a timer or an error at {ident(start)}, but found none. Choose one.")
            raise _Refused
        interrupting = start.get("isInterrupting", "true") != "false" or local(definition) == "errorEventDefinition"
        name, said = f"{ident(node)} [start]", vocabulary.read(start)
        awaited = self.awaited(start, definition)
        made = Handler(self.place.spec, name, said=said, interrupting=interrupting, handling=ident(node), **awaited)
        made.element = ident(start)
        self.place.spec.handlers.append(name)

    def call(self, node: etree._Element, said: Vocabulary) -> Node | None:
        called = node.get("calledElement") or ""
        sources = self.place.builder.sources
        target = called if called in sources else called.rpartition(":")[2]
        if target not in sources:
            known = ", ".join(sorted(sources))
            self.refuse(node, "call-missing", f"Expected the called process of {ident(node)} among {known}, but found {called!r}. Add its file.")
            return None
        self.place.calls.append(target)
        return self.add(node, Container, said, inside=target)

    def event_gateway(self, node: etree._Element, said: Vocabulary) -> Node | None:
        if node.get("instantiate") == "true" or node.get("eventGatewayType", "Exclusive") != "Exclusive":
            self.refuse(node, "unsupported", f"Expected an exclusive event-based gateway, but {ident(node)} is another. Use start events.")
            return None
        return self.add(node, EventGateway, said)


class _Refused(Exception):
    """A finding was noted; the node cannot be made."""


Maker = Callable[[NodeMaker, Any, Vocabulary], Node | None]


def _plain(kind: type[Node]) -> Maker:
    return lambda maker, node, said: maker.add(node, kind, said)


def _careful(make: Maker) -> Maker:
    def careful(maker: NodeMaker, node: etree._Element, said: Vocabulary) -> Node | None:
        try:
            return make(maker, node, said)
        except _Refused:
            return None

    return careful


MAKERS: dict[str, Maker] = {
    "startEvent": _careful(NodeMaker.start),
    "endEvent": _careful(NodeMaker.end),
    "intermediateCatchEvent": _careful(NodeMaker.intermediate_catch),
    "intermediateThrowEvent": _careful(NodeMaker.intermediate_throw),
    "boundaryEvent": _careful(NodeMaker.boundary),
    "task": NodeMaker.user,
    "userTask": NodeMaker.user,
    "manualTask": NodeMaker.user,
    "serviceTask": _plain(ServiceTask),
    "businessRuleTask": NodeMaker.rule,
    "scriptTask": NodeMaker.script,
    "sendTask": _careful(NodeMaker.send),
    "receiveTask": _careful(NodeMaker.receive),
    "callActivity": NodeMaker.call,
    "subProcess": _careful(NodeMaker.sub_process),
    "exclusiveGateway": _plain(ExclusiveGateway),
    "inclusiveGateway": _plain(InclusiveGateway),
    "parallelGateway": _plain(ParallelGateway),
    "eventBasedGateway": NodeMaker.event_gateway,
}
FLOW_NODES = frozenset(MAKERS) | frozenset(UNSUPPORTED)
