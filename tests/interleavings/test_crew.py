"""Random crews in random orders, drawn by Hypothesis; and small cases that come out as in one of their serial orders."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.instances.commands import ClaimTask, CompleteUserTask, ReleaseTask
from tests.interleavings.copies import Again, Copies
from tests.interleavings.crew import letter_at_work, play_crew
from tests.interleavings.desk import desk, task
from tests.interleavings.schedule import START, Stage, every_order
from tests.interleavings.serial import picture_of, serial_pictures

ORDERS = 6  # of several hundred; hunt.py plays as many as it is told


@pytest.fixture(scope="module")
def letter(prepare: Callable[..., Copies]) -> Copies:
    return prepare(letter_at_work)


@given(data=st.data())
@settings(max_examples=3, deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_whatever_a_crew_does_in_whatever_order_everything_is_there_once(letter: Copies, data: st.DataObject) -> None:
    play_crew(letter, lambda options: data.draw(st.sampled_from(options)), Random(data.draw(st.integers(0, 10_000))))


@pytest.fixture(scope="module")
def one_task(prepare: Callable[..., Copies]) -> Copies:
    return prepare(desk)


def three(office: Again) -> dict[str, Callable[[], object]]:
    """A completion, a claim by another, and a setting that has nothing to do with them."""
    row, first, second, leader = task(office), office.actor("van.thu"), office.actor("van.thu.2"), office.actor("lanh.dao")
    commands = {
        "completes": (CompleteUserTask(task=row.id, data={}), first),
        "claims": (ClaimTask(task=row.id), second),
        "releases": (ReleaseTask(task=row.id, reason="x"), leader),
    }
    return {name: (lambda each=each, name=name: office.door.execute(*each, key=name)) for name, each in commands.items()}


def test_three_commands_at_once_come_out_as_one_after_the_other(one_task: Copies) -> None:
    serial = serial_pictures(one_task, three)
    assert 2 <= len(serial) <= 6

    def play(choose: Callable[[list[str]], str]) -> None:
        with one_task.fresh() as office:
            stage = Stage(office.database, stops=frozenset({START, "door.decided"}))
            actors = stage.play(three(office), choose)
            assert picture_of(office, actors) in serial, stage.trace

    orders = sum(1 for _ in every_order(play, limit=ORDERS))
    assert orders == ORDERS
