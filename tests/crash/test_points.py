"""kill -9 at every named point, the first time and again later: whoever comes after goes on as if nothing had happened."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.kernel.points import POINTS
from tests.crash import test_effects, test_fan_out
from tests.crash.director import Director
from tests.crash.orphans import orphans
from tests.crash.outcome import Told, differences, outcome
from tests.crash.players import Part

ELSEWHERE = {*test_fan_out.POINTS, *test_effects.POINTS}  # killed at in scenes of their own
VICTIMS = {"door": ("client", "worker"), "refusal": ("client", "worker")}  # by the first word of a point; else only workers come to it
AGAIN = 2  # the time at which it is killed there again
ONCE = ("refusal.sealed",)  # where the scene has only one occasion for each
HERE = [point for point in POINTS if point not in ELSEWHERE]


@pytest.mark.parametrize("point", HERE)
def test_whoever_is_killed_at_a_point_leaves_nothing_undone_and_nothing_twice(point: str, scene: Director, undisturbed: Told) -> None:
    victims = VICTIMS.get(point.partition(".")[0], ("worker",))
    times = 1 if point in ONCE else 2

    def again(part: Part) -> Part:
        return replace(part, die_at=(point, AGAIN) if part.role in victims and scene.killed[part.role] < times else None)

    for role in ("client", "worker"):
        scene.start(role, die_at=(point, 1) if role in victims else None)
    scene.run(meanwhile=lambda: scene.revive(again), moments=1)
    assert scene.killed == dict.fromkeys(victims, times)
    with scene.database.reading() as connection:
        assert differences(undisturbed, outcome(connection)) == []
        assert orphans(connection, over=False) == []
    assert [intent.key for journal in scene.journals() for intent in journal.open()] == []
