"""The functions that every process may call beside the built-in ones: those that know the working calendar."""

from __future__ import annotations

from engine.bpmn.expressions import Functions
from engine.kernel.calendar import WorkingCalendar, load_calendar


def functions_of(calendar: WorkingCalendar) -> Functions:
    """Return the functions that count by `calendar`."""
    return {"working_days_after": calendar.working_days_after, "working_days_before": calendar.working_days_before}


FUNCTIONS: Functions = functions_of(load_calendar())  # to check a drawing without a database
