"""Leads a case from the arrival of its letter to the leader's instruction, for the tests of every shape."""

from __future__ import annotations

from tests.processes.walk import Walk

WITHDRAWN = "ev_withdrawn_start"


def arrived(walk: Walk, action: str, *assignments: str) -> Walk:
    """The letter is registered, and the leader says what to do with it."""
    walk.answer("in_ack").answer("in_look", duplicates=[], urgency="normal", problem="").complete("in_check").complete("in_register")
    walk.answer("in_record", arrival_number=7).answer("in_accept").complete("in_instruct", action=action)
    walk.answer("in_assign", assignments=[{"id": each, "due": "2024-06-28"} for each in assignments], problem="")
    return walk.answer("in_assigned")


def done(walk: Walk, end: str = "end_done") -> None:
    """The status 06 is set, and nothing is left."""
    assert walk.parameters("set_done") == {"directive": "D1", "code": "06"}
    walk.answer("set_done")
    assert (walk.outcome.ended, walk.outcome.ends[-1], walk.open) == (True, end, set())
