"""A worker dies between claiming an effect, sending it and writing that down: it goes out at least once, always under its one key."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

import pytest
from sqlalchemy import func, select

from engine.bootstrap import open_door
from engine.instances.commands import StartProcess
from engine.kernel.actor import Actor
from engine.kernel.clock import from_stamp
from engine.storage.schema import effect, history_record, organisation, person
from tests.crash.cast import TOP
from tests.crash.director import Director
from tests.crash.orphans import orphans
from tests.crash.storm import sent

POINTS = ("effect.claimed", "effect.sent", "effect.marked")
NOTICES = 3


@pytest.mark.parametrize("point", POINTS)
def test_an_effect_whose_sender_is_killed_goes_out_again_under_its_key(point: str, dispatch: Director) -> None:
    _give_notices(dispatch)
    dispatch.start("worker", die_at=(point, 1))
    dispatch.run(until=lambda found: dispatch.killed.total() == 1 and dispatch.workers_rest(found))
    for following in iter(lambda: _end_of_lease(dispatch), None):  # the leases of the dead last; afterwards others send
        dispatch.clock.set(following)
        dispatch.run(until=dispatch.workers_rest)
    with dispatch.database.reading() as connection:
        keys = set(connection.execute(select(effect.c.key)).scalars())
        assert set(connection.execute(select(effect.c.status)).scalars()) == {"sent"}
        told = Counter(connection.execute(select(history_record.c.subject).where(history_record.c.action == "effect.sent")).scalars())
        assert orphans(connection, over=False) == []
    assert (len(keys), told) == (NOTICES, Counter(dict.fromkeys(keys, 1)))
    assert sent(dispatch.folder).keys() == keys


def _end_of_lease(director: Director) -> datetime | None:
    with director.database.reading() as connection:
        ends = connection.execute(select(func.min(effect.c.lease_until)).where(effect.c.status == "sending")).scalar_one()
    return from_stamp(ends) if ends else None


def _give_notices(director: Director) -> None:
    door = open_door(director.database, director.clock)
    with director.database.reading() as connection:
        top = connection.execute(select(organisation.c.id).where(organisation.c.code == TOP)).scalar_one()
        clerk = Actor.person(connection.execute(select(person.c.id).where(person.c.login == TOP)).scalar_one())
    for number in range(NOTICES):
        door.execute(StartProcess(process="notice", organisation=top, directive=None), clerk, key=f"notice:{number}")
