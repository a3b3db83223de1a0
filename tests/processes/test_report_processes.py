"""Reports, their review and their consolidation, led step by step."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.processes.walk import Walk, one


def report(*, has_subordinates: bool) -> Walk:
    walk = Walk("regular_report", report_type="báo cáo công tác tuyên giáo", period="2024-04")
    assert walk.parameters("rr_open") == {"report_type": "báo cáo công tác tuyên giáo", "period": "2024-04"}
    dates = {"due": "2024-04-25", "cutoff": "2024-04-26", "next_opens": "2024-05-15"}
    walk.answer("rr_open", report="R1", sections=["O1", "O2"], has_subordinates=has_subordinates, **dates)
    for expected in ("O1", "O2"):
        task = one(walk.outcome.tasks, "rr_write")
        assert (task.data["section"], task.due) == (expected, datetime(2024, 4, 25, 17, 0, tzinfo=UTC))
        walk.complete("rr_write")
    return walk


def merged(walk: Walk, *late: str) -> Walk:
    """The report is assembled; `late`: the duties of letters that have come meanwhile."""
    walk.complete("rr_merge")
    assert walk.parameters("rr_late") == {"report": "R1"}
    return walk.answer("rr_late", late_sections=list(late), **({"has_subordinates": False} if late else {}))


def submit(walk: Walk, revision: int) -> Walk:
    walk.complete("rr_issue")
    forms = {"sections": "rr_write", "added": "rr_late_write", "revised": "rr_revise", "merged": "rr_merge", "numbering": "rr_issue"}
    assert walk.parameters("rr_submit") == {"report": "R1", **forms}
    walk.answer("rr_submit", superiors=["PROVINCE", "CITY"], revision=revision)
    submitted = walk.sent[-1]
    assert (submitted.message, submitted.key, submitted.to) == ("report.submitted", "R1", ("PROVINCE", "CITY"))
    assert submitted.payload == {"report": "R1", "revision": revision, "reporter": "ORG", "period": "2024-04"}
    assert walk.open == {"rr_accepted", "rr_returned", "rr_next_period"}
    return walk


def test_a_report_is_written_merged_signed_submitted_and_accepted() -> None:
    walk = merged(report(has_subordinates=False))
    assert one(walk.outcome.tasks, "rr_sign").due == datetime(2024, 4, 25, 17, 0, tzinfo=UTC)  # the leader sees that it is late
    submit(walk.complete("rr_sign"), 1).deliver("report.accepted", "R1")
    assert (walk.outcome.ended, walk.outcome.ends, walk.open) == (True, ("end_accepted",), set())


def test_a_report_waits_for_what_the_subordinates_sent() -> None:
    walk = report(has_subordinates=True)
    assert walk.open == {"rr_children", "rr_cutoff"}
    walk.deliver("period.consolidated", "R1")
    assert walk.open == {"rr_merge", "rr_merge_late"}


def test_a_report_waits_no_longer_than_the_cut_off() -> None:
    walk = report(has_subordinates=True).fire("rr_cutoff")
    assert walk.parameters("rr_stop") == {"report": "R1"}
    assert walk.answer("rr_stop").open == {"rr_merge", "rr_merge_late"}


def test_a_letter_that_came_while_the_report_was_written_gets_its_section_before_it_is_signed() -> None:
    walk = merged(report(has_subordinates=False), "O3")
    task = one(walk.outcome.tasks, "rr_late_write")
    assert (task.data["section"], task.form, walk.open) == ("O3", "report_section", {"rr_late_write"})
    submit(merged(walk.complete("rr_late_write")).complete("rr_sign"), 1)


def test_a_letter_that_came_late_and_was_handed_down_lets_the_report_wait_again() -> None:
    walk = report(has_subordinates=False).complete("rr_merge")
    walk.answer("rr_late", late_sections=["O3"], has_subordinates=True, cutoff="2024-04-28").complete("rr_late_write")
    assert walk.open == {"rr_children", "rr_cutoff"}


def test_a_report_that_lies_is_called_to_mind_the_working_day_before_it_is_due() -> None:
    walk = report(has_subordinates=False)
    assert one(walk.outcome.timers, "rr_merge_late").due == datetime(2024, 4, 23, 17, 0, tzinfo=UTC)
    walk.fire("rr_merge_late")
    assert walk.parameters("rr_merge_remind") == {"role": "consolidator", "about": "rr_merge"}


def test_a_returned_report_is_revised_and_submitted_again() -> None:
    walk = merged(report(has_subordinates=False)).complete("rr_sign", decision="return", comment="Thiếu số liệu.")
    submit(merged(walk).complete("rr_sign"), 1)
    walk.deliver("report.returned", "R1", returned_revision=1).complete("rr_revise").complete("rr_sign")
    submit(walk, 2).deliver("report.accepted", "R1")
    assert walk.outcome.ended


def test_a_report_that_nobody_answers_ends_when_the_next_period_opens() -> None:
    walk = submit(merged(report(has_subordinates=False)).complete("rr_sign"), 1)
    walk.fire("rr_next_period").answer("rr_unanswered")
    assert walk.outcome.ends == ("end_unanswered",)


def consolidation() -> Walk:
    walk = Walk("consolidate_period", report_type="báo cáo công tác tuyên giáo", period="2024-04")
    dates = {"remind_at": "2024-04-18", "remind_again_at": "", "urge_at": "2024-04-22", "cutoff": "2024-04-24"}
    return walk.answer("co_expect", consolidation="C1", expected=2, **dates)


def test_a_consolidation_closes_when_all_reports_are_in() -> None:
    walk = consolidation().deliver("reports.complete", "C1").answer("co_totals").complete("co_merge").complete("co_approve")
    assert walk.parameters("co_close") == {"consolidation": "C1", "form": "co_merge"}
    walk.answer("co_close")
    assert (walk.outcome.ended, walk.open) == (True, set())


def test_a_consolidation_reminds_urges_and_closes_at_the_cut_off() -> None:
    walk = consolidation()
    dues = {timer.element: timer.due.day for timer in walk.outcome.timers}
    assert dues == {"co_remind_due": 17, "co_urge_due": 21, "co_cutoff": 23}  # the eve, in UTC
    walk.fire("co_remind_due").answer("co_remind").fire("co_urge_due")
    assert walk.parameters("co_urge") == {"consolidation": "C1", "level": 1}
    walk.answer("co_urge").fire("co_cutoff")
    assert walk.open == {"co_totals"}


def test_what_is_reported_once_is_called_to_mind_twice() -> None:
    walk = Walk("consolidate_period", report_type="báo cáo kết quả đợt", period="final")
    dates = {"remind_at": "2024-04-16", "remind_again_at": "2024-04-19", "urge_at": "2024-04-22", "cutoff": "2024-04-24"}
    walk.answer("co_expect", consolidation="C1", expected=2, **dates)
    walk.fire("co_remind_due").answer("co_remind").fire("co_remind_again_due")
    assert walk.parameters("co_remind_again") == {"consolidation": "C1"}


def test_the_leader_may_send_a_consolidation_back() -> None:
    walk = consolidation().fire("co_cutoff").answer("co_totals").complete("co_merge")
    walk.complete("co_approve", decision="return", comment="Thiếu nguyên nhân.").complete("co_merge").complete("co_approve")
    assert walk.open == {"co_close"}


def review(verdict: str, **answer: Any) -> Walk:
    walk = Walk("report_review", report="R1", revision=1, reporter="B", period="2024-04")
    assert walk.parameters("rv_weigh") == {"report": "R1", "revision": 1}
    walk.answer("rv_weigh", after_cutoff=False, days_late=0, kind="regular").complete("rv_check")
    assert walk.parameters("rv_decide") == {"report": "R1", "revision": 1, "form": "rv_check"}
    return walk.answer("rv_decide", **({"verdict": verdict, "counts_later": False, "can_carry": False} | answer))


@pytest.mark.parametrize(
    ("verdict", "end", "message", "payload"),
    [
        ("accepted", "end_reviewed", "report.accepted", {}),
        ("returned", "end_returned", "report.returned", {"returned_revision": 1}),
        ("noted", "end_reviewed", None, None),
    ],
)
def test_a_reporter_hears_what_all_superiors_together_decided(verdict: str, end: str, message: str | None, payload: Any) -> None:
    walk = review(verdict)
    assert (walk.outcome.ended, walk.outcome.ends) == (True, (end,))
    assert [(sent.message, sent.key, sent.to, sent.payload) for sent in walk.sent] == (
        [(message, "R1", ("B",), payload)] if message else []
    )


def test_a_leader_decides_how_a_report_after_the_cut_off_is_counted() -> None:
    walk = review("accepted", counts_later=True, can_carry=True)
    assert one(walk.outcome.tasks, "rv_late").role == "leader"
    walk.complete("rv_late", decision="next_period")
    assert walk.parameters("rv_settle") == {"report": "R1", "form": "rv_late"}
    assert walk.answer("rv_settle").outcome.ends == ("end_settled",)


def test_without_a_period_to_come_a_late_report_is_a_supplement() -> None:
    assert review("noted", counts_later=True).open == {"rv_settle"}


def urging() -> Walk:
    data = {"consolidation": "C1", "report_type": "báo cáo", "period": "2024-04", "missing": ["B"], "escalate_at": "2024-05-07"}
    return Walk("urge_missing_reports", **data)


def test_who_is_missing_after_the_cut_off_is_urged_in_writing_and_then_by_the_leader() -> None:
    walk = urging().complete("um_draft").complete("um_approve", decision="return", comment="Nêu rõ hạn.").complete("um_draft")
    walk.complete("um_approve")
    assert walk.parameters("um_urge") == {"consolidation": "C1", "level": 2, "form": "um_draft"}
    walk.answer("um_urge")
    assert one(walk.outcome.timers, "um_wait").due == datetime(2024, 5, 6, 17, 0, tzinfo=UTC)
    walk.fire("um_wait")
    assert walk.parameters("um_escalate") == {"consolidation": "C1", "level": 3}
    assert walk.answer("um_escalate").outcome.ended


def test_urging_ends_as_soon_as_nobody_is_missing() -> None:
    walk = urging().complete("um_draft").deliver("reports.all_in", "C1")
    assert (walk.outcome.ended, walk.open) == (True, set())


def correct(walk: Walk, own_report: str) -> Walk:
    walk.complete("rc_correct").complete("rc_sign").complete("rc_issue")
    assert walk.parameters("rc_submit") == {"form": "rc_correct", "numbering": "rc_issue", "own_report": own_report}
    walk.answer("rc_submit", report="R1", period="2024-04", revision=2, superiors=["PROVINCE"])
    sent = walk.sent[-1]
    assert (sent.message, sent.key, sent.payload["revision"]) == ("report.submitted", "R1", 2)
    return walk


def test_a_correction_is_signed_numbered_submitted_and_may_be_returned() -> None:
    walk = correct(Walk("report_correction", directive="D1"), "").deliver("report.returned", "R1", returned_revision=2)
    correct(walk, "").deliver("report.accepted", "R1")
    assert (walk.outcome.ended, walk.open) == (True, set())


def outdated(cause: str, own_report: str) -> Walk:
    return Walk("reconsolidate", consolidation="C1", report_type="báo cáo", period="2024-04", cause=cause, own_report=own_report)


def recomputed(walk: Walk, own_report: str) -> Walk:
    assert walk.parameters("rs_totals")["consolidation"] == "C1"
    walk.answer("rs_totals").complete("rs_merge").complete("rs_approve")
    return walk.answer("rs_close", own_report=own_report)


def test_a_consolidator_may_keep_what_was_closed() -> None:
    walk = outdated("corrected", "R9").complete("rs_decide", decision="keep")
    assert walk.parameters("rs_keep") == {"consolidation": "C1", "form": "rs_decide"}
    assert walk.answer("rs_keep").outcome.ends == ("end_kept",)


def test_a_supplement_is_consolidated_without_asking_again() -> None:
    assert recomputed(outdated("supplement", ""), "").outcome.ends == ("end_reconsolidated",)


def test_whoever_consolidates_anew_is_offered_to_correct_its_own_report() -> None:
    walk = recomputed(outdated("corrected", "R9").complete("rs_decide"), "R9").complete("rs_offer")
    assert correct(walk, "R9").deliver("report.accepted", "R1").outcome.ended
    kept = recomputed(outdated("corrected", "R9").complete("rs_decide"), "R9").complete("rs_offer", decision="keep")
    assert kept.parameters("rs_keep_report") == {"consolidation": "C1", "form": "rs_offer"}
    assert kept.answer("rs_keep_report").outcome.ended
