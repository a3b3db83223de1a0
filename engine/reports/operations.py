"""The operations that the processes of reports may use in their service tasks."""

from __future__ import annotations

from engine.instances.operations import Operation
from engine.reports import collect, consolidate, correct, late_sections, outdate, review, submit, urge

OPERATIONS: dict[str, Operation] = {
    "open_report": submit.open_report,
    "add_sections": late_sections.add_sections,
    "stop_waiting": submit.stop_waiting,
    "submit_report": submit.submit_report,
    "mark_unanswered": submit.mark_unanswered,
    "submit_correction": correct.submit_correction,
    "expect_reports": collect.expect_reports,
    "remind_reporters": urge.remind_reporters,
    "urge_missing": urge.urge_missing,
    "weigh_report": review.weigh_report,
    "decide_report": review.decide_report,
    "settle_late": review.settle_late,
    "compute_totals": consolidate.compute_totals,
    "close_consolidation": consolidate.close_consolidation,
    "keep_consolidation": outdate.keep_consolidation,
    "keep_report": outdate.keep_report,
}
