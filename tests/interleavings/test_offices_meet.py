"""What administrators and clerks do at once: numbers of one book, settings, versions, leads, substitutions."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from engine.definitions.command import DeployDefinitions
from engine.directives.numbers import EnterNumber
from engine.directory.settings import DEPLOYMENT_NEEDS_SECOND_PERSON, EXTENSIONS_MAX, ChangeSetting
from engine.directory.substitution import RecordSubstitution
from engine.history.record import opened
from engine.instances.migration import MigrateBatch, StartMigration, running
from engine.kernel.actor import SYSTEM
from engine.storage.schema import definition_version, history_record, holding, instance, migration, register_book, register_entry
from tests.definitions.drawings import drawing, form, lane
from tests.interleavings.copies import Again, Copies
from tests.interleavings.desk import BODY, desk, post_of
from tests.interleavings.play import in_every_order
from tests.interleavings.schedule import Actor


@pytest.fixture(scope="module")
def copies(prepare: Callable[..., Copies]) -> Copies:
    return prepare(desk)


def both(office: Again, one: Any, two: Any) -> dict[str, Callable[[], object]]:
    return {name: partial(office.door.execute, each, SYSTEM, key=name) for name, each in (("one", one), ("two", two))}


def rows(office: Again, query: Any) -> list[Any]:
    with office.database.reading() as connection:
        return list(connection.execute(query))


def recorded(office: Again, action: str) -> list[dict[str, Any]]:
    query = select(history_record.c.body).where(history_record.c.action == action).order_by(history_record.c.seq)
    return [opened(row.body) for row in rows(office, query)]


def test_two_take_numbers_of_one_book_that_nobody_has_opened(copies: Copies) -> None:
    """Neither a gap nor a number twice (Decree 30/2020 art. 15)."""

    def cast(office: Again) -> dict[str, Callable[[], object]]:
        line = {"organisation": office.unit("btg"), "direction": "outgoing", "doc_type": "công văn", "symbol": "CV/BTGTU", "day": "2024-04-01"}
        return both(office, EnterNumber(subject="một", **line), EnterNumber(subject="hai", **line))

    def check(office: Again, actors: dict[str, Actor]) -> None:
        assert sorted(actor.answer["number"] for actor in actors.values()) == [1, 2]
        assert sorted(row.number for row in rows(office, select(register_entry))) == [1, 2]
        assert [row.next_number for row in rows(office, select(register_book))] == [3]

    in_every_order(copies, cast, check)


def test_two_change_one_setting_and_the_history_has_each_change_from_what_was_there(copies: Copies) -> None:
    def cast(office: Again) -> dict[str, Callable[[], object]]:
        return both(office, *(ChangeSetting(key=EXTENSIONS_MAX, value=value, reason="test") for value in (2, 3)))

    def check(office: Again, actors: dict[str, Actor]) -> None:
        assert {actor.outcome()[0] for actor in actors.values()} == {"done"}
        changes = [record["changes"][0] for record in recorded(office, "setting.changed")]
        assert [change["old"] for change in changes] == [1, changes[0]["new"]]

    in_every_order(copies, cast, check)


def test_two_deploy_and_the_versions_follow_each_other(copies: Copies) -> None:
    def cast(office: Again) -> dict[str, Callable[[], object]]:
        return both(office, *(deployment(title) for title in ("Vào sổ 2", "Vào sổ 3")))

    def check(office: Again, actors: dict[str, Actor]) -> None:
        assert sorted(actor.answer["deployed"][0]["version"] for actor in actors.values()) == [2, 3]
        found = rows(office, select(definition_version).where(definition_version.c.key == "p"))
        assert sorted(row.version for row in found) == [1, 2, 3]
        assert len({row.deployed_at for row in found}) == 3

    in_every_order(copies, cast, check)


def deployment(title: str) -> DeployDefinitions:
    body = drawing(BODY.replace("Vào sổ", title), lanes=lane("s", "u", "v"))
    slip = form(properties={"subject": {"type": "string", "title": "Trích yếu"}}, required=[])
    return DeployDefinitions(files={"p.bpmn": body.hex(), "forms/slip.schema.json": slip.hex()}, reason="test")


def two_migrations(office: Again) -> dict[str, Callable[[], object]]:
    office.do(deployment("Vào sổ 2"))
    for _ in range(2):
        office.do(StartMigration(process="p", to=2, reason="test"))
    with office.database.reading() as connection:
        one, two = running(connection)
    return both(office, MigrateBatch(migration=one), MigrateBatch(migration=two))


def moved_once(office: Again, actors: dict[str, Actor]) -> None:
    assert sum(actor.answer["moved"] for actor in actors.values()) == 1
    office.drain()
    assert {row.status for row in rows(office, select(migration))} == {"ended"}
    assert sum(row.moved for row in rows(office, select(migration))) == 1
    (moved,) = rows(office, select(instance.c.ver, definition_version.c.version).join(definition_version))
    assert (moved.ver, moved.version) == (2, 2)


def test_two_migrations_of_one_instance_move_it_once_and_both_end(copies: Copies) -> None:
    in_every_order(copies, two_migrations, moved_once)


def test_nobody_deploys_alone_after_a_second_person_was_asked_for(copies: Copies) -> None:
    def cast(office: Again) -> dict[str, Callable[[], object]]:
        return both(office, deployment("Vào sổ 2"), ChangeSetting(key=DEPLOYMENT_NEEDS_SECOND_PERSON, value=True, reason="test"))

    def check(office: Again, actors: dict[str, Actor]) -> None:
        assert actors["two"].outcome()[0] == "done"
        done = [action for action, outcome in office.outcomes() if outcome == "done"]
        if actors["one"].outcome()[0] == "done":
            assert max(number for number, action in enumerate(done) if action == "process.deployed") < done.index("setting.changed")
        else:
            assert "Expected a person who proposes" in actors["one"].outcome()[1]

    in_every_order(copies, cast, check)


def test_one_substitute_is_recorded_once_for_the_same_days(copies: Copies) -> None:
    def cast(office: Again) -> dict[str, Callable[[], object]]:
        days = {"valid_from": "2024-04-01", "valid_to": "2024-04-30", "limits": (), "reason": "đi công tác"}
        return both(office, *(RecordSubstitution(post=post_of(office, "van.thu"), substitute="chuyen.vien", **days) for _ in range(2)))

    def check(office: Again, actors: dict[str, Actor]) -> None:
        assert sorted(actor.outcome()[0] for actor in actors.values()) == ["done", "refused"]
        assert len(rows(office, select(holding).where(holding.c.substitute_for.is_not(None)))) == 1

    in_every_order(copies, cast, check)
