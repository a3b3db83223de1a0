"""Elements that the engine does not run: refused, never silently ignored."""

from __future__ import annotations

from collections.abc import Iterator

from engine.definitions.diagram import Diagram, Installed, Problem, label, local

_RUNS = """
    definitions process laneSet lane flowNodeRef childLaneSet sequenceFlow conditionExpression task userTask manualTask businessRuleTask
    serviceTask sendTask receiveTask scriptTask script callActivity subProcess exclusiveGateway parallelGateway inclusiveGateway
    eventBasedGateway startEvent intermediateCatchEvent intermediateThrowEvent boundaryEvent endEvent messageEventDefinition
    timerEventDefinition errorEventDefinition terminateEventDefinition linkEventDefinition timeDate timeDuration message multiInstanceLoopCharacteristics
    loopDataInputRef loopDataOutputRef inputDataItem outputDataItem loopCardinality completionCondition standardLoopCharacteristics
    loopCondition
"""
# What a reader sees and no token meets
_SHOWS = """
    documentation extensionElements incoming outgoing textAnnotation text association group category categoryValue categoryValueRef
    collaboration participant participantMultiplicity messageFlow messageFlowAssociation extension import relationship source target
    dataInputAssociation dataOutputAssociation sourceRef targetRef error signal escalation dataObject dataObjectReference dataStore
    dataStoreReference dataState property itemDefinition ioSpecification dataInput dataOutput inputSet outputSet dataInputRefs dataOutputRefs
    optionalInputRefs optionalOutputRefs supports interface operation inMessageRef outMessageRef
"""
KNOWN = frozenset((_RUNS + _SHOWS).split())
REMEDIES = {
    "complexGateway": "Use an exclusive or inclusive gateway",
    "transaction": "Use an embedded sub-process",
    "adHocSubProcess": "Use a sub-process with a parallel gateway",
    "signalEventDefinition": "Use a message with a business key",
    "escalationEventDefinition": "Use a message, or a gateway after the task",
    "compensateEventDefinition": "Draw the steps that undo the work",
    "cancelEventDefinition": "Use a terminate end event",
    "conditionalEventDefinition": "Use a message or a timer",
    "timeCycle": "Use timeDate or timeDuration; recurring dates come from the calendar, as in working_days_after(today(), 1)",
    "transformation": "All tasks share the process data; compute values in a script task",
    "assignment": "All tasks share the process data; compute values in a script task",
    "potentialOwner": "Give the lane a chidao:role",
    "humanPerformer": "Give the lane a chidao:role",
    "performer": "Give the lane a chidao:role",
    "resourceRole": "Give the lane a chidao:role",
    "correlationSubscription": "Give the message event a chidao:key",
}
# Their parts need no findings of their own
OPAQUE = frozenset({"assignment", "correlationSubscription", "potentialOwner", "humanPerformer", "performer", "resourceRole"})
ANYWAY = "Remove it, or draw it with tasks, gateways, messages and timers"


def check(diagram: Diagram, _installed: Installed) -> Iterator[Problem]:
    """Yield every element outside the allow-list.

    Source: the measured table of SPIFFWORKFLOW.md 2. What the library ignores without a word must not be drawn.
    """
    for element in diagram.elements():
        name = local(element)
        if name in KNOWN or any(local(parent) in OPAQUE for parent in element.iterancestors()):
            continue
        place = diagram.owner(element)
        found = label(element) if place is element else f"{name} in {label(place)}"
        yield place, f"Expected an element that the engine runs, but found {found}. {REMEDIES.get(name, ANYWAY)}."
