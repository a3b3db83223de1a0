"""The case of a directive and its parts, led step by step."""

from __future__ import annotations

from datetime import UTC, datetime

from engine.bpmn import CompleteOperation, CompleteTask
from tests.processes.issuing import issue
from tests.processes.walk import Walk, one

WITHDRAWN = "ev_withdrawn_start"
TONIGHT, TOMORROW_NIGHT = datetime(2024, 4, 10, 17, 0, tzinfo=UTC), datetime(2024, 4, 11, 17, 0, tzinfo=UTC)  # midnight in Vietnam


class Work(Walk):
    """A walk in which several assignments are worked on side by side."""

    def read(self, assignment: str) -> Work:
        return self.settle("as_open", assignment, told(assignment, next="again"))

    def settle(self, element: str, assignment: str, result: dict[str, str]) -> Work:
        (operation,) = [each for each in self.outcome.operations if (each.element, each.parameters.get("assignment")) == (element, assignment)]
        self._step(CompleteOperation(task=operation.id, result={"assignment": result}))
        return self

    def write(self, assignment: str) -> Work:
        (task,) = [each for each in self.outcome.tasks if each.element == "ex_update" and each.data["assignment"]["id"] == assignment]
        self._step(CompleteTask(task=task.id, data={}))
        return self


def told(assignment: str, **more: str) -> dict[str, str]:
    return {"id": assignment, "due": "2024-06-28", **more}


def case() -> Work:
    return Work("coordination_monthly", directive="D1", issuer="PROVINCE", sunset="2025-04-15")


def arrive(walk: Work, *, urgency: str = "normal") -> Work:
    assert walk.parameters("in_ack") == {"directive": "D1", "code": "01"}
    walk.answer("in_ack")
    assert walk.parameters("in_look") == {"directive": "D1"}
    return walk.answer("in_look", duplicates=[], urgency=urgency, problem="")


def register(walk: Work) -> Work:
    arrive(walk).complete("in_check").complete("in_register")
    assert walk.parameters("in_record") == {"form": "in_register"}
    return walk.answer("in_record", arrival_number=7).answer("in_accept")


def intake(walk: Work, action: str, assignments: list[str]) -> Work:
    register(walk).complete("in_instruct", action=action)
    assert walk.parameters("in_assign") == {"form": "in_instruct"}
    walk.answer("in_assign", assignments=[{"id": each, "due": "2024-06-28"} for each in assignments], problem="")
    assert walk.parameters("in_assigned") == {"directive": "D1", "code": "04"}
    return walk.answer("in_assigned")


def execute(walk: Work, assignments: list[str]) -> Work:
    assert walk.parameters("ex_status") == {"directive": "D1", "code": "05"}
    walk.answer("ex_status")
    for each in assignments:
        walk.read(each)
    for each in assignments:
        walk.write(each).settle("ex_record", each, told(each, next="passed"))
    return walk


def close(walk: Work, child: str) -> Work:
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
    walk.answer("ex_status").read("A1")
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


def test_a_letter_that_came_to_the_wrong_place_goes_back_with_the_reason() -> None:
    walk = arrive(case()).complete("in_check", decision="return", reason="Không đúng nơi nhận.")
    assert walk.parameters("in_refuse_status") == {"directive": "D1", "code": "02", "form": "in_check"}
    walk.answer("in_refuse_status")
    assert walk.parameters("in_refuse") == {"directive": "D1", "kind": "return", "form": "in_check"}
    walk.answer("in_refuse", issuer_answers=True)
    assert (walk.outcome.ends, walk.open) == (("end_refused",), set())


def out_of_scope() -> Work:
    walk = register(case()).complete("in_instruct", action="out_of_scope", proposed_body="bao", reason="Không phải việc của chúng tôi.")
    assert walk.parameters("in_out") == {"directive": "D1", "kind": "out_of_scope", "form": "in_instruct"}
    return walk


def test_what_is_not_our_task_waits_until_the_issuer_lets_us_off() -> None:
    walk = out_of_scope().answer("in_out", issuer_answers=True)
    assert walk.open == {"in_insisted", "in_released", WITHDRAWN}
    walk.deliver("directive.released", "D1").answer("in_out_status")
    assert (walk.outcome.ends, walk.open) == (("end_refused",), set())


