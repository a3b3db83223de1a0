"""People named at a task in other ways than by its lane."""

from __future__ import annotations

from collections.abc import Iterator

from engine.definitions.diagram import Diagram, Installed, Problem, label, local

ROLES = ("potentialOwner", "humanPerformer", "performer", "resourceRole")


def check(diagram: Diagram, _installed: Installed) -> Iterator[Problem]:
    """Yield performers and potential owners: the role of the lane decides, not these."""
    for entry in diagram.elements(*ROLES):
        task = diagram.owner(entry)
        yield task, f"Expected the lane of {label(task)} to say who does it, but found a {local(entry)}, which nobody reads. Give the lane a chidao:role."
