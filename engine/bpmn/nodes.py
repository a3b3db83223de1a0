"""Makes the spec of one flow node from its XML; everything that is not supported is refused here, with a remedy."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from lxml import etree

from engine.bpmn import event_nodes, vocabulary
from engine.bpmn.activities import Container, DecisionTask, ScriptTask, ServiceTask, UserTask
from engine.bpmn.ad_hoc import AdHoc, read_rules
from engine.bpmn.data_objects import associations
from engine.bpmn.events import ReceiveTask, SendTask
from engine.bpmn.findings import Unmakeable
from engine.bpmn.gateways import EventGateway, ExclusiveGateway, InclusiveGateway, ParallelGateway
from engine.bpmn.language.expressions import check
from engine.bpmn.language.foreign_expressions import translated
from engine.bpmn.language.moments import is_literal
from engine.bpmn.language.scripts import check_script
from engine.bpmn.many import Many
from engine.bpmn.node import Node
from engine.bpmn.repetitions import read_repetition
from engine.bpmn.vocabulary import Vocabulary, ident, is_true, local, model, tag, title
from engine.kernel.errors import InvalidInput

if TYPE_CHECKING:
    from engine.bpmn.build import Place

OURS = frozenset({"", "python", "text/python", "text/x-python", "application/x-python", "chidao", vocabulary.NAMESPACE})
CONDITIONS = frozenset({"the condition", "completionCondition", "loopCondition"})
UNSUPPORTED = {
    "complexGateway": "Use exclusive, inclusive or parallel gateways.",
    "choreographyTask": "Use a process.",
    "callChoreography": "Use a process.",
    "subChoreography": "Use a process.",
}


class NodeMaker:
    """Makes the nodes of one place."""

    def __init__(self, place: Place) -> None:
        self.place = place

    def make(self, node: etree._Element) -> None:
        """Make the spec of `node`, or note why not."""
        kind = local(node)
        if kind in UNSUPPORTED:
            self.refuse(node, "unsupported_element", f"Expected an element that can be run, but found a {kind}. {UNSUPPORTED[kind]}")
            return
        for attribute in ("startQuantity", "completionQuantity"):
            if node.get(attribute, "1") != "1":
                self.refuse(node, "unsupported_setting", f"Expected {attribute} 1, but found {node.get(attribute)}. Use a multi-instance activity.")
        if node.get("isForCompensation") == "true":
            self.refuse(node, "compensation", f"Expected an activity that tokens reach, but {ident(node)} is for compensation. Use ordinary tasks.")
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

    def expression(self, node: etree._Element, where: str, source: str, *, language: str | None = vocabulary.NAMESPACE) -> str:
        """Return `source` in our language, noting a finding when it cannot be. `language`: of a formal expression; None: unsaid."""
        try:
            of_file = node.getroottree().getroot().get("expressionLanguage")
            source = translated(source, language, of_file=of_file, condition=where in CONDITIONS)
            check(source, self.place.builder.functions)
        except InvalidInput as error:
            self.refuse(node, "expression", f"In {where}: {error.message} Write it in the expression language.")
        return source

    def moment(self, node: etree._Element, where: str, source: str, *, owner: etree._Element | None = None) -> str:
        """Return the expression or literal of a timer or due date; `node` says its language, `owner` is whose it is."""
        if is_literal(source):
            return source
        if owner is None:
            return self.expression(node, where, source)
        return self.expression(owner, where, source, language=node.get("language"))

    def add(self, node: etree._Element, kind: type[Node], said: Vocabulary, **more: Any) -> Node:
        """Make the spec, wrapped in a repetition when the activity has one."""
        name = ident(node)
        repetition = read_repetition(self, node)
        made: Node = kind(self.place.spec, f"{name} [each]" if repetition else name, said=said, **more)
        made.element, made.title = name, title(node) or name
        if repetition is None:
            made.associations = associations(self, node, self.place.names)
            return made
        whole: Node = Many(self.place.spec, name, said=said, inner=made, repetition=repetition)
        whole.associations = associations(self, node, self.place.names)
        self.place.describe(node, whole)
        made.role = whole.role
        return whole

    def rule(self, node: etree._Element, said: Vocabulary) -> Node | None:
        if not self.place.builder.wired and said.decision not in self.place.builder.tables:
            return self.add(node, ServiceTask, said)
        if (said.decision is None) == (said.operation is None):
            found = "none" if said.decision is None else "both"
            message = f"Expected chidao:decision or chidao:operation at the business rule task {ident(node)}, but found {found}. Name what decides."
            self.refuse(node, "decision", message)
            return None
        if said.decision is None:
            return self.add(node, ServiceTask, said)
        tables = self.place.builder.tables
        if said.decision not in tables:
            known = ", ".join(sorted(tables)) or "none"
            self.refuse(node, "decision", f"Expected the decision of {ident(node)} among {known}, but found {said.decision!r}. Add its table.")
            return None
        return self.add(node, DecisionTask, said, table=tables[said.decision])

    def script(self, node: etree._Element, said: Vocabulary) -> Node | None:
        script = node.find(tag("script"))
        text = (script.text or "").strip() if script is not None else ""
        if not text:
            return self.user(node, said)  # BPMN 2.0, 10.3.3: without a script it is an abstract task
        if (node.get("scriptFormat") or "").strip().lower() not in OURS:
            message = f"Expected our expression language in {ident(node)}, but found a script in {node.get('scriptFormat')}. Write lines of `name = expression`."
            self.refuse(node, "script_language", message)
            return None
        try:
            check_script(text, self.place.builder.functions)
        except InvalidInput as error:
            self.refuse(node, "script", f"In the script: {error.message} Write lines of `name = expression`.")
        return self.add(node, ScriptTask, said, script=text)

    def user(self, node: etree._Element, said: Vocabulary) -> Node | None:
        if said.due is not None:
            self.moment(node, "chidao:due", said.due)
        return self.add(node, UserTask, said)

    def send(self, node: etree._Element, said: Vocabulary) -> Node | None:
        return self.add(node, SendTask, said, message=event_nodes.message(self, node, node))

    def receive(self, node: etree._Element, said: Vocabulary) -> Node | None:
        made = self.add(node, ReceiveTask, said, message=event_nodes.message(self, node, node))
        made.instantiates = is_true(node, "instantiate")
        return made

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
        inner.spec.ad_hoc = read_rules(self, node)
        if inner.spec.ad_hoc is not None:
            inner.spec.place = AdHoc
        place.calls.extend(inner.calls)
        if triggered:
            event_nodes.handler(self, node)
        return made

    def call(self, node: etree._Element, said: Vocabulary) -> Node | None:
        called = node.get("calledElement") or ""
        sources = self.place.builder.sources
        target = called if called in sources else called.rpartition(":")[2]
        if target not in sources:
            known = ", ".join(sorted(sources))
            self.refuse(node, "reference", f"Expected the called process of {ident(node)} among {known}, but found {called!r}. Add its file.")
            return None
        starts = sources[target].node.findall(tag("startEvent"))
        if starts and all(any(local(child).endswith("EventDefinition") for child in model(start)) for start in starts):
            message = f"Expected a start event that waits for nothing in the called process {target}, but each of them waits."
            self.refuse(node, "start", f"{message} Draw one in it, or send it a message instead of calling it.")
            return None
        self.place.calls.append(target)
        return self.add(node, Container, said, inside=target)

    def inclusive(self, node: etree._Element, said: Vocabulary) -> Node | None:
        """Make an inclusive gateway; without any conditions a person chooses one way."""
        return self.add(node, ExclusiveGateway if ident(node) in self.place.chosen else InclusiveGateway, said)

    def event_gateway(self, node: etree._Element, said: Vocabulary) -> Node | None:
        if node.get("eventGatewayType", "Exclusive") != "Exclusive":
            self.refuse(node, "unsupported_setting", f"Expected an exclusive event-based gateway, but {ident(node)} is another. Use start events.")
            return None
        made = self.add(node, EventGateway, said)
        made.instantiates = is_true(node, "instantiate")
        return made


Maker = Callable[[NodeMaker, Any, Vocabulary], Node | None]


def _plain(kind: type[Node]) -> Maker:
    return lambda maker, node, said: maker.add(node, kind, said)


def _careful(make: Maker) -> Maker:
    def careful(maker: NodeMaker, node: etree._Element, said: Vocabulary) -> Node | None:
        try:
            return make(maker, node, said)
        except Unmakeable:
            return None

    return careful


MAKERS: dict[str, Maker] = {
    "startEvent": _careful(event_nodes.start),
    "endEvent": _careful(event_nodes.end),
    "intermediateCatchEvent": _careful(event_nodes.intermediate_catch),
    "intermediateThrowEvent": _careful(event_nodes.intermediate_throw),
    "boundaryEvent": _careful(event_nodes.boundary),
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
    "transaction": _careful(NodeMaker.sub_process),
    "adHocSubProcess": _careful(NodeMaker.sub_process),
    "exclusiveGateway": _plain(ExclusiveGateway),
    "inclusiveGateway": NodeMaker.inclusive,
    "parallelGateway": _plain(ParallelGateway),
    "eventBasedGateway": NodeMaker.event_gateway,
}
FLOW_NODES = frozenset(MAKERS) | frozenset(UNSUPPORTED)