def test_when_the_issuer_insists_the_leader_instructs_again_with_its_note() -> None:
    walk = out_of_scope().answer("in_out", issuer_answers=True).deliver("directive.insisted", "D1", issuer_note="Thuộc chức năng theo quy chế.")
    task = one(walk.outcome.tasks, "in_instruct")
    assert (task.role, task.data["issuer_note"]) == ("leader", "Thuộc chức năng theo quy chế.")
    walk.complete("in_instruct", action="execute").answer("in_assign", assignments=[], problem="").answer("in_assigned")
    assert "ex_status" in walk.open


def test_what_is_not_our_task_is_only_recorded_when_nobody_plays_the_issuer() -> None:
    walk = out_of_scope().answer("in_out", issuer_answers=False)
    assert walk.answer("in_out_status").outcome.ends == ("end_refused",)


def duplicate(walk: Work) -> Work:
    walk.complete("in_check", decision="duplicate", reason="Đã nhận bản giấy.", same_as="07-CV/TU")
    assert walk.parameters("in_link") == {"directive": "D1", "form": "in_check"}
    return walk


def test_a_duplicate_is_linked_and_set_aside() -> None:
    walk = duplicate(arrive(case())).answer("in_link", problem="")
    assert (walk.outcome.ends, walk.sent) == (("end_duplicate",), [])


def test_a_duplicate_of_nothing_that_is_here_goes_back_to_the_clerk() -> None:
    walk = duplicate(arrive(case())).answer("in_link", problem="Expected a code.")
    assert one(walk.outcome.tasks, "in_check").data["problem"] == "Expected a code."


def test_what_cannot_be_assigned_goes_back_to_the_leader() -> None:
    walk = register(case()).complete("in_instruct").answer("in_assign", assignments=[], problem="Expected a person.")
    assert one(walk.outcome.tasks, "in_instruct").data["problem"] == "Expected a person."


# Its parts alone


def test_a_clerk_who_lets_a_document_lie_is_reported_to_the_head_of_the_office() -> None:
    walk = arrive(Work("directive_intake", directive="D1", issuer="PROVINCE"))
    assert one(walk.outcome.timers, "in_check_late").due == datetime(2024, 4, 10, 17, 0, tzinfo=UTC)
    walk.fire("in_check_late")
    assert walk.parameters("in_check_remind") == {"role": "office_head", "about": "in_check"}
    walk.answer("in_check_remind").complete("in_check").complete("in_register").answer("in_record").answer("in_accept")
    walk.fire("in_instruct_late").fire("in_instruct_late_deputy")
    assert walk.parameters("in_instruct_remind") == {"role": "leader", "about": "in_instruct"}
    assert walk.parameters("in_instruct_remind_deputy") == {"role": "leader", "about": "in_instruct_deputy"}
    walk.complete("in_instruct").answer("in_instruct_remind").answer("in_instruct_remind_deputy")
    walk.answer("in_assign", assignments=[], problem="").answer("in_assigned")
    assert walk.outcome.ended


def test_an_urgent_letter_is_called_to_mind_on_the_same_day() -> None:
    walk = arrive(Work("directive_intake", directive="D1", issuer="PROVINCE"), urgency="immediate")
    assert one(walk.outcome.timers, "in_check_late").due == datetime(2024, 4, 10, 6, 0, tzinfo=UTC)
    assert one(walk.outcome.tasks, "in_check").due == TONIGHT


def test_a_letter_is_checked_registered_and_instructed_on_by_the_next_working_day() -> None:
    """Decree 30/2020, art. 4.2c and 23.1: the same day, at the latest the next working day; urgent ones at once."""
    walk = arrive(case())
    assert one(walk.outcome.tasks, "in_check").due == TOMORROW_NIGHT
    assert one(walk.complete("in_check").outcome.tasks, "in_register").due == TOMORROW_NIGHT
    walk.complete("in_register").answer("in_record", arrival_number=7).answer("in_accept")
    assert one(walk.outcome.tasks, "in_instruct").due == TOMORROW_NIGHT


