"""The rules that a diagram must keep. One rule a file, each a function `check`; the table below says how much each weighs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from engine.definitions.diagram import Diagram, Installed, Problem
from engine.definitions.rules import (
    condition,
    decision,
    duplicate_id,
    event_sub_process,
    expression,
    form,
    implicit_end,
    implicit_start,
    message,
    message_key,
    missing_id,
    no_default,
    operation,
    parameter,
    process,
    recursive_call,
    reference,
    role,
    start,
    started_by,
    timer,
    uncaught_error,
    undecided,
    unknown_form,
    unreachable,
    unsupported_element,
    unsupported_event,
    unsupported_setting,
)
from engine.kernel.errors import Finding

Rule = Callable[[Diagram, Installed], Iterable[Problem]]

ERROR = "error"  # refused at deployment
WARNING = "warning"  # runs, but a reader or an administrator will wonder

RULES: Mapping[str, tuple[str, Rule]] = {
    "unsupported_element": (ERROR, unsupported_element.check),
    "unsupported_event": (ERROR, unsupported_event.check),
    "unsupported_setting": (ERROR, unsupported_setting.check),
    "missing_id": (WARNING, missing_id.check),
    "duplicate_id": (ERROR, duplicate_id.check),
    "reference": (ERROR, reference.check),
    "recursive_call": (ERROR, recursive_call.check),
    "process": (ERROR, process.check),
    "start": (ERROR, start.check),
    "started_by": (ERROR, started_by.check),
    "event_sub_process": (ERROR, event_sub_process.check),
    "uncaught_error": (WARNING, uncaught_error.check),
    "implicit_start": (WARNING, implicit_start.check),
    "implicit_end": (WARNING, implicit_end.check),
    "unreachable": (ERROR, unreachable.check),
    "condition": (ERROR, condition.check),
    "undecided": (WARNING, undecided.check),
    "no_default": (WARNING, no_default.check),
    "expression": (ERROR, expression.check),
    "timer": (ERROR, timer.check),
    "message": (WARNING, message.check),
    "message_key": (WARNING, message_key.check),
    "form": (WARNING, form.check),
    "unknown_form": (ERROR, unknown_form.check),
    "role": (WARNING, role.check),
    "operation": (ERROR, operation.check),
    "parameter": (ERROR, parameter.check),
    "decision": (ERROR, decision.check),
}
# Errors about what our office lacks, not about the drawing: a dry run goes on in spite of them
WIRING = frozenset({"operation", "decision"})


def findings(diagram: Diagram, installed: Installed) -> list[Finding]:
    """Return what all rules say about `diagram`, in the order of its lines."""
    found = [
        Finding(
            file=diagram.file,
            element=element.get("id"),
            line=diagram.line(element),
            rule=name,
            severity=severity,
            message=message,
        )
        for name, (severity, check) in RULES.items()
        for element, message in check(diagram, installed)
    ]
    return sorted(found, key=lambda finding: finding.line or 0)
