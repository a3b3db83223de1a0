"""One task and everybody who wants it: in every order one has it, and the others are told by whom and when."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from engine.instances.commands import AdvanceInstance, ClaimTask, CompleteUserTask
from engine.kernel.actor import SYSTEM
from engine.storage.schema import timer
from tests.interleavings.copies import Again, Copies
from tests.interleavings.desk import answered, desk, sound, task
from tests.interleavings.schedule import Actor, Choose, Stage, every_order


@pytest.fixture(scope="module")
def copies(prepare: Callable[..., Copies]) -> Copies:
    return prepare(desk)


def in_every_order(copies: Copies, cast: Callable[[Again], dict[str, Callable[[], object]]], check: Callable[[Again, dict[str, Actor]], None]) -> int:
    """Play a cast in every order that is possible, each on a fresh copy; check each time; return how many there were."""

    def play(choose: Choose) -> None:
        with copies.fresh() as office:
            stage = Stage(office.database)
            actors = stage.play(cast(office), choose)
            try:
                check(office, actors)
                sound(office)
            except AssertionError as error:
                outcomes = {name: actor.outcome() for name, actor in actors.items()}
                raise AssertionError(f"{error}\nafter {stage.trace}\nwith {outcomes}") from error

    return sum(1 for _ in every_order(play))


def complete(office: Again, login: str, key: str, **data: str) -> Callable[[], object]:
    wanted, actor = CompleteUserTask(task=task(office).id, data=data), office.actor(login)
    return lambda: office.door.execute(wanted, actor, key=key)


def test_of_two_who_complete_it_one_is_refused_whatever_the_order(copies: Copies) -> None:
    def check(office: Again, actors: dict[str, Actor]) -> None:
        codes = sorted(actor.outcome()[0] for actor in actors.values())
        assert codes == ["done", "refused"]
        winner = next(name for name, actor in actors.items() if actor.error is None)
        assert answered(office, "a", "b") == [winner]
        row = task(office)
        assert (row.status, row.data) == ("completed", f'{{"subject": "{winner}"}}')
        assert office.outcomes().count(("task.completed", "done")) == 1
        assert office.outcomes().count(("task.complete", "refused")) == 1

    orders = in_every_order(copies, lambda office: {"a": complete(office, "van.thu", "a", subject="a"), "b": complete(office, "van.thu.2", "b", subject="b")}, check)
    assert orders >= 6