def work(*assignments: str) -> Work:
    walk = Work("directive_execute", directive="D1", assignments=[told(each) for each in assignments])
    walk.answer("ex_status")
    for each in assignments:
        walk.read(each)
    return walk


def test_every_assignment_has_its_own_due_date_and_reminders() -> None:
    walk = work("A1", "A2")
    assert {task.due for task in walk.outcome.tasks} == {datetime(2024, 6, 28, 17, 0, tzinfo=UTC)}
    days = {(timer.element, f"{timer.due:%m-%d}") for timer in walk.outcome.timers}  # at midnight in Vietnam: 17:00 UTC the day before
    assert days == {("as_soon", "06-24"), ("as_close", "06-26"), ("as_late", "06-28")}
    assert len(walk.outcome.timers) == 6


def test_work_that_is_not_finished_comes_back_and_keeps_its_reminders() -> None:
    walk = work("A1")
    timers = {timer.id for timer in walk.outcome.timers}
    walk.write("A1").settle("ex_record", "A1", told("A1", next="again"))
    assert "ex_update" in walk.open
    assert {timer.id for timer in walk.outcome.timers} == timers
    walk.write("A1").settle("ex_record", "A1", told("A1", next="passed"))
    assert walk.outcome.ended


def test_what_was_delivered_is_confirmed_by_the_leader() -> None:
    walk = work("A1").write("A1").settle("ex_record", "A1", told("A1", next="confirm"))
    task = one(walk.outcome.tasks, "as_confirm")
    assert task.role == "leader"
    walk.complete("as_confirm", decision="rework", comment="Thiếu số liệu.").settle("as_confirmed", "A1", told("A1", next="again"))
    walk.read("A1").write("A1").settle("ex_record", "A1", told("A1", next="confirm")).complete("as_confirm")
    walk.settle("as_confirmed", "A1", told("A1", next="passed"))
    assert (walk.outcome.ended, walk.open) == (True, set())


def test_a_new_due_date_sets_the_reminders_anew() -> None:
    walk = work("A1").deliver("assignment.changed", "A1")
    walk.settle("as_open", "A1", told("A1", next="again") | {"due": "2024-07-31"})
    assert {timer.element: f"{timer.due:%m-%d}" for timer in walk.outcome.timers}["as_late"] == "07-31"


def test_work_that_was_given_to_another_body_ends_here() -> None:
    walk = work("A1").deliver("assignment.changed", "A1").settle("as_open", "A1", told("A1", next="passed"))
    assert (walk.outcome.ended, walk.open) == (True, set())


def test_overdue_work_stays_open() -> None:
    walk = work("A1").fire("as_soon").fire("as_late")
    assert walk.parameters("as_soon_remind") == {"assignment": "A1", "days": 3}
    assert walk.parameters("as_late_mark") == {"assignment": "A1"}
    walk.answer("as_soon_remind").answer("as_late_mark")
    assert "ex_update" in walk.open


def test_a_refusal_is_answered_until_the_answer_can_be_carried_out() -> None:
    walk = Work("refusal_answer", directive="D2", refused_by="B", refusal_kind="return", proposed_body="", problem="")
    walk.complete("rf_handle", decision="transfer", to_organisation="nobody")
    assert walk.parameters("rf_answer") == {"directive": "D2", "refused_by": "B", "form": "rf_handle"}
    walk.answer("rf_answer", problem="Expected a code.").fire("rf_handle_late").answer("rf_handle_remind")
    assert one(walk.outcome.tasks, "rf_handle").data["problem"] == "Expected a code."
    assert walk.complete("rf_handle").answer("rf_answer", problem="").outcome.ended


def test_closing_a_directive_that_nobody_follows_up_any_more_tells_nobody() -> None:
    walk = Work("directive_close", child="D2").complete("cl_close").answer("cl_record", recipients=[])
    assert (walk.outcome.ended, walk.sent) == (True, [])


def test_closing_a_directive_tells_its_recipients() -> None:
    assert close(Work("directive_close", child="D2"), "D2").outcome.ended
