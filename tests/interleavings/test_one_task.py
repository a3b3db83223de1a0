"""One task and everybody who wants it: in every order one has it, and the others are told by whom and when."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest

from engine.directory.substitution import EndSubstitution, RecordSubstitution
from engine.instances.commands import AdvanceInstance, ClaimTask, CompleteUserTask, ReleaseTask
from engine.kernel.actor import SYSTEM
from engine.storage.schema import timer
from tests.door.office import START
from tests.interleavings.copies import Again, Copies
from tests.interleavings.desk import answered, desk, post_of, task
from tests.interleavings.play import in_every_order
from tests.interleavings.schedule import EVERYWHERE, Actor


@pytest.fixture(scope="module")
def copies(prepare: Callable[..., Copies]) -> Copies:
    return prepare(desk)


def complete(office: Again, login: str, key: str, **data: str) -> Callable[[], object]:
    wanted, actor = CompleteUserTask(task=task(office).id, data=data), office.actor(login)
    return lambda: office.door.execute(wanted, actor, key=key)


def codes(actors: dict[str, Actor]) -> dict[str, str]:
    return {name: actor.outcome()[0] for name, actor in actors.items()}


def test_of_two_who_complete_it_one_is_refused_whatever_the_order(copies: Copies) -> None:
    def check(office: Again, actors: dict[str, Actor]) -> None:
        assert sorted(codes(actors).values()) == ["done", "refused"]
        winner = next(name for name, actor in actors.items() if actor.error is None)
        assert answered(office, "a", "b") == [winner]
        assert (task(office).status, json.loads(task(office).data)) == ("completed", {"subject": winner})
        assert office.outcomes().count(("task.completed", "done")) == 1
        assert office.outcomes().count(("task.complete", "refused")) == 1

    def cast(office: Again) -> dict[str, Callable[[], object]]:
        return {name: complete(office, login, name, subject=name) for name, login in (("a", "van.thu"), ("b", "van.thu.2"))}

    on_postgresql = copies.server is not None
    assert in_every_order(copies, cast, check, stops=EVERYWHERE if on_postgresql else frozenset()) >= (14 if on_postgresql else 6)


def test_two_requests_with_one_key_have_one_answer(copies: Copies) -> None:
    def check(office: Again, actors: dict[str, Actor]) -> None:
        assert codes(actors) == {"a": "done", "b": "done"}
        assert actors["a"].answer == actors["b"].answer
        assert office.outcomes().count(("task.completed", "done")) == 1
        assert ("task.complete", "refused") not in office.outcomes()

    in_every_order(copies, lambda office: {name: complete(office, "van.thu", "same", subject="x") for name in "ab"}, check)


def test_a_claim_and_a_completion_by_another_are_one_after_the_other(copies: Copies) -> None:
    def cast(office: Again) -> dict[str, Callable[[], object]]:
        claim, second = ClaimTask(task=task(office).id), office.actor("van.thu.2")
        return {"completes": complete(office, "van.thu", "completes"), "claims": lambda: office.door.execute(claim, second, key="claims")}

    def check(office: Again, actors: dict[str, Actor]) -> None:
        row = task(office)
        if codes(actors) == {"completes": "done", "claims": "done"}:
            raise AssertionError("a claim keeps others from completing, a completion leaves nothing to claim")
        assert (row.status, row.assignee) in {("completed", None), ("open", office.actor("van.thu.2").id)}
        assert answered(office, "completes", "claims") == (["completes"] if row.status == "completed" else ["claims"])

    in_every_order(copies, cast, check)


def test_two_who_claim_it_and_the_leader_who_releases_it(copies: Copies) -> None:
    def cast(office: Again) -> dict[str, Callable[[], object]]:
        wanted, leader = task(office).id, office.actor("lanh.dao")
        first, second = office.actor("van.thu"), office.actor("van.thu.2")
        office.do(ClaimTask(task=wanted), first)
        return {
            "claims": lambda: office.door.execute(ClaimTask(task=wanted), second, key="claims"),
            "releases": lambda: office.door.execute(ReleaseTask(task=wanted, reason="nghỉ ốm"), leader, key="releases"),
        }

    def check(office: Again, actors: dict[str, Actor]) -> None:
        assert codes(actors)["releases"] == "done"
        assert task(office).assignee == (office.actor("van.thu.2").id if codes(actors)["claims"] == "done" else None)

    in_every_order(copies, cast, check)


def person_and_timer(office: Again) -> dict[str, Callable[[], object]]:
    office.clock.advance_to(START + timedelta(hours=1))
    due = AdvanceInstance(instance=task(office).instance)
    return {"person": complete(office, "van.thu", "person"), "worker": lambda: office.door.execute(due, SYSTEM, key="worker")}


def test_a_completion_and_the_timer_that_withdraws_the_task_exactly_one_wins(copies: Copies) -> None:
    """Every order here; a thousand that are drawn by hand (hunt.py timer-or-person)."""
    in_every_order(copies, person_and_timer, one_of_person_and_timer)


def one_of_person_and_timer(office: Again, actors: dict[str, Actor]) -> None:
    """The person has completed and the timer is withdrawn, or the timer has fired and the task is withdrawn."""
    found = task(office).status, office.count(timer, timer.c.status == "fired"), task(office, "v") is not None
    if codes(actors)["person"] == "done":
        assert found == ("completed", 0, False)
    else:
        assert found == ("cancelled", 1, True)
        assert actors["worker"].answer == {"advanced": True, "ended": False}


def test_a_timer_that_two_workers_find_fires_once(copies: Copies) -> None:
    def cast(office: Again) -> dict[str, Callable[[], object]]:
        office.clock.advance_to(START + timedelta(hours=1))
        due = AdvanceInstance(instance=task(office).instance)
        return {name: (lambda name=name: office.door.execute(due, SYSTEM, key=name)) for name in ("one", "two")}

    def check(office: Again, actors: dict[str, Actor]) -> None:
        assert sorted(actor.answer["advanced"] for actor in actors.values()) == [False, True]
        assert (task(office).status, office.count(timer, timer.c.status == "fired")) == ("cancelled", 1)
        assert office.outcomes().count(("instance.advanced", "done")) == 1

    in_every_order(copies, cast, check)


def test_nobody_acts_for_another_after_that_was_ended(copies: Copies) -> None:
    """Chuyên viên stands in for the clerk; the leader ends it while they complete a task: the history has one before the other."""

    def cast(office: Again) -> dict[str, Callable[[], object]]:
        leader, substitute = office.actor("lanh.dao"), office.actor("chuyen.vien")
        recorded = office.do(
            RecordSubstitution(post=post_of(office, "van.thu"), substitute="chuyen.vien", valid_from="2024-04-01", valid_to="2024-04-30", limits=(), reason="đi công tác"), leader
        )["substitution"]
        wanted = CompleteUserTask(task=task(office).id, data={})
        ending = EndSubstitution(substitution=recorded, reason="đã về")
        return {
            "acts": lambda: office.door.execute(wanted, substitute, key="acts"),
            "ends": lambda: office.door.execute(ending, leader, key="ends"),
        }

    def check(office: Again, actors: dict[str, Actor]) -> None:
        assert codes(actors)["ends"] == "done"
        done = [action for action, outcome in office.outcomes() if outcome == "done"]
        if codes(actors)["acts"] == "done":
            assert done.index("task.completed") < done.index("delegation.ended")
        else:
            assert codes(actors)["acts"] == "denied"
            assert task(office).status == "open"

    in_every_order(copies, cast, check)
