"""Standard loops: activities that are repeated while a condition holds."""

from __future__ import annotations

from collections.abc import Iterator

from engine.definitions.diagram import Diagram, Installed, Problem, children, label, text

MAX_DIGITS = 6


def check(diagram: Diagram, _installed: Installed) -> Iterator[Problem]:
    """Yield loops that nothing ends, and maxima that are no number."""
    for loop in diagram.elements("standardLoopCharacteristics"):
        activity, maximum = diagram.owner(loop), loop.get("loopMaximum")
        if maximum is None and not any(text(found) for found in children(loop, "loopCondition")):
            yield activity, f"Expected a loop condition or a maximum at {label(activity)}, but found neither: it would go on for ever. Write one."
        elif maximum is not None and not (maximum.isdigit() and len(maximum) <= MAX_DIGITS):
            yield activity, f"Expected a number of at most {MAX_DIGITS} digits as loopMaximum at {label(activity)}, but found {maximum!r}. Write digits."
