"""The process of a file: that there is one, under a name that can be deployed."""

from __future__ import annotations

from collections.abc import Iterator

from engine.definitions.diagram import Diagram, Installed, Problem

MAX_PROCESSES = 20  # each is compiled with all of its file
MAX_KEY = 100  # characters; the column definition_version.key


def check(diagram: Diagram, _installed: Installed) -> Iterator[Problem]:
    """Yield a file without a process, and processes whose id is too long for a key."""
    if not diagram.processes:
        yield diagram.root, "Expected a process with nodes in the file, but found none. Draw a start event, tasks and an end event."
    if len(diagram.processes) > MAX_PROCESSES:
        message = f"Expected at most {MAX_PROCESSES} processes in a file, but found {len(diagram.processes)}. Give each a file of its own."
        yield diagram.root, message
    for process in diagram.processes:
        if process.get("id") in diagram.given:
            yield process, "Expected an id at every process, but found none here: it is the name that others call it by. Add one."
        if len(process.get("id", "")) > MAX_KEY:
            yield process, f"Expected a process id of at most {MAX_KEY} characters, but found {len(process.get('id', ''))}. Shorten it."
