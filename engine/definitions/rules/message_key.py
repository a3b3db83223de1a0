"""Messages without a business key: every waiting instance looks alike."""

from __future__ import annotations

from collections.abc import Iterator

from engine.definitions.diagram import Diagram, Installed, Problem, attribute, is_event_start, label, local
from engine.definitions.rules.message import messaging


def check(diagram: Diagram, _installed: Installed) -> Iterator[Problem]:
    """Yield what sends or waits for a message without chidao:key; the start event of a process needs none."""
    for holder, _definition in messaging(diagram):
        starts = local(holder) == "startEvent" and not is_event_start(holder)
        if not starts and attribute(holder, "key") is None:
            yield holder, f"Expected chidao:key at {label(holder)}, but found none: the message may reach the wrong instance. Name the key from the data."
