"""What people read of differences: kinds of elements, what an element says, values, obstacles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from engine.definitions.differences_text import shown

CHANGES: Mapping[str, tuple[str, Any]] = {"added": ("+", _("added")), "removed": ("−", _("removed")), "changed": ("~", _("changed"))}
TYPES: Mapping[str, Any] = {
    "process": _("The process itself"),
    "userTask": _("Task of a person"),
    "manualTask": _("Task of a person"),
    "serviceTask": _("Operation of the system"),
    "scriptTask": _("Computing step"),
    "sendTask": _("Sending a message"),
    "receiveTask": _("Waiting for a message"),
    "businessRuleTask": _("Decision table"),
    "callActivity": _("Call of a process"),
    "subProcess": _("Sub-process"),
    "startEvent": _("Start"),
    "endEvent": _("End"),
    "boundaryEvent": _("Event at the edge"),
    "intermediateCatchEvent": _("Waiting event"),
    "intermediateThrowEvent": _("Sending event"),
    "exclusiveGateway": _("Choice of one way"),
    "parallelGateway": _("All ways at once"),
    "inclusiveGateway": _("Choice of some ways"),
    "eventBasedGateway": _("Whichever happens first"),
    "sequenceFlow": _("Way"),
    "lane": _("Lane"),
    "dataObject": _("Data"),
    "dataObjectReference": _("Data"),
    "form": _("Form"),
    "field": _("Field of a form"),
    "decision": _("Decision table"),
    "decisionTable": _("Decision table"),
    "rule": _("Rule of a decision table"),
    "call": _("Process that it calls"),
    "message": _("Message"),
    "signal": _("Signal"),
    "error": _("Error"),
    "participant": _("Frame around the process"),
    "textAnnotation": _("Note in the drawing"),
    "association": _("Line of a note"),
    "definitions": _("What the file says of itself"),
    "picture": _("The drawing"),
}
ATTRIBUTES: Mapping[str, Any] = {
    "type": _("Kind"),
    "name": _("Name"),
    "form": _("Form"),
    "role": _("Role"),
    "lane": _("Lane"),
    "inside": _("Stands in"),
    "operation": _("Operation"),
    "decision": _("Decision table"),
    "message": _("Message"),
    "signal": _("Signal"),
    "error": _("Error"),
    "calledElement": _("Process to call"),
    "conditionExpression": _("Condition"),
    "documentation": _("Instruction"),
    "script": _("Script"),
    "sourceRef": _("From"),
    "targetRef": _("To"),
    "attachedToRef": _("At the edge of"),
    "default": _("Usual way"),
    "timerEventDefinition.timeDuration": _("Time limit"),
    "timerEventDefinition.timeDate": _("Moment"),
    "timerEventDefinition.timeCycle": _("Repeated"),
    "cancelActivity": _("Ends the task"),
    "title": _("Heading of the form"),
    "description": _("Help"),
    "required": _("Must be filled in"),
    "hit policy": _("How rules are chosen"),
    "order of rules": _("Order of the rules"),
}
REFERRING = frozenset({"sourceRef", "targetRef", "attachedToRef", "default", "inside"})  # whose value is the id of an element
NOTES: Mapping[str, Any] = {
    "Timers that run keep their moment, whatever the new version says.": _("Timers that run keep their moment, whatever the new version says."),
    "Boundary events and event sub-processes that are new begin to listen when an instance is moved; their timers count from then.": _(
        "Boundary events and event sub-processes that are new begin to listen when a case is moved; their timers count from then."
    ),
    "Open tasks keep their id, their holder, their due moment and what they show; name, form and role are those of the new version.": _(
        "Open tasks keep their holder, their due moment and what they show; name, form and role are those of the new version."
    ),
}


def kind(name: str) -> str:
    """Return what kind of thing something is."""
    return str(TYPES.get(name, name))


def attribute(name: str) -> str:
    """Return what an element says under a name."""
    if name.startswith("parameter "):
        return str(gettext("Parameter %(name)s", name=name.removeprefix("parameter ")))
    return str(ATTRIBUTES.get(name, name))


def value(found: Any) -> str:
    """Return a value as people read it."""
    if found is None or found == "":
        return str(gettext("(nothing)"))
    if isinstance(found, bool) or (isinstance(found, str) and found in {"true", "false", "✓"}):
        return str(gettext("yes") if found in {True, "true", "✓"} else gettext("no"))
    return shown(found)
