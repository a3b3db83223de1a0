"""Scripts in another language."""

from __future__ import annotations

from collections.abc import Iterator

from engine.bpmn.nodes import OURS
from engine.definitions.diagram import Diagram, Installed, Problem, children, label, text


def check(diagram: Diagram, _installed: Installed) -> Iterator[Problem]:
    """Yield script tasks in another language than ours. Source: SPIFFWORKFLOW.md 6.4: the library fails only when it gets there."""
    for task in diagram.elements("scriptTask"):
        language = (task.get("scriptFormat") or "").strip()
        if language.lower() not in OURS and any(text(script) for script in children(task, "script")):
            remedy = "Rewrite it as lines such as total = sum(figures), and remove scriptFormat"
            yield task, f"Expected lines of our expression language in {label(task)}, but found a script in {language}. {remedy}."
