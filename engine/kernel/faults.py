"""Faults of the program, told to people in one sentence; where they happened goes to the log alone."""

from __future__ import annotations

import logging

from engine.kernel.errors import StepFailed

_log = logging.getLogger(__name__)
MAX_SAID = 200


def unexpected(error: Exception, what: str) -> StepFailed:
    """Return a failure with a sentence for people; where in the program it happened goes to the log alone."""
    _log.error("unexpected failure", exc_info=error)
    said = str(error).partition("\n")[0][:MAX_SAID]
    return StepFailed(f"Expected {what} to go through, but the program failed: {type(error).__name__}: {said}. The log of the server says where.")
