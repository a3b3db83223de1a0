"""A body that writes of its own accord, led step by step."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.processes.issuing import drafted
from tests.processes.walk import Walk, one


def issued() -> Walk:
    walk = Walk("directive_originate", directive=None)
    assert walk.parameters("is_load") == {"directive": ""}
    drafted(walk.answer("is_load", open_items=[])).complete("is_form").complete("is_sign").complete("is_number")
    assert walk.parameters("is_dispatch")["directive"] == ""
    return walk.answer("is_dispatch", child="D2", child_sunset="2024-06-30")


def closed(walk: Walk) -> None:
    walk.complete("cl_close").answer("cl_record", recipients=["A"])
    sent = walk.sent[-1]
    assert (walk.outcome.ended, sent.message, sent.key, sent.to) == (True, "directive.closed", "D2", ("A",))


def test_a_letter_of_one_s_own_is_closed_at_its_sunset() -> None:
    walk = issued()
    assert one(walk.outcome.timers, "wait_sunset").due == datetime(2024, 6, 29, 17, 0, tzinfo=UTC)
    closed(walk.fire("wait_sunset"))


def test_a_campaign_of_one_s_own_is_closed_once_it_is_consolidated() -> None:
    closed(issued().deliver("campaign.finished", "D2"))


def test_there_is_no_received_letter_to_pass_on_as_a_copy() -> None:
    walk = Walk("directive_originate", directive=None).answer("is_load", open_items=[])
    drafted(walk).complete("is_form").complete("is_sign", decision="relay_only")
    assert walk.open == {"is_draft"}
