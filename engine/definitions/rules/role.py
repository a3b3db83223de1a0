"""Who does a task: the role of its lane."""

from __future__ import annotations

from collections.abc import Iterator

from engine.definitions.diagram import Diagram, Element, Installed, Problem, attribute, label, role


def check(diagram: Diagram, _installed: Installed) -> Iterator[Problem]:
    """Yield tasks of people outside any lane, and lanes of such tasks without a role."""
    nameless: list[Element] = []
    for task in diagram.elements("task", "userTask", "manualTask"):
        if attribute(task, "role"):
            continue
        lane = diagram.lane(task)
        if lane is None:
            yield task, f"Expected {label(task)} to stand in a lane, but it stands in none: everybody in the office may do it. Draw it into the lane of a role."
        elif role(lane) is None and lane not in nameless:
            nameless.append(lane)
    for lane in nameless:
        remedy = 'Name the role, such as chidao:role="clerk"'
        yield lane, f"Expected chidao:role at {label(lane)}, but found none: everybody in the office may do its tasks. {remedy}."
