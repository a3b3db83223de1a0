"""The functions that every process may call beside the built-in ones: those that know the working calendar."""

from __future__ import annotations

from engine.bpmn.expressions import Functions
from engine.kernel.calendar import load_calendar


def _calendar_functions() -> Functions:
    calendar = load_calendar()
    return {"working_days_after": calendar.working_days_after, "working_days_before": calendar.working_days_before}


FUNCTIONS: Functions = _calendar_functions()
