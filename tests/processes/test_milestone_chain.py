"""Milestones, led step by step: delivery, appraisal, approval by the standing board, signing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.processes.walk import Walk, one

DATES = {"due": "2024-04-11", "remind_at": "2024-04-10", "overdue_at": "2024-04-12"}
NO_DATES = {"due": "", "remind_at": "", "overdue_at": ""}
WHO = {"milestone_title": "Dự thảo chương trình", "owner": "UBND", "board": "TT"}
BODIES = {"appraiser": "BTG", "approver": "TT", "has_appraiser": True, "has_approver": True}
ALONE = {"appraiser": "", "approver": "", "has_appraiser": False, "has_approver": False}
PROCESSES = ("milestone", "milestone_appraisal", "milestone_approval", "milestone_signing")
OPENING = dict(zip(PROCESSES, ("ms_open", "ap_open", "av_open", "sg_open"), strict=True))


def led(process: str, **found: object) -> Walk:
    """An instance that has read its milestone."""
    walk = Walk(process, milestone="M1", directive="D1")
    return walk.answer(OPENING[process], **{**WHO, **BODIES, **DATES, **found})


def delivered(**found: object) -> Walk:
    walk = led("milestone", **found).complete("ms_do").complete("ms_confirm")
    assert walk.parameters("ms_submit") == {"milestone": "M1", "form": "ms_do"}
    return walk.answer("ms_submit", handed_in=True, refusal="")


def said(walk: Walk) -> tuple[str, str, tuple[str, ...]]:
    return (walk.sent[-1].message, walk.sent[-1].key, walk.sent[-1].to)


# --- delivery -------------------------------------------------------------------------------------------------------


def test_a_milestone_is_done_confirmed_handed_in_appraised_and_reached() -> None:
    walk = delivered()
    assert said(walk) == ("milestone.submitted", "M1", ("BTG",))
    assert walk.sent[-1].payload == {"milestone": "M1", "directive": "D1"}
    walk.deliver("milestone.reached", "M1")
    assert (walk.outcome.ended, walk.outcome.ends, walk.open) == (True, ("end_reached",), set())


def test_a_returned_milestone_is_done_and_handed_in_again() -> None:
    walk = delivered().deliver("milestone.returned", "M1").complete("ms_do").complete("ms_confirm")
    walk.answer("ms_submit", handed_in=True, refusal="").deliver("milestone.reached", "M1")
    assert [sent.message for sent in walk.sent] == ["milestone.submitted", "milestone.submitted"]


def test_a_rejected_milestone_ends() -> None:
    assert delivered().deliver("milestone.rejected", "M1").outcome.ends == ("end_rejected",)


def test_a_milestone_that_nobody_appraises_goes_to_the_approver() -> None:
    walk = delivered(has_appraiser=False, appraiser="").answer("ms_propose")
    assert said(walk) == ("milestone.proposed", "M1", ("TT",))
    assert walk.deliver("milestone.reached", "M1").outcome.ended


def test_a_milestone_that_nobody_appraises_or_approves_is_reached_at_once() -> None:
    walk = delivered(**ALONE).answer("ms_reach")
    assert (walk.outcome.ends, walk.sent) == (("end_done",), [])


def test_what_was_handed_in_for_another_body_comes_back_to_the_person() -> None:
    walk = led("milestone").complete("ms_do", milestone="signing").complete("ms_confirm")
    walk.answer("ms_submit", handed_in=False, refusal="Chỉ cơ quan được giao mới được nộp.")
    assert one(walk.outcome.tasks, "ms_do").data["refusal"] == "Chỉ cơ quan được giao mới được nộp."
    assert walk.sent == []


def test_the_leader_may_return_the_draft() -> None:
    walk = led("milestone").complete("ms_do").complete("ms_confirm", decision="return", comment="Thiếu nội dung.")
    assert "ms_do" in walk.open


def test_a_milestone_is_called_to_mind_the_working_day_before_and_urged_when_its_last_day_is_over() -> None:
    walk = led("milestone")
    assert one(walk.outcome.tasks, "ms_do").due == datetime(2024, 4, 11, 17, 0, tzinfo=UTC)
    assert one(walk.outcome.timers, "ms_soon").due == datetime(2024, 4, 9, 17, 0, tzinfo=UTC)
    assert one(walk.outcome.timers, "ms_overdue").due == datetime(2024, 4, 11, 17, 0, tzinfo=UTC)
    walk.fire("ms_soon").fire("ms_overdue")
    assert walk.parameters("ms_remind") == {"milestone": "M1", "role": "specialist", "stage": "submit"}
    assert walk.parameters("ms_urge") == {"milestone": "M1", "stage": "submit"}
    walk.answer("ms_remind").answer("ms_urge")
    assert walk.open == {"ms_do", "ev_cancelled_start"}


def test_a_draft_that_lies_with_the_leader_is_urged_too() -> None:
    walk = led("milestone").complete("ms_do").fire("ms_confirm_overdue").answer("ms_confirm_urge")
    assert walk.open == {"ms_confirm", "ev_cancelled_start"}


@pytest.mark.parametrize("process", PROCESSES)
def test_a_milestone_without_a_date_is_never_late(process: str) -> None:
    outcome = led(process, **NO_DATES).outcome
    assert (outcome.timers, [task.due for task in outcome.tasks]) == ((), [None])


@pytest.mark.parametrize("process", PROCESSES)
def test_a_cancelled_milestone_stops_whoever_works_on_it(process: str) -> None:
    for walk in (Walk(process, milestone="M1", directive="D1"), led(process)):
        walk.deliver("milestone.cancelled", "M1")
        assert (walk.outcome.ended, walk.open) == (True, set())


# --- appraisal ------------------------------------------------------------------------------------------------------


def appraised(opinion: str, **found: object) -> Walk:
    walk = led("milestone_appraisal", **found).complete("ap_check")
    assert walk.parameters("ap_decide") == {"milestone": "M1", "form": "ap_check"}
    return walk.answer("ap_decide", opinion=opinion)


def test_what_is_accepted_is_proposed_to_the_approver() -> None:
    walk = appraised("accepted").complete("ap_propose").complete("ap_sign", decision="return", comment="Sửa câu chữ.")
    walk.complete("ap_propose").complete("ap_sign").answer("ap_submit")
    assert said(walk) == ("milestone.proposed", "M1", ("TT",))
    assert walk.outcome.ends == ("end_proposed",)


def test_what_is_accepted_and_needs_no_approval_is_reached() -> None:
    walk = appraised("accepted", approver="", has_approver=False).answer("ap_reach")
    assert said(walk) == ("milestone.reached", "M1", ("UBND",))
    assert walk.outcome.ends == ("end_reached",)


def test_what_is_returned_goes_to_the_owner() -> None:
    walk = appraised("returned")
    assert (said(walk), walk.outcome.ends) == (("milestone.returned", "M1", ("UBND",)), ("end_returned",))


def test_what_is_returned_a_third_time_is_decided_by_the_standing_board() -> None:
    walk = appraised("escalated")
    assert (said(walk), walk.outcome.ends) == (("milestone.proposed", "M1", ("TT",)), ("end_escalated",))


def test_an_appraisal_that_lies_is_urged() -> None:
    walk = led("milestone_appraisal").fire("ap_soon").fire("ap_overdue").answer("ap_remind").answer("ap_urge")
    assert walk.open == {"ap_check", "ev_cancelled_start"}


# --- approval -------------------------------------------------------------------------------------------------------


def decided(verdict: str, **found: object) -> Walk:
    walk = led("milestone_approval", **found)
    assert one(walk.outcome.tasks, "av_decide").role == "standing_board"
    return walk.complete("av_decide").answer("av_record", verdict=verdict)


def test_what_is_approved_is_reached_and_its_owner_told() -> None:
    walk = decided("approved").answer("av_reach")
    assert (said(walk), walk.outcome.ends) == (("milestone.reached", "M1", ("UBND",)), ("end_approved",))


def test_what_the_board_returns_is_appraised_anew() -> None:
    walk = decided("returned")
    assert (said(walk), walk.outcome.ends) == (("milestone.submitted", "M1", ("BTG",)), ("end_again",))


def test_what_the_board_returns_goes_to_the_owner_when_nobody_appraises() -> None:
    walk = decided("returned", has_appraiser=False, appraiser="")
    assert (said(walk), walk.outcome.ends) == (("milestone.returned", "M1", ("UBND",)), ("end_returned",))


def test_what_the_board_rejects_ends_and_its_owner_is_told() -> None:
    walk = decided("rejected")
    assert (said(walk), walk.outcome.ends) == (("milestone.rejected", "M1", ("UBND",)), ("end_rejected",))


# --- signing --------------------------------------------------------------------------------------------------------


def answered(walk: Walk, answer: str) -> Walk:
    text = {} if answer == "agree" else {"text": "Đề nghị của đối tác."}
    return walk.complete("sg_arrange").complete("sg_partner", answer=answer, **text).answer("sg_partner_record")


def test_a_signing_is_arranged_agreed_with_the_partner_and_registered() -> None:
    walk = answered(answered(led("milestone_signing"), "changes"), "agree")
    assert one(walk.outcome.tasks, "sg_register").role == "clerk"
    walk.complete("sg_register").answer("sg_sign").answer("sg_reach")
    assert (walk.outcome.ends, walk.sent) == (("end_reached",), [])


def test_the_leader_decides_what_becomes_of_a_signing_that_the_partner_refuses() -> None:
    walk = answered(led("milestone_signing"), "refuse").complete("sg_refused", decision="try_again")
    walk = answered(walk, "refuse").complete("sg_refused").answer("sg_reject")
    assert walk.outcome.ends == ("end_rejected",)
