"""Time goes wrong: a clock that is set back and forth, months in which nobody worked."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from engine.kernel.clock import from_stamp
from engine.storage.schema import consolidation, history_record, report, timer
from engine.timers import due as timers
from tests.crash.director import Director
from tests.crash.here import Here
from tests.crash.orphans import orphans

MOMENTS = 25
HOURS = (-7, 5, -3, 2, -1, 1)


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_clock_set_back_and_forth_fires_no_timer_early_or_twice(scene: Director, monkeypatch: pytest.MonkeyPatch) -> None:
    fired: Counter[str] = Counter()
    early: list[tuple[str, datetime]] = []
    fire, here, chance = timers.fire, Here(scene), random.Random(5)

    def watched(connection: Any, timer_id: str) -> None:
        due = connection.execute(select(timer.c.due_at).where(timer.c.id == timer_id)).scalar_one()
        if from_stamp(due) > scene.clock.now():
            early.append((due, scene.clock.now()))
        fire(connection, timer_id)
        fired[f"{timer_id} {due}"] += 1

    monkeypatch.setattr(timers, "fire", watched)
    for _ in range(MOMENTS):
        true = scene.clock.now()
        for hours in chance.sample(HOURS, 2):
            scene.clock.set(true + timedelta(hours=hours))
            here.settle()
        scene.clock.set(true)
        here.settle()
        with scene.database.reading() as connection:
            following = scene.following(connection)
        if following is None:
            break  # the cascade is over
        scene.clock.set(following)
    assert early == []
    assert len(fired) >= 2
    assert set(fired.values()) == {1}
    with scene.database.reading() as connection:
        moments = list(connection.execute(select(history_record.c.recorded_at).order_by(history_record.c.seq)).scalars())
        assert moments == sorted(moments)
        assert orphans(connection, over=False) == []


@pytest.mark.parametrize("kind", ["sqlite"])
def test_every_month_is_reported_once_after_months_without_a_worker(scene: Director) -> None:
    """Nobody works from the opening of the first period, in December, until the 31st of March."""
    here = Here(scene)
    scene.clock.set(datetime(2024, 3, 31, 1, tzinfo=UTC))
    here.run()
    with scene.database.reading() as connection:
        for table in (report, consolidation):
            periods = Counter(tuple(row) for row in connection.execute(select(table.c.organisation, table.c.period)))
            assert set(periods.values()) == {1}
            assert {period for _, period in periods} == {"2023-12", "2024-01", "2024-02"}
        assert len(periods) == 3 * 2  # the one above the top, and the top
        assert orphans(connection, over=False) == []
