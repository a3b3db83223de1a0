"""Multi-instance activities: for what they are carried out, and where the results go."""

from __future__ import annotations

from collections.abc import Iterator

from engine.bpmn.foreign_loops import collection
from engine.definitions.diagram import Diagram, Installed, Problem, children, label, text
from engine.kernel.errors import InvalidInput


def check(diagram: Diagram, _installed: Installed) -> Iterator[Problem]:
    """Yield multi-instance markers that name no list and no number, or both, and results that nobody collects."""
    for many in diagram.elements("multiInstanceLoopCharacteristics"):
        activity = diagram.owner(many)
        try:
            said = collection(many)  # as other tools say it
        except InvalidInput as error:
            yield activity, f"{error.message.rstrip('.')}, at {label(activity)}."
            continue
        source, count = (any(text(found) for found in children(many, name)) for name in ("loopDataInputRef", "loopCardinality"))
        source = source or said.source is not None
        if source == count:
            found, remedy = ("both", "Keep one") if source else ("neither", "Name a list in the data with loopDataInputRef")
            yield activity, f"Expected either loopDataInputRef or loopCardinality at {label(activity)}, but found {found}. {remedy}."
        one = bool(children(many, "outputDataItem")) or said.result is not None
        all_ = any(text(found) for found in children(many, "loopDataOutputRef")) or said.results is not None
        if one != all_:
            yield activity, f"Expected outputDataItem together with loopDataOutputRef at {label(activity)}, but found one alone. Name the result and the list."
