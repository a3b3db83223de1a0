"""The case of a broad call, led step by step."""

from __future__ import annotations

from tests.processes.arriving import WITHDRAWN, arrived, done
from tests.processes.issuing import issue
from tests.processes.walk import Walk


def case(action: str, *assignments: str) -> Walk:
    return arrived(Walk("central_call", directive="D1", issuer="CENTRE", sunset="2024-12-31"), action, *assignments)


def answered(walk: Walk) -> Walk:
    walk.complete("answer").complete("approve")
    assert walk.parameters("record") == {"directive": "D1", "form": "answer"}
    return walk.answer("record")


def test_a_call_that_is_answered_is_done() -> None:
    done(answered(case("execute")), "end_answered")


def test_an_answer_goes_back_until_the_leader_approves_it() -> None:
    walk = case("execute").complete("answer").complete("approve", decision="return", comment="Nêu số tác phẩm.")
    done(answered(walk), "end_answered")


def test_a_call_is_done_when_the_province_has_issued_its_own_letter_which_it_goes_on_tracking() -> None:
    walk = issue(case("forward"), "D2")
    assert walk.parameters("set_done") == {"directive": "D1", "code": "06"}
    walk.answer("set_done")
    assert walk.open == {"track_closed", "track_sunset", WITHDRAWN}
    walk.deliver("directive.closed", "D1").complete("cl_close").answer("cl_record", recipients=["A"])
    assert (walk.outcome.ended, walk.sent[-1].key) == (True, "D2")


def test_a_call_may_be_handed_down_and_answered() -> None:
    walk = answered(issue(case("both", "A1"), "D2")).answer("set_done")
    assert "track_closed" in walk.open


def test_a_call_may_only_be_filed() -> None:
    assert case("file").answer("set_filed").outcome.ends == ("end_filed",)


def test_a_withdrawn_call_leaves_nothing_open() -> None:
    walk = case("execute").deliver("directive.withdrawn", "D1").answer("ev_withdrawn_status")
    assert (walk.outcome.ended, walk.open) == (True, set())
