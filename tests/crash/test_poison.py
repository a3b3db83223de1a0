"""Poison among good work: it becomes incidents and is left to an administrator, and everything else goes on as without it."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from engine.instances.commands import StartProcess
from engine.kernel.actor import Actor
from engine.storage.schema import definition_version, incident, instance, organisation, person
from tests.crash.cast import TOP
from tests.crash.director import Director
from tests.crash.here import Here

MORE = 4  # beside the one in the scene
ATTEMPTS = 5  # the first, and those after 1, 5, 30 and 120 minutes


@pytest.mark.parametrize("kind", ["sqlite"])
def test_poison_is_tried_some_times_and_left_and_the_others_go_on(scene: Director) -> None:
    here = Here(scene)
    with scene.database.reading() as connection:
        top = connection.execute(select(organisation.c.id).where(organisation.c.code == TOP)).scalar_one()
        clerk = Actor.person(connection.execute(select(person.c.id).where(person.c.login == TOP)).scalar_one())
    for number in range(MORE):
        here.door.execute(StartProcess(process="poison", organisation=top, directive=None), clerk, key=f"poison:{number}")
    here.run()
    with scene.database.reading() as connection:
        held = connection.execute(select(incident)).all()
        assert [(row.element, row.attempts, row.next_attempt, row.resolved_at) for row in held] == [("fails", ATTEMPTS, None, None)] * (MORE + 1)
        by_process = select(definition_version.c.key, instance.c.status).join(instance, instance.c.definition_version == definition_version.c.id)
        found = connection.execute(by_process).all()
    assert {row.status for row in found if row.key == "poison"} == {"active"}
    assert {row.status for row in found if row.key != "poison"} == {"ended"}
    assert len([row for row in found if row.key != "poison"]) > MORE
