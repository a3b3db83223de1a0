"""Versions of running instances: they stay on theirs until a migration takes them over, with all that is open."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from engine.bpmn import Migration
from engine.bpmn.serialise import read_row, write_row
from engine.definitions.command import DeployDefinitions
from engine.history.record import opened
from engine.instances.affected import AffectedInstances
from engine.instances.commands import ClaimTask, CompleteUserTask, StartProcess
from engine.instances.migration import MigrateBatch, StartMigration, running
from engine.instances.migration_preview import PreviewMigration
from engine.instances.operations import Call
from engine.kernel.actor import SYSTEM
from engine.kernel.errors import Denied, InvalidInput, NotFound
from engine.kernel.ids import new_id
from engine.reports import operations as report_operations
from engine.storage import Database, UnitOfWork
from engine.storage.schema import (
    definition_version,
    history_record,
    incident,
    instance,
    migration,
    migration_refusal,
    operation,
    subscription,
    timer,
    user_task,
)
from tests.bpmn.tables import table
from tests.definitions.drawings import between, chain, drawing, form, lane
from tests.door.office import Office

START = '<bpmn:startEvent id="s" chidao:startedBy="person" chidao:subject="none"/>'


def task(id: str, name: str = "Vào sổ", form: str = "slip") -> str:
    return f'<bpmn:userTask id="{id}" name="{name}" chidao:form="{form}"/>'


def late(host: str, duration: str) -> str:
    text = f"<bpmn:timerEventDefinition><bpmn:timeDuration>{duration}</bpmn:timeDuration></bpmn:timerEventDefinition>"
    return f'<bpmn:boundaryEvent id="late" attachedToRef="{host}" cancelActivity="false">{text}</bpmn:boundaryEvent><bpmn:endEvent id="le"/>' + chain("late", "le")


def files(*tasks: str, role: str = "clerk", more: str = "", **others: bytes) -> dict[str, str]:
    """A process in which a clerk does one task after the other."""
    body = START + "".join(task(id) for id in tasks) + '<bpmn:endEvent id="e"/>' + chain("s", *tasks, "e") + more
    found = {"p.bpmn": drawing(body, lanes=lane("s", *tasks, "e", role=role)), "forms/slip.schema.json": form(), **others}
    return {name: content.hex() for name, content in found.items()}


def put(office: Office, wanted: dict[str, str]) -> None:
    office.do(DeployDefinitions(files=wanted, reason="thử"))


def begin(office: Office, unit: str = "btg", login: str = "van.thu") -> str:
    return str(office.do(StartProcess(process="p", organisation=office.unit(unit), directive=None), office.actor(login))["instance"])


def rows(office: Office, query: Any) -> list[Any]:
    with office.database.reading() as connection:
        return list(connection.execute(query).all())


def open_tasks(office: Office, of: str | None = None) -> list[Any]:
    query = select(user_task).where(user_task.c.status == "open").order_by(user_task.c.id)
    return rows(office, query if of is None else query.where(user_task.c.instance == of))


def version_of(office: Office, identity: str) -> int:
    query = select(definition_version.c.version).join(instance, instance.c.definition_version == definition_version.c.id)
    return int(rows(office, query.where(instance.c.id == identity))[0].version)


def migrate(office: Office, *, size: int = 100, **plan: Any) -> dict[str, int]:
    """Carry a migration out to its end; return what its batches did."""
    started = office.do(StartMigration(**{"process": "p", "to": 2, "reason": "đổi mẫu", **plan}))
    total = {"moved": 0, "refused": 0, "batches": 0}
    while not (done := office.do(MigrateBatch(migration=started["migration"], size=size)))["ended"]:
        total = {"moved": total["moved"] + done["moved"], "refused": total["refused"] + done["refused"], "batches": total["batches"] + 1}
    return total


@pytest.fixture
def office(database: Database) -> Office:
    return Office(database=database)


# ------------------------------------------------------------------------------------------------- versions stay as they are


def test_a_running_instance_ends_by_its_version_and_a_new_one_runs_by_the_new(office: Office) -> None:
    """Its diagram, the process it calls, the form and the decision table are those of the day it began."""

    def version(rule: str, inner: str, field: str) -> dict[str, str]:
        first = START + task("u") + '<bpmn:callActivity id="c" calledElement="inner"/><bpmn:businessRuleTask id="r" chidao:decision="shape"/>'
        last = '<bpmn:endEvent id="e"/>' + chain("s", "u", "c", "r", "z", "e")
        head = first + '<bpmn:userTask id="z" name="Trình" chidao:form="slip"/>' + last
        called = between((inner, task(inner, form="slip")))
        content = {
            "p.bpmn": drawing(head, lanes=lane("s", "u", "c", "r", "z", "e")),
            "inner.bpmn": drawing(called, id="inner", lanes=lane("s", inner, "e")),
            "forms/slip.schema.json": form(properties={field: {"type": "string", "title": "Ô"}}, required=[field]),
            "decisions/shape.dmn": table("shape", ["organisation"], ["process_shape"], [["-", rule]], policy="FIRST"),
        }
        return {name: text.hex() for name, text in content.items()}

    put(office, version('"old"', "a", "before"))
    first = begin(office)
    put(office, version('"new"', "b", "after"))
    second = begin(office)
    seen = {}
    for identity, field in ((first, "before"), (second, "after")):
        with pytest.raises(InvalidInput):
            office.do(CompleteUserTask(task=open_tasks(office, identity)[0].id, data={"wrong": "x"}), office.actor("van.thu"))
        path = []
        while found := open_tasks(office, identity):
            path.append(found[0].element)
            seen[identity] = json.loads(found[0].context).get("process_shape")
            office.do(CompleteUserTask(task=found[0].id, data={field: "x"}), office.actor("van.thu"))
            office.drain()
        assert path == ["u", {"before": "a", "after": "b"}[field], "z"]
    assert seen == {first: "old", second: "new"}
    assert [version_of(office, each) for each in (first, second)] == [1, 2]


# --------------------------------------------------------------------------------------------------- what a migration keeps


def test_an_open_task_keeps_its_row_its_holder_and_its_due_moment(office: Office) -> None:
    put(office, files("u", more=late("u", "P3D")))
    identity = begin(office)
    before = open_tasks(office)[0]
    office.do(ClaimTask(task=before.id), office.actor("van.thu"))
    due = rows(office, select(timer))[0].due_at
    put(office, files("x", "v", "y", role="leader", more=late("v", "P30D")))
    office.clock.advance_to(office.clock.now() + timedelta(days=1))
    assert migrate(office, mapping={"u": "v"}) == {"moved": 1, "refused": 0, "batches": 1}
    (after,) = open_tasks(office)
    assert (after.id, after.element, after.role, after.assignee) == (before.id, "v", "leader", office.actor("van.thu").id)
    assert (after.context, after.created_at, after.due_at) == (before.context, before.created_at, before.due_at)
    assert [(row.due_at, row.status, row.element) for row in rows(office, select(timer))] == [(due, "open", "late")]
    assert version_of(office, identity) == 2
    assert office.intact()


def test_a_moved_instance_goes_on_by_the_new_version(sqlite_database: Database) -> None:
    office = Office(database=sqlite_database)
    put(office, files("u"))
    identity = begin(office)
    put(office, files("x", "u", "y"))
    migrate(office)
    for element in ("u", "y"):
        (found,) = open_tasks(office)
        assert found.element == element
        office.do(CompleteUserTask(task=found.id, data={"subject": "x"}), office.actor("van.thu"))
    assert rows(office, select(instance.c.status).where(instance.c.id == identity))[0].status == "ended"


def test_a_message_on_its_way_reaches_the_instance_in_the_new_version(office: Office) -> None:
    def waiting(id: str) -> dict[str, str]:
        event = f'<bpmn:intermediateCatchEvent id="{id}" chidao:key="organisation"><bpmn:messageEventDefinition messageRef="m"/></bpmn:intermediateCatchEvent>'
        throw = '<bpmn:intermediateThrowEvent id="t" chidao:key="organisation"><bpmn:messageEventDefinition messageRef="m"/></bpmn:intermediateThrowEvent>'
        body = START + event + task("u") + '<bpmn:endEvent id="e"/>' + chain("s", id, "u", "e")
        sender = START + throw + '<bpmn:endEvent id="e"/>' + chain("s", "t", "e")
        content = {
            "p.bpmn": drawing(body, lanes=lane("s", "u")),
            "q.bpmn": drawing(sender, id="q", lanes=lane("s")),
            "forms/slip.schema.json": form(),
        }
        return {name: text.hex() for name, text in content.items()}

    put(office, waiting("w"))
    begin(office)
    kept = rows(office, select(subscription))[0]
    put(office, waiting("arrival"))
    office.do(StartProcess(process="q", organisation=office.unit("btg"), directive=None), office.actor("van.thu"))
    migrate(office, mapping={"w": "arrival"})
    moved = rows(office, select(subscription))[0]
    assert (moved.id, moved.element, moved.message, moved.key) == (kept.id, "arrival", kept.message, kept.key)
    office.drain()
    assert [row.element for row in open_tasks(office)] == ["u"]


def test_an_operation_that_failed_keeps_its_attempts_and_is_done_in_the_new_version(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def version(id: str, *more: str) -> dict[str, str]:
        drawn = f'<bpmn:serviceTask id="{id}" chidao:operation="enter_archive"/>' + "".join(task(each) for each in ("u", *more))
        body = START + drawn + '<bpmn:endEvent id="e"/>' + chain("s", id, "u", *more, "e")
        content = {"p.bpmn": drawing(body, lanes=lane("s", "u", *more)), "forms/slip.schema.json": form()}
        return {name: text.hex() for name, text in content.items()}

    closed = [True]

    def enter(_call: Call) -> dict[str, Any]:
        if closed:
            raise InvalidInput("Expected the archive to be open, but it is closed. Open it.")
        return {}

    monkeypatch.setitem(report_operations.OPERATIONS, "enter_archive", enter)
    office = Office(database=sqlite_database)
    put(office, version("keep"))
    identity = begin(office)
    office.drain()
    (waiting,), (held,) = rows(office, select(operation)), rows(office, select(incident))
    put(office, version("store", "v"))
    assert migrate(office, mapping={"keep": "store"})["moved"] == 1
    (after,), (still,) = rows(office, select(operation)), rows(office, select(incident))
    assert (after.id, after.element, after.status, after.parameters) == (waiting.id, "store", "open", waiting.parameters)
    assert (still.id, still.element, still.attempts, still.next_attempt) == (held.id, "store", held.attempts, held.next_attempt)
    closed.clear()
    office.clock.advance_to(office.clock.now() + timedelta(days=2))
    office.drain()
    assert [row.element for row in open_tasks(office, identity)] == ["u"]


# ------------------------------------------------------------------------------------------------- plans, refusals, batches


def test_an_instance_that_cannot_be_moved_stays_and_says_why(office: Office) -> None:
    put(office, files("u", "v"))
    stays, moves = begin(office), begin(office)
    office.do(CompleteUserTask(task=open_tasks(office, moves)[0].id, data={"subject": "x"}), office.actor("van.thu"))
    put(office, files("w", "v"))
    preview = office.door.ask(PreviewMigration(process="p", to=2), SYSTEM)
    assert (preview["instances"], preview["movable"]) == (2, 1)
    assert preview["refused"] == [
        {
            "instance": stays,
            "version": 1,
            "organisation": office.unit("btg"),
            "obstacles": [{key: value for key, value in preview["obstacles"][0].items() if key != "instances"}],
        }
    ]
    assert (preview["obstacles"][0]["code"], preview["obstacles"][0]["element"]) == ("removed", "u")
    assert [version_of(office, each) for each in (stays, moves)] == [1, 1]
    assert migrate(office) == {"moved": 1, "refused": 1, "batches": 1}
    assert [version_of(office, each) for each in (stays, moves)] == [1, 2]
    (refusal,) = rows(office, select(migration_refusal))
    assert refusal.instance == stays
    assert "there is no u" in json.loads(refusal.reasons)[0]["message"]
    assert migrate(office, mapping={"u": "w"}) == {"moved": 1, "refused": 0, "batches": 1}


def test_every_move_and_the_plan_are_in_the_history(office: Office) -> None:
    put(office, files("u"))
    identity = begin(office)
    put(office, files("v"))
    migrate(office, mapping={"u": "v"})
    bodies = [opened(row.body) for row in rows(office, select(history_record.c.body).order_by(history_record.c.seq))]
    started, moved, ended = (next(body for body in bodies if body["action"] == name) for name in ("migration.started", "instance.migrated", "migration.ended"))
    assert started["changes"][0]["new"]["mapping"] == {"u": "v"}
    changes = {entry["field"]: (entry["old"], entry["new"]) for entry in moved["changes"]}
    assert moved["instance"] == identity
    assert changes["definition_version"] == (1, 2)
    assert changes["mapping"] == (None, {"u": "v"})
    assert changes["started_by"] == (None, "system")
    assert moved["reason"]["text"] == "đổi mẫu"
    assert {entry["field"]: entry["new"] for entry in ended["changes"]} == {"status": "ended", "moved": 1, "refused": 0}


def test_the_filter_names_whose_instances_are_meant(sqlite_database: Database) -> None:
    office = Office(database=sqlite_database)
    put(office, files("u"))
    ours, theirs = begin(office), begin(office, "phuong", "bi.thu")
    put(office, files("u", "v"))
    migrate(office, organisation=office.unit("phuong"))
    assert [version_of(office, each) for each in (ours, theirs)] == [1, 2]
    migrate(office, instances=(ours,))
    assert version_of(office, ours) == 2


def test_a_batch_that_is_repeated_or_comes_late_does_no_harm(office: Office) -> None:
    put(office, files("u"))
    for _ in range(5):
        begin(office)
    put(office, files("u", "v"))
    started = office.do(StartMigration(process="p", to=2, reason="đổi mẫu"))["migration"]
    office.do(MigrateBatch(migration=started, size=2), key="batch")
    assert office.do(MigrateBatch(migration=started, size=2), key="batch")["moved"] == 2
    with office.database.reading() as connection:
        assert running(connection) == [started]
    moved = [office.do(MigrateBatch(migration=started, size=2))["moved"] for _ in range(5)]
    assert moved == [2, 1, 0, 0, 0]
    (row,) = rows(office, select(migration))
    assert (row.status, row.moved) == ("ended", 5)


def test_a_worker_goes_on_with_a_migration_that_was_interrupted(sqlite_database: Database) -> None:
    office = Office(database=sqlite_database)
    put(office, files("u"))
    identity = begin(office)
    put(office, files("u", "v"))
    office.do(StartMigration(process="p", to=2, reason="đổi mẫu"))
    office.drain()
    assert version_of(office, identity) == 2
    with office.database.reading() as connection:
        assert running(connection) == []


def test_an_instance_that_moved_on_while_the_batch_was_computed_is_taken_by_the_next(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    put(office, files("u"))
    busy, calm = begin(office), begin(office)
    put(office, files("u", "v"))
    started = office.do(StartMigration(process="p", to=2, reason="đổi mẫu"))["migration"]
    move = Migration.move

    def interrupted(self: Migration, state: bytes, **more: Any) -> Any:
        done = move(self, state, **more)
        office.change(update(instance).where(instance.c.id == busy).values(ver=instance.c.ver + 1))
        return done

    monkeypatch.setattr(Migration, "move", interrupted)
    assert office.do(MigrateBatch(migration=started))["moved"] == 1
    monkeypatch.undo()
    assert [version_of(office, each) for each in (busy, calm)] == [1, 2]
    assert office.do(MigrateBatch(migration=started))["moved"] == 1
    assert version_of(office, busy) == 2


WRONG = (
    ({"to": 9}, "Expected a version of p among 1, 2, but found 9"),
    ({"sources": (2,)}, "found 2 in both"),
    ({"sources": (7,)}, "found 7"),
    ({"to": 1}, "before 1 to come from, but there is none"),
    ({"mapping": {"nothing": "v"}}, "none has the id 'nothing'"),
    ({"mapping": {"u": "nothing"}}, "none has the id 'nothing'"),
    ({"mapping": {"u": "v", "s": "v"}}, "'v' stands for 'u' and 's'"),
    ({"process": "unknown"}, "Expected a deployed process 'unknown'"),
    ({"reason": " "}, "Expected a reason"),
)


def test_a_wrong_plan_is_refused_before_anything_happens(sqlite_database: Database) -> None:
    office = Office(database=sqlite_database)
    put(office, files("u"))
    put(office, files("v"))
    for plan, match in WRONG:
        with pytest.raises((InvalidInput, NotFound), match=match):
            office.do(StartMigration(**{"process": "p", "to": 2, "reason": "đổi mẫu", **plan}))
    assert rows(office, select(migration)) == []
    with pytest.raises(Denied, match="process_designer"):
        office.do(StartMigration(process="p", to=2, reason="đổi mẫu"), office.actor("van.thu"))


def test_hundreds_of_instances_are_moved_in_batches(sqlite_database: Database) -> None:
    office = Office(database=sqlite_database)
    put(office, files("u", more=late("u", "P3D")))
    identity = begin(office)
    copies(office, identity, 400)
    due = {row.due_at for row in rows(office, select(timer))}
    put(office, files("x", "v", more=late("v", "P9D")))
    preview = office.door.ask(PreviewMigration(process="p", to=2, mapping={"u": "v"}), SYSTEM)
    assert (preview["instances"], preview["movable"], preview["refused"]) == (401, 401, [])
    assert migrate(office, mapping={"u": "v"}) == {"moved": 401, "refused": 0, "batches": 5}
    assert {row.element for row in open_tasks(office)} == {"v"}
    assert {row.due_at for row in rows(office, select(timer))} == due
    assert office.count(history_record, history_record.c.action == "instance.migrated") == 401


def copies(office: Office, identity: str, number: int) -> None:
    """Make further instances in the same state, each with ids of its own, faster than by starting them."""
    (first,) = rows(office, select(instance).where(instance.c.id == identity))
    opened = [(entries, rows(office, select(entries).where(entries.c.instance == identity))) for entries in (user_task, timer)]
    with UnitOfWork(office.database) as unit:
        for _ in range(number):
            text, new = json.dumps(read_row(bytes(first.state))), new_id(office.clock.now())
            ids = {row.id: new_id(office.clock.now()) for _, found in opened for row in found}
            for old, fresh in ids.items():
                text = text.replace(old.replace("-", ""), fresh.replace("-", ""))
            unit.connection.execute(instance.insert().values({**first._mapping, "id": new, "state": write_row(json.loads(text))}))
            for entries, found in opened:
                for row in found:
                    unit.connection.execute(entries.insert().values({**row._mapping, "id": ids[row.id], "instance": new}))
        unit.commit()


# -------------------------------------------------------------------------------------------------- before a deployment


def test_before_a_deployment_it_is_told_where_tokens_stand_and_what_would_lose_its_home(office: Office) -> None:
    put(office, files("u", "v", more=late("u", "P3D")))
    for _ in range(3):
        begin(office)
    moved = open_tasks(office)[0]
    office.do(CompleteUserTask(task=moved.id, data={"subject": "x"}), office.actor("van.thu"))
    wanted = files("w", "v", role="leader")
    before = office.contents()
    (found,) = office.door.ask(AffectedInstances(files=wanted), SYSTEM)["processes"]
    assert office.contents() == before
    assert (found["process"], found["in_force"], found["next"]["version"], found["next"]["changed"]) == ("p", 1, 2, True)
    (told,) = found["running"]
    assert (told["version"], told["instances"]) == (1, 3)
    assert {(each["element"], each["kind"]): (each["tokens"], each["change"]) for each in told["tokens"]} == {
        ("late", "timer"): (2, "removed"),
        ("u", "task"): (2, "removed"),
        ("v", "task"): (1, "changed"),
    }
    assert next(each for each in told["tokens"] if each["element"] == "v")["changes"] == [{"attribute": "role", "old": "clerk", "new": "leader"}]
    assert next(each for each in told["tokens"] if each["element"] == "v")["examples"] == [moved.instance]
    assert found["without_home"] == {"task": 2, "timer": 2}
    assert told["suggested_mapping"] == {"u": "w"}


def test_where_the_instances_of_a_stored_process_stand(sqlite_database: Database) -> None:
    office = Office(database=sqlite_database)
    put(office, files("u"))
    begin(office)
    (found,) = office.door.ask(AffectedInstances(process="p"), SYSTEM)["processes"]
    assert [(each["element"], each["tokens"], each["change"]) for each in found["running"][0]["tokens"]] == [("u", 1, "kept")]
    with pytest.raises(NotFound, match="version 4"):
        office.door.ask(AffectedInstances(process="p", version=4), SYSTEM)
