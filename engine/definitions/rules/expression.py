"""Expressions: only our own language, checked when a definition is deployed and not when a token meets them."""

from __future__ import annotations

from collections.abc import Iterator

from engine.bpmn.cycles import is_cycle
from engine.bpmn.language.expressions import check as check_expression
from engine.bpmn.language.foreign_expressions import translated
from engine.bpmn.language.moments import is_literal
from engine.bpmn.vocabulary import NAMESPACE
from engine.definitions.diagram import Diagram, Element, Installed, Problem, attribute, label, local, parameters, text
from engine.definitions.rules.timer import CRON
from engine.kernel.errors import InvalidInput

ATTRIBUTES = ("due", "key", "to")
CONDITIONS = ("conditionExpression", "condition", "completionCondition", "loopCondition")
TIMES = ("timeDate", "timeDuration", "timeCycle")
FORMAL = (*CONDITIONS, *TIMES, "loopCardinality", "transformation", "from")
REMEDY = 'Write it as in len(items) > 0, data["key"], today() + days(3).'


def check(diagram: Diagram, installed: Installed) -> Iterator[Problem]:
    """Yield what is not written in the expression language of engine.bpmn.language.expressions, nor in one that can be put into it.

    Source: SPIFFWORKFLOW.md 6.4: the library accepts `${…}`, Groovy and JavaScript and fails only when it gets there.
    """
    of_file = diagram.root.get("expressionLanguage")
    for element, source, language, condition in _expressions(diagram):
        try:
            check_expression(translated(source, language, of_file=of_file, condition=condition), installed.functions)
        except InvalidInput as error:
            yield element, f"{error.message.rstrip('.')}, at {label(element)}. {REMEDY}"


def _expressions(diagram: Diagram) -> Iterator[tuple[Element, str, str | None, bool]]:
    """Yield place, text, language, and whether true or false is wanted."""
    for element in diagram.elements(*FORMAL):
        source = text(element)
        if source and not (local(element) in TIMES and (is_literal(source) or is_cycle(source) or CRON.match(source))):
            yield diagram.owner(element), source, element.get("language"), local(element) in CONDITIONS
    for element in diagram.elements():
        for name in ATTRIBUTES:
            source = attribute(element, name) or ""
            if source and not (name == "due" and is_literal(source)):
                yield element, source, NAMESPACE, False
        for parameter in parameters(element):
            if (parameter.get("value") or "").strip():
                yield element, parameter.get("value", ""), NAMESPACE, False
