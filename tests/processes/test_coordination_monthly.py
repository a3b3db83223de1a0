"""The case of a directive and its parts, led step by step."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.processes.issuing import issue
from tests.processes.walk import Walk, one


WITHDRAWN = "ev_withdrawn_start"


def case() -> Walk:
    return Walk("coordination_monthly", directive="D1", issuer="PROVINCE", sunset="2025-04-15")


def intake(walk: Walk, action: str, assignments: list[str]) -> Walk:
    assert walk.parameters("in_ack") == {"directive": "D1", "code": "01"}
    walk.answer("in_ack").complete("in_check").complete("in_register")
    assert walk.parameters("in_record") == {"form": "in_register"}
    walk.answer("in_record", arrival_number=7).answer("in_accept").complete("in_instruct", action=action)
    assert walk.parameters("in_assign") == {"form": "in_instruct"}
    walk.answer("in_assign", assignments=assignments)
    assert walk.parameters("in_assigned") == {"directive": "D1", "code": "04"}
    return walk.answer("in_assigned")


def execute(walk: Walk, assignments: list[str]) -> Walk:
    for expected in assignments:
        assert one(walk.outcome.tasks, "ex_update").data["assignment"] == expected
        walk.complete("ex_update")
    assert walk.parameters("ex_record") == {"form": "ex_update"}
    return walk.answer("ex_record").answer("ex_status")


def close(walk: Walk, child: str) -> Walk:
    walk.complete("cl_close")
    assert walk.parameters("cl_record") == {"directive": child, "form": "cl_close"}
    walk.answer("cl_record", recipients=["A", "B"])
    closed = walk.sent[-1]
    assert (closed.message, closed.key, closed.to, closed.payload) == ("directive.closed", child, ("A", "B"), {})
    return walk


def finish(walk: Walk) -> None:
    assert walk.parameters("set_done") == {"directive": "D1", "code": "06"}
    walk.answer("set_done")
    assert (walk.outcome.ended, walk.outcome.ends[-1]) == (True, "end_done")
    assert walk.open == set()


def test_a_directive_that_is_forwarded_and_executed_is_tracked_until_it_is_closed() -> None:
    walk = intake(case(), "both", ["A1", "A2"])
    issue(execute(walk, ["A1", "A2"]), "D2")
    assert walk.open == {"track_closed", "track_sunset", WITHDRAWN}
    finish(close(walk.deliver("directive.closed", "D1"), "D2"))


def test_the_branches_of_both_may_end_in_either_order_without_losing_the_child() -> None:
    walk = execute(issue(intake(case(), "both", ["A1"]), "D2"), ["A1"])
    finish(close(walk.deliver("directive.closed", "D1"), "D2"))


def test_a_directive_that_is_only_executed_ends_without_anything_to_close_below() -> None:
    walk = execute(intake(case(), "execute", ["A1"]), ["A1"])
    finish(walk.deliver("directive.closed", "D1"))


def test_a_directive_that_is_only_forwarded_ends_at_its_sunset() -> None:
    walk = issue(intake(case(), "forward", []), "D2")
    assert one(walk.outcome.timers, "track_sunset").due == datetime(2025, 4, 14, 17, 0, tzinfo=UTC)
    finish(close(walk.fire("track_sunset"), "D2"))


def test_what_is_still_carried_out_when_the_directive_is_closed_ends_with_it() -> None:
    walk = issue(intake(case(), "both", ["A1"]), "D2").deliver("directive.closed", "D1")
    assert "ex_update" in walk.open
    finish(close(walk, "D2"))


def test_a_directive_that_is_withdrawn_leaves_nothing_open_wherever_it_is() -> None:
    for walk in (case(), intake(case(), "both", ["A1"]), issue(intake(case(), "forward", []), "D2")):
        walk.deliver("directive.withdrawn", "D1")
        assert walk.parameters("ev_withdrawn_status") == {"directive": "D1", "code": "15"}
        assert walk.open == {"ev_withdrawn_status"}
        assert walk.answer("ev_withdrawn_status").outcome.ended


def test_a_directive_that_is_only_filed_ends_at_once() -> None:
    walk = intake(case(), "file", []).answer("set_filed")
    assert walk.outcome.ends == ("end_filed",)


def test_executing_without_an_assignment_asks_nobody() -> None:
    walk = intake(case(), "execute", []).answer("ex_status")
    assert "ex_update" not in walk.passed


def test_a_refused_directive_goes_back_to_its_issuer_with_a_message() -> None:
    walk = case().answer("in_ack").complete("in_check", decision="return", reason="Không đúng nơi nhận.")
    assert walk.parameters("in_refuse_status") == {"directive": "D1", "code": "02", "form": "in_check"}
    walk.answer("in_refuse_status")
    assert walk.outcome.ends == ("end_refused",)
    refused = walk.sent[-1]
    assert (refused.message, refused.key, refused.to) == ("directive.refused", "D1", ("PROVINCE",))
    assert refused.payload == {"refused_directive": "D1", "refused_by": "ORG"}


def test_a_duplicate_is_set_aside() -> None:
    walk = case().answer("in_ack").complete("in_check", decision="duplicate", reason="Đã nhận bản giấy.")
    assert (walk.outcome.ends, walk.sent) == (("end_duplicate",), [])


# Its parts alone


def test_a_clerk_who_lets_a_document_lie_is_reported_to_the_head_of_the_office() -> None:
    walk = Walk("directive_intake", directive="D1", issuer="PROVINCE").answer("in_ack")
    assert one(walk.outcome.timers, "in_check_late").due == datetime(2024, 4, 10, 17, 0, tzinfo=UTC)
    walk.fire("in_check_late")
    assert walk.parameters("in_check_remind") == {"role": "office_head", "about": "in_check"}
    walk.answer("in_check_remind").complete("in_check").complete("in_register").answer("in_record").answer("in_accept")
    walk.fire("in_instruct_late").complete("in_instruct").answer("in_instruct_remind")
    walk.answer("in_assign", assignments=[]).answer("in_assigned")
    assert walk.outcome.ended


def test_closing_a_directive_tells_its_recipients() -> None:
    assert close(Walk("directive_close", child="D2"), "D2").outcome.ended
