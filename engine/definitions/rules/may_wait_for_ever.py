"""Joins at which tokens are left on some runs."""

from __future__ import annotations

from collections.abc import Iterator

from engine.definitions.diagram import Diagram, Installed, Problem
from engine.definitions.rules.waits_for_ever import verdicts


def check(diagram: Diagram, _installed: Installed) -> Iterator[Problem]:
    """Yield joins at which some run leaves a token for ever; runs are looked at without their data. engine.bpmn.soundness.merges says how."""
    for verdict in verdicts(diagram):
        yield from verdict.possible
