"""Conditional events that read the clock."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from engine.bpmn.language.builtin_functions import CLOCK
from engine.bpmn.language.expressions import parse
from engine.bpmn.language.foreign_expressions import translated
from engine.definitions.diagram import Diagram, Element, Installed, Problem, children, label, text
from engine.kernel.errors import InvalidInput


def check(diagram: Diagram, _installed: Installed) -> Iterator[Problem]:
    """Yield conditional events whose condition calls today() or now(): they are looked at when data changes, and time changes none."""
    for definition in diagram.elements("conditionalEventDefinition"):
        event = diagram.owner(definition)
        for condition in children(definition, "condition"):
            read = sorted(_called(condition, diagram.root.get("expressionLanguage")) & CLOCK.keys())
            if read:
                found = " and ".join(f"{name}()" for name in read)
                yield event, f"Expected data alone in the condition of {label(event)}, but found {found}: nothing wakes it when time passes. Use a timer event."


def _called(condition: Element, of_file: str | None) -> set[str]:
    try:
        body = parse(translated(text(condition), condition.get("language"), of_file=of_file, condition=True)).body
    except InvalidInput:
        return set()  # another rule says so
    return {node.func.id for node in ast.walk(body) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
