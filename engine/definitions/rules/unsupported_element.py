"""Elements that the engine does not run: refused, never silently ignored."""

from __future__ import annotations

from collections.abc import Iterator

from engine.definitions.diagram import Diagram, Installed, Problem, label, local

_RUNS = """
    definitions process laneSet lane flowNodeRef childLaneSet sequenceFlow conditionExpression task userTask manualTask businessRuleTask
    serviceTask sendTask receiveTask scriptTask script callActivity subProcess transaction adHocSubProcess exclusiveGateway parallelGateway
    inclusiveGateway eventBasedGateway startEvent intermediateCatchEvent intermediateThrowEvent boundaryEvent endEvent messageEventDefinition
    timerEventDefinition signalEventDefinition errorEventDefinition escalationEventDefinition conditionalEventDefinition condition
    cancelEventDefinition terminateEventDefinition linkEventDefinition timeDate timeDuration timeCycle message signal error escalation
    multiInstanceLoopCharacteristics loopDataInputRef loopDataOutputRef inputDataItem outputDataItem loopCardinality completionCondition
    standardLoopCharacteristics loopCondition dataInputAssociation dataOutputAssociation assignment from to transformation
"""
# What a reader sees and no token meets
_SHOWS = """
    documentation extensionElements incoming outgoing textAnnotation text association group category categoryValue categoryValueRef
    collaboration participant participantMultiplicity messageFlow messageFlowAssociation participantAssociation innerParticipantRef
    outerParticipantRef extension import relationship source target sourceRef targetRef
    dataObject dataObjectReference dataStore dataStoreReference dataState property itemDefinition ioSpecification ioBinding dataInput
    dataOutput inputSet outputSet inputSetRefs outputSetRefs dataInputRefs dataOutputRefs optionalInputRefs optionalOutputRefs whileExecutingInputRefs
    whileExecutingOutputRefs supports interface operation inMessageRef outMessageRef errorRef interfaceRef endPoint endPointRef
    partnerEntity partnerRole participantRef monitoring auditing rendering resource resourceParameter supportedInterfaceRef
    globalTask globalUserTask globalManualTask globalScriptTask globalBusinessRuleTask partitionElement messagePath
    conversation subConversation callConversation conversationNode conversationLink conversationAssociation globalConversation
    correlationKey correlationProperty correlationPropertyRef correlationPropertyRetrievalExpression messageFlowRef choreographyRef operationRef
"""
# What other rules say more about
_ELSEWHERE = """
    compensateEventDefinition potentialOwner humanPerformer performer resourceRole resourceRef resourceAssignmentExpression
    resourceParameterBinding formalExpression expression
"""
KNOWN = frozenset((_RUNS + _SHOWS + _ELSEWHERE).split())
REMEDIES = {
    "complexGateway": "Use an exclusive or inclusive gateway",
    "eventDefinitionRef": "Put the event definition into the event itself",
    "correlationSubscription": "Give the message event a chidao:key",
    "choreography": "Draw a process for each participant",
    "globalChoreographyTask": "Draw a process for each participant",
    "choreographyTask": "Draw a process for each participant",
    "subChoreography": "Draw a process for each participant",
    "callChoreography": "Draw a process for each participant",
}
# Their parts need no findings of their own
OPAQUE = frozenset({"correlationSubscription", "choreography", "globalChoreographyTask", "complexGateway"})
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
        found = label(element) if place is element else f"{name} inside {label(place)}"
        yield place, f"Expected an element that the engine runs, but found {found}. {REMEDIES.get(name, ANYWAY)}."
