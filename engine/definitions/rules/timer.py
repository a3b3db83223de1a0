"""Timers that never say when."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.definitions.diagram import Diagram, Installed, Problem, children, label, text

CRON = re.compile(r"^[\d*/?,\-LW#]+(\s+[\dA-Z*/?,\-#]+){4,6}$", re.IGNORECASE)


def check(diagram: Diagram, _installed: Installed) -> Iterator[Problem]:
    """Yield timers without a date, a duration or a cycle, and those in the language of cron."""
    for timer in diagram.elements("timerEventDefinition"):
        event = diagram.owner(timer)
        given = [text(found) for found in children(timer, "timeDate", "timeDuration", "timeCycle") if text(found)]
        if not given:
            yield event, f"Expected a date, a duration or a cycle at {label(event)}, but found none. Give an expression or an ISO literal such as P3D."
        for source in given:
            if CRON.match(source):
                remedy = "Write it as in R/2026-01-31/P1M, or compute the day, as in working_days_after(today(), 1)"
                yield event, f"Expected an ISO 8601 date, duration or cycle at {label(event)}, but found the cron line {source!r}. {remedy}."
