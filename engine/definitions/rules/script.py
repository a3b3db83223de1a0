"""Scripts: lines of assignments in the expression language."""

from __future__ import annotations

from collections.abc import Iterator

from engine.bpmn.language.scripts import check_script
from engine.bpmn.nodes import OURS
from engine.definitions.diagram import Diagram, Installed, Problem, children, label, text
from engine.kernel.errors import InvalidInput


def check(diagram: Diagram, installed: Installed) -> Iterator[Problem]:
    """Yield scripts that are no lines of `name = expression`."""
    for task in diagram.elements("scriptTask"):
        if (task.get("scriptFormat") or "").strip().lower() not in OURS:
            continue  # another rule says so
        source = "\n".join(text(script) for script in children(task, "script"))
        if not source:
            continue  # another rule says so
        try:
            check_script(source, installed.functions)
        except InvalidInput as error:
            yield task, f"{error.message.rstrip('.')}, at {label(task)}. Write lines such as total = sum(figures)."
