"""Changes, difficulties, extensions and urges, led step by step."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.processes.walk import Walk, one

NOTHING_WRONG: dict[str, Any] = {"problems": []}
NEW = {"parent_directive": "D0", "new_directive": ""}
ASKED = {"change": "C1", "change_kind": "recall", "change_reason": "Đã có chỉ đạo mới.", "change_code": "370-CV/BTGTU"}


def change(**form: Any) -> Walk:
    walk = Walk("directive_change", directive="D1").complete("dc_write", **form)
    assert walk.parameters("dc_check") == {"directive": "D1", "form": "dc_write"}
    return walk.answer("dc_check", **NOTHING_WRONG, **NEW).complete("dc_sign")


def ask(walk: Walk, recipients: list[str]) -> Walk:
    assert walk.parameters("dc_request")["directive"] == "D1"
    return walk.answer("dc_request", **ASKED, change_recipients=recipients).complete("cs_freeze")


def test_a_recall_asks_every_recipient_and_ends_when_all_have_agreed() -> None:
    walk = ask(change(), ["A", "B"])
    sent = walk.sent[-1]
    assert (sent.message, sent.key, sent.to, sent.payload["directive"]) == ("change.requested", "C1", ("A", "B"), "D1")
    walk.deliver("changes.answered", "C1").answer("cs_record", change_notes=[])
    assert (walk.outcome.ended, walk.open) == (True, set())


def test_the_silent_are_reminded_twice_and_then_named_to_the_leader() -> None:
    walk = ask(change(), ["A", "B"])
    dues = {timer.element: timer.due for timer in walk.outcome.timers}
    assert dues == {
        "cs_wait_late": datetime(2024, 4, 10, 17, 0, tzinfo=UTC),
        "cs_wait_late_again": datetime(2024, 4, 14, 17, 0, tzinfo=UTC),
        "cs_over": datetime(2024, 4, 16, 17, 0, tzinfo=UTC),
    }
    for wait in ("cs_wait_late", "cs_wait_late_again"):
        walk.fire(wait).answer(wait.replace("late", "remind"))
    walk.fire("cs_over").answer("cs_record", change_notes=["Báo has not answered."])
    assert one(walk.outcome.tasks, "cs_read").data["change_notes"] == ["Báo has not answered."]
    assert walk.complete("cs_read").outcome.ended


def test_a_change_that_nobody_is_left_to_hear_sends_no_message() -> None:
    walk = ask(change(), []).answer("cs_record", change_notes=[])
    assert (walk.outcome.ended, walk.sent) == (True, [])


def test_a_replacement_is_issued_in_place_of_the_old_letter_before_anybody_is_asked() -> None:
    walk = change(kind="replace")
    assert [entry.parameters["directive"] for entry in walk.outcome.operations] == ["D0"]  # it follows what the old one followed
    assert walk.sent == []


def test_what_cannot_be_changed_is_said_and_may_be_given_up_or_corrected() -> None:
    walk = Walk("directive_change", directive="D1").complete("dc_write").answer("dc_check", problems=["Expected …"], **NEW)
    assert one(walk.outcome.tasks, "dc_problem").data["problems"] == ["Expected …"]
    walk.complete("dc_problem", next="correct").complete("dc_write").answer("dc_check", problems=["Expected …"], **NEW)
    assert walk.complete("dc_problem").outcome.ends == ("dc_abandoned",)


def test_a_leader_may_send_a_request_back() -> None:
    walk = Walk("directive_change", directive="D1").complete("dc_write").answer("dc_check", **NOTHING_WRONG, **NEW)
    assert walk.complete("dc_sign", decision="return", comment="Nêu rõ lý do.").open == {"dc_write"}


def answered(children: list[str], **form: Any) -> Walk:
    walk = Walk("change_answer", directive="D1", change="C1", change_kind="recall").complete("ca_see").complete("ca_decide", **form)
    assert walk.parameters("ca_record") == {"change": "C1", "form": "ca_decide"}
    return walk.answer("ca_record", children=children)


def test_a_recipient_who_handed_nothing_down_has_answered_at_once() -> None:
    assert answered([]).outcome.ends == ("ca_end_alone",)


def test_what_was_handed_down_is_offered_for_the_same_change() -> None:
    walk = answered(["05-CV/ĐU"])
    assert one(walk.outcome.tasks, "ca_cascade").data["children"] == ["05-CV/ĐU"]
    walk.complete("ca_cascade", children_to_recall=["6-CV/ĐU"]).answer("ca_check", problems=["Expected a letter …"])
    walk.complete("ca_cascade", children_to_recall=["05-CV/ĐU"]).answer("ca_check", **NOTHING_WRONG).answer("ca_hand")
    assert walk.outcome.ends == ("ca_end",)


def test_a_change_goes_down_without_being_drafted_again() -> None:
    walk = Walk("change_cascade", directive="D2", handed_change="C1")
    assert walk.parameters("cc_request") == {"change": "C1", "directive": "D2"}
    assert walk.answer("cc_request", **ASKED | {"change": "C2"}, change_recipients=["X"]).open == {"cs_freeze"}


def test_a_difficulty_waits_for_its_answer_and_reminds_after_five_working_days() -> None:
    walk = Walk("difficulty_raise", directive="D1").complete("dr_write").answer("dr_check", **NOTHING_WRONG).complete("dr_sign")
    walk.answer("dr_record", difficulty="F1", asked="PROVINCE", difficulty_text="Thiếu kinh phí.")
    sent = walk.sent[-1]
    assert (sent.message, sent.key, sent.to) == ("difficulty.raised", "F1", ("PROVINCE",))
    assert one(walk.outcome.timers, "dr_wait_late").due == datetime(2024, 4, 16, 17, 0, tzinfo=UTC)
    walk.fire("dr_wait_late").answer("dr_wait_remind").deliver("difficulty.answered", "F1").answer("dr_note")
    assert walk.outcome.ended


def difficulty(**form: Any) -> Walk:
    walk = Walk("difficulty_answer", directive="D1", difficulty="F1", difficulty_text="Thiếu kinh phí.", sender="WARD")
    return walk.complete("da_draft", **form).answer("da_check", **NOTHING_WRONG).complete("da_sign")


def test_a_difficulty_is_answered() -> None:
    walk = difficulty().answer("da_record", asker="WARD")
    assert (walk.outcome.ended, walk.sent[-1].message, walk.sent[-1].key, walk.sent[-1].to) == (True, "difficulty.answered", "F1", ("WARD",))


def test_a_difficulty_goes_one_level_up_and_its_answer_comes_back_down() -> None:
    walk = difficulty(handling="escalate").answer("da_escalate", difficulty_above="F2", asked_above="TOP", directive_above="D0")
    assert (walk.sent[-1].message, walk.sent[-1].key, walk.sent[-1].to) == ("difficulty.raised", "F2", ("TOP",))
    assert walk.sent[-1].payload["difficulty"] == "F2"
    walk.deliver("difficulty.answered", "F2", sender="TOP")
    assert walk.parameters("da_pass") == {"difficulty": "F1", "difficulty_above": "F2"}
    walk.answer("da_pass", asker="WARD")
    assert (walk.outcome.ended, walk.sent[-1].key, walk.sent[-1].to) == (True, "F1", ("WARD",))


def test_an_answer_that_cannot_be_given_is_drafted_again() -> None:
    walk = Walk("difficulty_answer", directive="D1", difficulty="F1", sender="WARD").complete("da_draft", handling="escalate")
    assert walk.answer("da_check", problems=["Expected a superior …"]).open == {"da_draft"}


@pytest.mark.parametrize("granted", [True, False])
def test_an_extension_is_asked_for_and_decided(granted: bool) -> None:
    walk = Walk("extension_request", directive="D1").complete("er_write").answer("er_check", **NOTHING_WRONG).complete("er_sign")
    shown = {"extension_old_due": "2024-04-19", "extension_new_due": "2024-04-26", "extension_reason": "Chờ hướng dẫn."}
    walk.answer("er_record", extension="E1", asked="PROVINCE", **shown)
    assert walk.sent[-1].payload == {"extension": "E1", "directive": "D1", **shown}
    assert walk.deliver("extension.decided", "E1", extension_granted=granted).answer("er_note").outcome.ended


def test_a_leader_decides_an_extension() -> None:
    walk = Walk("extension_decide", directive="D1", extension="E1", sender="WARD").complete("ed_decide")
    walk.answer("ed_record", extension_granted=True, extension_answer="Đồng ý.")
    assert (walk.outcome.ended, walk.sent[-1].message, walk.sent[-1].to) == (True, "extension.decided", ("WARD",))


def test_an_urge_shows_who_is_open_and_is_approved_before_it_goes_out() -> None:
    walk = Walk("urge_send", directive="D1").answer("us_open", open_units=[{"code": "phuong"}], urge_targets=["phuong"])
    assert one(walk.outcome.tasks, "us_write").data["urge_targets"] == ["phuong"]
    walk.complete("us_write").answer("us_check", **NOTHING_WRONG).complete("us_sign").answer("us_send", urged=1)
    assert walk.outcome.ended


def test_an_urge_is_explained_with_the_leaders_approval() -> None:
    walk = Walk("urge_answer", directive="D1", reminder="N1").complete("ua_explain")
    walk.complete("ua_sign", decision="return", comment="Nêu ngày cụ thể.").complete("ua_explain").complete("ua_sign")
    assert walk.parameters("ua_record") == {"reminder": "N1", "form": "ua_explain"}
    assert walk.answer("ua_record").outcome.ended
