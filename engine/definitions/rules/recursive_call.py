"""Processes that call each other in a circle."""

from __future__ import annotations

from collections.abc import Iterator

from engine.definitions.diagram import Diagram, Installed, Problem, label


def check(diagram: Diagram, installed: Installed) -> Iterator[Problem]:
    """Yield call activities through which a process calls itself, at whatever depth."""
    for process in diagram.processes:
        name = process.get("id", "")
        circles: dict[str, bool] = {}
        for call, called in diagram.called(process):
            if called not in circles:
                circles[called] = name in installed.reached(called)
            if circles[called]:
                yield call, f"Expected no process to call itself, but {label(call)} leads back to {name}. Draw the repetition as a loop, or send a message."
