"""BPMN in steps over SpiffWorkflow, the only room that imports it: compile, start, advance. Knows no database and no clock."""

from __future__ import annotations

from engine.bpmn.definition import Definition, Element, PersonStart
from engine.bpmn.language.expressions import Functions, check, evaluate
from engine.bpmn.migrating.counterparts import Obstacle, known_names
from engine.bpmn.migrating.migration import Migration, Moved
from engine.bpmn.migrating.positions import Position, positions
from engine.bpmn.outcome import (
    Choose,
    Command,
    CompleteOperation,
    CompleteTask,
    DeliverMessage,
    FireTimer,
    MoveToken,
    OpenChoice,
    OpenCondition,
    OpenOperation,
    OpenSubscription,
    OpenTask,
    OpenTimer,
    Outcome,
    Passed,
    RaiseError,
    Sent,
    SetData,
    Signalled,
)
from engine.bpmn.parse import compile_definition, process_ids
from engine.bpmn.repairs import Standing
from engine.bpmn.serialise import renamed
from engine.bpmn.step import advance, start, tokens, view

__all__ = [
    "Choose",
    "Command",
    "CompleteOperation",
    "CompleteTask",
    "Definition",
    "DeliverMessage",
    "Element",
    "FireTimer",
    "Functions",
    "Migration",
    "MoveToken",
    "Moved",
    "Obstacle",
    "OpenChoice",
    "OpenCondition",
    "OpenOperation",
    "OpenSubscription",
    "OpenTask",
    "OpenTimer",
    "Outcome",
    "Passed",
    "PersonStart",
    "Position",
    "RaiseError",
    "Sent",
    "SetData",
    "Signalled",
    "Standing",
    "advance",
    "check",
    "compile_definition",
    "evaluate",
    "known_names",
    "positions",
    "process_ids",
    "renamed",
    "start",
    "tokens",
    "view",
]
