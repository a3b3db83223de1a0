"""Expressions and scripts: only our own language, checked when a definition is deployed and not when a token meets them."""

from __future__ import annotations

from collections.abc import Iterator

from engine.bpmn.expressions import check as check_expression
from engine.bpmn.moments import is_literal
from engine.bpmn.nodes import OURS
from engine.bpmn.scripts import check_script
from engine.definitions.diagram import Diagram, Element, Installed, Problem, attribute, children, label, local, parameters, text
from engine.kernel.errors import InvalidInput

ATTRIBUTES = ("due", "key", "to")
FORMAL = ("conditionExpression", "loopCardinality", "completionCondition", "loopCondition", "timeDate", "timeDuration")
TIMES = ("timeDate", "timeDuration")
REMEDY = 'Write it as in len(items) > 0, data["key"], today() + days(3).'


def check(diagram: Diagram, installed: Installed) -> Iterator[Problem]:
    """Yield what is not written in the expression language of engine.bpmn.expressions.

    Source: SPIFFWORKFLOW.md 6.4: the library accepts `${…}`, Groovy and JavaScript and fails only when it gets there.
    """
    for element in diagram.elements(*FORMAL, "scriptTask"):
        language = (element.get("language") or element.get("scriptFormat") or "").strip().lower()
        if language not in OURS:
            place = diagram.owner(element)
            yield place, f"Expected our expression language at {label(place)}, but found {language}. Remove the language and rewrite the text. {REMEDY}"
    for element, source in _expressions(diagram):
        try:
            check_expression(source, installed.functions)
        except InvalidInput as error:
            yield element, f"{error.message.rstrip('.')}, at {label(element)}. {REMEDY}"
    for task in diagram.elements("scriptTask"):
        yield from _script(task, installed)


def _expressions(diagram: Diagram) -> Iterator[tuple[Element, str]]:
    for element in diagram.elements(*FORMAL):
        source = text(element)
        if source and not (local(element) in TIMES and is_literal(source)):
            yield diagram.owner(element), source
    for element in diagram.elements():
        for name in ATTRIBUTES:
            source = attribute(element, name) or ""
            if source and not (name == "due" and is_literal(source)):
                yield element, source
        for parameter in parameters(element):
            if (parameter.get("value") or "").strip():
                yield element, parameter.get("value", "")


def _script(task: Element, installed: Installed) -> Iterator[Problem]:
    source = "\n".join(text(script) for script in children(task, "script"))
    if not source:
        yield task, f"Expected lines of `name = expression` in {label(task)}, but it holds no script. Add them, or remove the task."
        return
    try:
        check_script(source, installed.functions)
    except InvalidInput as error:
        yield task, f"{error.message.rstrip('.')}, at {label(task)}. Write lines such as total = sum(figures)."
