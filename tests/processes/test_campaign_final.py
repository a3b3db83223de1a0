"""The case of a campaign that is reported on once, led step by step."""

from __future__ import annotations

import pytest

from tests.processes.arriving import WITHDRAWN, arrived, done
from tests.processes.issuing import issue
from tests.processes.walk import Walk

WAITING = {"wait_concluded", "wait_closed", "wait_sunset", "wait_finished", WITHDRAWN}


def case(action: str, *assignments: str) -> Walk:
    return arrived(Walk("campaign_final", directive="D1", issuer="PROVINCE", sunset="2024-06-30"), action, *assignments)


def closes(walk: Walk) -> Walk:
    assert walk.parameters("close") == {"directive": "D2", "reason": "fulfilled"}
    walk.answer("close", recipients=["A", "B"])
    sent = walk.sent[-1]
    assert (sent.message, sent.key, sent.to) == ("directive.closed", "D2", ("A", "B"))
    return walk


def test_a_campaign_ends_by_itself_when_the_final_report_is_accepted() -> None:
    walk = issue(case("forward"), "D2")
    assert walk.open == WAITING
    done(closes(walk.deliver("report.concluded", "D1")))


def test_a_campaign_that_is_reported_on_to_nobody_ends_with_the_consolidation() -> None:
    done(closes(issue(case("forward"), "D2").deliver("campaign.finished", "D2")))


def test_a_campaign_ends_when_its_issuer_closes_it() -> None:
    done(closes(issue(case("forward"), "D2").deliver("directive.closed", "D1")))


def test_a_campaign_that_nobody_closes_ends_at_its_sunset() -> None:
    done(case("execute").fire("wait_sunset"))


def test_whoever_only_executes_keeps_a_diary_until_the_report_is_accepted() -> None:
    walk = case("execute", "A1").answer("ex_status")
    assert "as_open" in walk.open
    done(walk.deliver("report.concluded", "D1"))


def test_a_campaign_that_is_only_filed_ends_at_once() -> None:
    assert case("file").answer("set_filed").outcome.ends == ("end_filed",)


@pytest.mark.parametrize("action", ["forward", "execute", "both"])
def test_a_withdrawn_campaign_leaves_nothing_open(action: str) -> None:
    walk = case(action).deliver("directive.withdrawn", "D1")
    assert walk.parameters("ev_withdrawn_status") == {"directive": "D1", "code": "15"}
    walk.answer("ev_withdrawn_status")
    assert (walk.outcome.ended, walk.open) == (True, set())
