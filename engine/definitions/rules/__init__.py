"""The rules that a diagram must keep. One rule a file, each a function `check`; the table below says how much each weighs.

Each has a page for designers and a wrong and a right diagram in `pages/`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from engine.definitions.diagram import Diagram, Installed, Problem, named
from engine.definitions.rules import (
    ad_hoc,
    busy_loop,
    cancel,
    compensation,
    condition,
    condition_clock,
    condition_ignored,
    crossing_flow,
    data_store,
    decision,
    default_condition,
    duplicate_id,
    empty_script,
    endless_loop,
    event_gateway,
    event_sub_process,
    expression,
    flow_into_start,
    flow_out_of_end,
    form,
    implicit_end,
    implicit_start,
    link,
    loop,
    loose_reference,
    may_wait_for_ever,
    message,
    message_flow_inside,
    message_key,
    missing_id,
    multi_instance,
    no_default,
    operation,
    parameter,
    performer,
    process,
    recursive_call,
    reference,
    role,
    script,
    script_language,
    self_start,
    signal,
    start,
    started_by,
    timer,
    uncaught_error,
    uncaught_escalation,
    undecided,
    unknown_form,
    unreachable,
    unsupported_element,
    unsupported_event,
    unsupported_setting,
    unused,
    vendor_extension,
    vocabulary,
    waits_for_ever,
)
from engine.kernel.errors import Finding

Rule = Callable[[Diagram, Installed], Iterable[Problem]]

ERROR = "error"  # refused at deployment
WARNING = "warning"  # runs, but a reader or an administrator will wonder

RULES: Mapping[str, tuple[str, Rule]] = {
    # what the engine runs
    "unsupported_element": (ERROR, unsupported_element.check),
    "unsupported_event": (ERROR, unsupported_event.check),
    "unsupported_setting": (ERROR, unsupported_setting.check),
    "compensation": (ERROR, compensation.check),
    "data_store": (WARNING, data_store.check),
    "performer": (WARNING, performer.check),
    "vendor_extension": (WARNING, vendor_extension.check),
    "vocabulary": (ERROR, vocabulary.check),
    # names
    "missing_id": (WARNING, missing_id.check),
    "duplicate_id": (ERROR, duplicate_id.check),
    "reference": (ERROR, reference.check),
    "loose_reference": (WARNING, loose_reference.check),
    "recursive_call": (ERROR, recursive_call.check),
    "process": (ERROR, process.check),
    "unused": (WARNING, unused.check),
    # where it begins and ends
    "start": (ERROR, start.check),
    "started_by": (ERROR, started_by.check),
    "implicit_start": (WARNING, implicit_start.check),
    "implicit_end": (WARNING, implicit_end.check),
    "unreachable": (ERROR, unreachable.check),
    # flows
    "crossing_flow": (ERROR, crossing_flow.check),
    "flow_into_start": (ERROR, flow_into_start.check),
    "flow_out_of_end": (ERROR, flow_out_of_end.check),
    "link": (ERROR, link.check),
    "message_flow_inside": (WARNING, message_flow_inside.check),
    "endless_loop": (ERROR, endless_loop.check),
    "busy_loop": (WARNING, busy_loop.check),
    "waits_for_ever": (ERROR, waits_for_ever.check),
    "may_wait_for_ever": (WARNING, may_wait_for_ever.check),
    # gateways
    "condition": (ERROR, condition.check),
    "condition_ignored": (ERROR, condition_ignored.check),
    "default_condition": (WARNING, default_condition.check),
    "undecided": (WARNING, undecided.check),
    "no_default": (WARNING, no_default.check),
    "event_gateway": (ERROR, event_gateway.check),
    # events and containers
    "event_sub_process": (ERROR, event_sub_process.check),
    "ad_hoc": (WARNING, ad_hoc.check),
    "cancel": (ERROR, cancel.check),
    "uncaught_error": (WARNING, uncaught_error.check),
    "uncaught_escalation": (WARNING, uncaught_escalation.check),
    "condition_clock": (ERROR, condition_clock.check),
    "timer": (ERROR, timer.check),
    "message": (WARNING, message.check),
    "message_key": (WARNING, message_key.check),
    "signal": (WARNING, signal.check),
    "loop": (ERROR, loop.check),
    "multi_instance": (ERROR, multi_instance.check),
    # expressions
    "expression": (ERROR, expression.check),
    "script_language": (ERROR, script_language.check),
    "script": (ERROR, script.check),
    "empty_script": (WARNING, empty_script.check),
    # wiring to our office
    "form": (WARNING, form.check),
    "unknown_form": (ERROR, unknown_form.check),
    "role": (WARNING, role.check),
    "self_start": (ERROR, self_start.check),
    "operation": (ERROR, operation.check),
    "parameter": (ERROR, parameter.check),
    "decision": (ERROR, decision.check),
}
# What is found before, beside and after the rules: by reading, by the schema, among several files, in forms and tables, by the compiler
BESIDE: Mapping[str, str] = {
    "xml": ERROR,
    "xsd": ERROR,
    "xsd_tolerated": WARNING,
    "duplicate_process": ERROR,
    "not_executable": WARNING,
    "data_association": ERROR,
    "form_schema": ERROR,
    "decision_table": ERROR,
    "decision_idle": WARNING,
}
# Errors about what our office lacks, not about the drawing: a dry run goes on in spite of them
WIRING = frozenset({"self_start", "operation", "decision"})


def severity(rule: str) -> str:
    """Return how much a finding of `rule` weighs."""
    return RULES[rule][0] if rule in RULES else BESIDE[rule]


def findings(diagram: Diagram, installed: Installed) -> list[Finding]:
    """Return what all rules say about `diagram`, in the order of its lines."""
    found = [
        Finding(
            file=diagram.file,
            element=named(element),
            line=diagram.line(element),
            rule=name,
            severity=severity,
            message=message,
        )
        for name, (severity, check) in RULES.items()
        for element, message in check(diagram, installed)
    ]
    return sorted(found, key=lambda finding: finding.line or 0)
