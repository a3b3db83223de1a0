"""A worker dies in the middle of sending a letter to many: whoever comes after tells those who were not told, and nobody twice."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import partial

import pytest
from sqlalchemy import select

from engine.directives import issuing
from engine.storage.schema import definition_version, instance, organisation
from engine.storage.schema import dispatch as dispatched
from tests.crash.director import Director
from tests.crash.orphans import orphans
from tests.crash.players import Part
from tests.crash.scene import WIDE

POINTS = ("dispatch.chunk", "operation.part")  # of the middle of a long operation


def in_parts(size: int) -> None:
    """Let a letter go to so many in one transaction."""
    issuing.CHUNK = size


@pytest.mark.parametrize(("point", "time"), [("dispatch.chunk", 2), ("operation.part", 1)])
def test_every_recipient_has_its_case_once(point: str, time: int, dispatch: Director) -> None:
    parts = {"prepare": partial(in_parts, 5)}
    dispatch.start("worker", die_at=(point, time), **parts)
    dispatch.run(meanwhile=lambda: dispatch.revive(_unharmed), until=dispatch.workers_rest)
    assert dispatch.killed == {"worker": 1}
    with dispatch.database.reading() as connection:
        query = (
            select(organisation.c.code)
            .join(instance, instance.c.organisation == organisation.c.id)
            .join(definition_version, definition_version.c.id == instance.c.definition_version)
            .where(definition_version.c.key == "coordination_monthly")
        )
        assert Counter(connection.execute(query).scalars()) == dict.fromkeys(WIDE.codes, 1)
        assert len(connection.execute(select(dispatched.c.id)).all()) == len(WIDE.codes)
        assert orphans(connection, over=False) == []


def _unharmed(part: Part) -> Part:
    return replace(part, die_at=None)
