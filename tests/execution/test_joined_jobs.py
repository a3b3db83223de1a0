"""Jobs that wait are joined into the one at hand: their pieces then share a transaction, and no sweep wakes for them meanwhile."""

from __future__ import annotations

from sqlalchemy import text

from engine.storage import UnitOfWork
from engine.storage.jobs import KEYS, JobWakeUps
from tests.execution.hands import jobs
from tests.instances.bureau import Bureau


def test_jobs_that_wait_are_joined_into_the_one_at_hand(postgres_bureau: Bureau) -> None:
    wake_ups = JobWakeUps(postgres_bureau.database)
    wake_ups.start()
    with UnitOfWork(postgres_bureau.database) as unit:
        for number in range(KEYS + 4):
            wake_ups.wake(unit.connection, [f"operation:{number:02}"])
        wake_ups.wake_effect(unit.connection, ["effect:1"])
        at_hand = unit.connection.execute(text("UPDATE procrastinate_jobs SET status = 'doing' WHERE id = (SELECT min(id) FROM procrastinate_jobs) RETURNING id"))
        job = at_hand.scalar_one()
        unit.commit()
    joined = wake_ups.join(job, ["operation:00"])
    assert joined == [f"operation:{number:02}" for number in range(KEYS)]
    with postgres_bureau.database.reading() as connection:
        args = connection.execute(text("SELECT args FROM procrastinate_jobs WHERE id = :id"), {"id": job}).scalar_one()
    assert args == {"keys": joined}
    assert jobs(postgres_bureau.database) == 1 + 4 + 1  # the one at hand, those beyond its measure, and the effect, which is no work of this kind


def test_a_job_beside_which_none_waits_stays_as_it_is(postgres_bureau: Bureau) -> None:
    wake_ups = JobWakeUps(postgres_bureau.database)
    wake_ups.start()
    assert wake_ups.join(1, ["operation:00"]) == ["operation:00"]
