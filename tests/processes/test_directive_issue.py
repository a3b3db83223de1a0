"""Issuing a letter, led step by step."""

from __future__ import annotations

from tests.processes.issuing import drafted, issue
from tests.processes.walk import Walk, one


def issuing(directive: str = "D1") -> Walk:
    return Walk("directive_issue", directive=directive).answer("is_load", open_items=[])


def test_a_letter_is_drafted_checked_signed_numbered_and_sent() -> None:
    walk = issue(Walk("directive_issue", directive="D1"), "D2")
    assert (walk.outcome.ended, walk.outcome.data["child"], walk.outcome.ends) == (True, "D2", ("end_issued",))


def test_a_draft_goes_back_until_its_form_and_its_text_are_right() -> None:
    walk = drafted(issuing()).complete("is_form", result="fail", comments="Thiếu ngày.")
    drafted(walk).complete("is_form").complete("is_sign", decision="return", comment="Viết gọn.")
    drafted(walk).complete("is_form").complete("is_sign").fire("is_number_late").complete("is_number")
    walk.answer("is_dispatch", child="D2").answer("is_number_remind")
    assert (walk.outcome.ended, walk.outcome.data["child"]) == (True, "D2")


def test_what_is_wrong_with_a_draft_is_told_to_whoever_drafts() -> None:
    walk = drafted(issuing(), "Expected a member of the recipient group, but it has none.")
    task = one(walk.outcome.tasks, "is_draft")
    assert task.data["draft_problems"] == ["Expected a member of the recipient group, but it has none."]
    drafted(walk)
    assert walk.open == {"is_form"}


def test_what_a_collective_signs_goes_to_its_standing_board() -> None:
    walk = drafted(issuing(), signer_authority="T/M").complete("is_form")
    assert one(walk.outcome.tasks, "is_sign_collective").role == "standing_board"
    assert walk.complete("is_sign_collective").open == {"is_number", "is_number_late"}


def test_a_draft_that_was_returned_may_be_signed_by_somebody_else() -> None:
    walk = drafted(issuing(), signer_authority="T/M").complete("is_form")
    walk.complete("is_sign_collective", decision="return", comment="Giao trưởng ban ký.")
    drafted(walk, signer_authority=None).complete("is_form")
    assert one(walk.outcome.tasks, "is_sign").role == "leader"


def test_a_leader_may_only_pass_the_received_letter_on_as_a_copy() -> None:
    walk = drafted(issuing()).complete("is_form").complete("is_sign", decision="relay_only").complete("is_copy")
    wanted = {"draft": "is_draft", "numbering": "is_copy", "directive": "D1", "copy": True}
    assert walk.parameters("is_dispatch_copy") == wanted
    assert walk.answer("is_dispatch_copy", child="D2").outcome.ends == ("end_copied",)


def test_a_letter_of_one_s_own_has_nothing_to_copy() -> None:
    walk = drafted(issuing("")).complete("is_form").complete("is_sign", decision="relay_only")
    assert walk.open == {"is_draft"}
