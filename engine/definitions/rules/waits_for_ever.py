"""Joins at which tokens wait for others that cannot come, on every run."""

from __future__ import annotations

from collections.abc import Iterator
from weakref import WeakKeyDictionary

from engine.bpmn.soundness.merges import Verdict, judge
from engine.definitions.diagram import Diagram, Installed, Problem

_known: WeakKeyDictionary[Diagram, list[Verdict]] = WeakKeyDictionary()  # two rules ask


def check(diagram: Diagram, _installed: Installed) -> Iterator[Problem]:
    """Yield parallel joins that never let a token through, and processes that no run brings to an end. engine.bpmn.soundness.merges says how."""
    for verdict in verdicts(diagram):
        yield from verdict.certain


def verdicts(diagram: Diagram) -> list[Verdict]:
    """Return what is known of the joins of each process and sub-process."""
    if diagram not in _known:
        _known[diagram] = [judge(scope) for process in diagram.processes for scope in (process, *diagram.inside(process, "subProcess", "transaction"))]
    return _known[diagram]
