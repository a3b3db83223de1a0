"""Who is woken: each transaction names, in one order, the rows at which there is work; wake-ups share its fate and never harm it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import Connection, select, text

from engine.execution.due import besides
from engine.execution.poller import Poller
from engine.history.transaction import Transaction
from engine.instances.operations import RunOperation
from engine.instances.repairs import RetryIncident
from engine.kernel.actor import SYSTEM
from engine.kernel.errors import InvalidInput
from engine.messages.inbox import send
from engine.storage import UnitOfWork
from engine.storage.jobs import KEYS, JobWakeUps
from engine.storage.schema import inbox, instance, operation
from engine.storage.wake_ups import NobodyIsWoken
from tests.definitions.drawings import chain, drawing, lane
from tests.definitions.drawings import user_task as drawn_task
from tests.execution.hands import END, JOB_TABLES, door_of, draw_keeping, jobs, keep
from tests.instances.bureau import BY_PERSON, Bureau

TOLD = '<bpmn:message id="m2" name="told"/>'
CATCH = '<bpmn:intermediateCatchEvent id="c" chidao:key="\'K\'"><bpmn:messageEventDefinition messageRef="m2"/></bpmn:intermediateCatchEvent>'
EXPECTING = BY_PERSON + CATCH + drawn_task("look") + END + chain("s", "c", "look", "e")
CLOSED = InvalidInput("Expected the archive to be open, but it is closed. Open it.")


class Listening(NobodyIsWoken):
    """Remembers who was woken, per transaction."""

    def __init__(self) -> None:
        self.heard: list[list[str]] = []

    def wake(self, connection: Connection, keys: Sequence[str]) -> None:
        assert connection.in_transaction()
        self.heard.append(list(keys))

    def taken(self) -> list[list[str]]:
        taken, self.heard = self.heard, []
        return taken


@pytest.fixture
def listening(bureau: Bureau) -> Listening:
    """What hears whom the office wakes."""
    heard = Listening()
    bureau.door = door_of(bureau, heard)
    return heard


def jobs_of(bureau: Bureau) -> JobWakeUps:
    found = bureau.door.wake_ups
    assert isinstance(found, JobWakeUps)
    return found


def test_an_operation_wakes_for_itself_and_its_result_for_the_instance(bureau: Bureau, listening: Listening) -> None:
    keep(bureau, 1)
    (opened,) = bureau.rows(operation)
    assert listening.taken() == [[f"operation:{opened.id}"]]
    bureau.do(RunOperation(operation=opened.id))
    assert listening.taken() == [[f"instance:{opened.instance}"]]


def test_pieces_done_together_wake_at_once_and_in_one_order(bureau: Bureau, listening: Listening) -> None:
    keep(bureau, 5)
    listening.taken()
    opened = bureau.rows(operation)
    bureau.door.execute_together({f"t{row.id}": RunOperation(operation=row.id) for row in reversed(opened)}, SYSTEM)
    assert listening.taken() == [sorted(f"instance:{row.instance}" for row in opened)]


def test_a_message_wakes_whoever_waits_and_one_that_is_early_those_who_begin_to(bureau: Bureau, listening: Listening) -> None:
    bureau.put(drawing(EXPECTING, id="x", head=TOLD, lanes=lane("s", "c", "look", "e")), "x")
    first, now = bureau.begin("x"), bureau.clock.now()
    listening.taken()
    with UnitOfWork(bureau.database) as unit:
        transaction = Transaction(connection=unit.connection, now=now, actor=SYSTEM)
        send(transaction, message="told", key="K", to=[bureau.unit("btg")], payload={}, source="test")
        (message,) = unit.connection.execute(select(inbox.c.id).where(inbox.c.name == "told")).scalars()
        assert transaction.woken == {f"message:{message}"}
        unit.commit()
    assert Poller(bureau.door).do([f"message:{message}"]) == 1
    assert [row.instance for row in bureau.rows_of("look")] == [first]
    with UnitOfWork(bureau.database) as unit:
        send(Transaction(connection=unit.connection, now=now, actor=SYSTEM), message="told", key="K", to=[bureau.unit("btg")], payload={}, source="early")
        unit.commit()
    listening.taken()
    second = bureau.begin("x")
    assert [f"instance:{second}"] in listening.taken()
    assert {row.instance for row in bureau.rows_of("look")} == {first, second}


def test_a_sweep_leaves_out_what_stands_in_a_job_also_an_instance_whose_message_does(bureau: Bureau) -> None:
    bureau.put(drawing(EXPECTING, id="x", head=TOLD, lanes=lane("s", "c", "look", "e")), "x")
    waits, (kept, opened) = bureau.begin("x"), ("instance:other", "operation:1")
    with UnitOfWork(bureau.database) as unit:
        transaction = Transaction(connection=unit.connection, now=bureau.clock.now(), actor=SYSTEM)
        send(transaction, message="told", key="K", to=[bureau.unit("btg")], payload={}, source="test")
        unit.commit()
    found = [f"instance:{waits}", kept, opened]
    with bureau.database.reading() as connection:
        assert besides(connection, found, set()) == sorted(found)
        assert besides(connection, found, {opened}) == sorted(found[:2])
        assert besides(connection, found, {opened, "message:other"}) == sorted(found[:2])
        assert besides(connection, found, {opened, *transaction.woken}) == [kept]


def test_what_is_tried_again_wakes_for_its_piece(bureau: Bureau, listening: Listening) -> None:
    bureau.archive.answer = CLOSED
    kept = bureau.begin()
    held, (opened,) = bureau.incident(), bureau.rows(operation)
    listening.taken()
    bureau.archive.answer = {}
    bureau.do(RetryIncident(incident=held.id, reason="đã mở"))
    assert listening.taken() == [[f"operation:{opened.id}"]]
    assert Poller(bureau.door).do([f"operation:{opened.id}"]) == 1
    assert listening.taken() == [[f"instance:{kept}"]]


def test_keys_at_which_nothing_is_due_do_nothing(bureau: Bureau) -> None:
    kept = bureau.begin()
    (done,) = bureau.rows(operation)
    before = bureau.contents()
    keys = [f"operation:{done.id}", f"instance:{kept}", "instance:gone", "start:gone", "message:gone", "operation:gone", "migration:gone", "periods:all"]
    assert Poller(bureau.door).do(keys) == 0
    assert bureau.contents() == before


# --------------------------------------------------------------------------------------------------------- PostgreSQL


def test_a_job_goes_with_the_transaction_that_deferred_it(postgres_bureau: Bureau) -> None:
    adapter = jobs_of(postgres_bureau)
    with UnitOfWork(postgres_bureau.database) as unit:
        adapter.wake(unit.connection, ["operation:1"])
        assert adapter.living(unit.connection) == {"operation:1"}
    assert jobs(postgres_bureau.database) == 0
    with UnitOfWork(postgres_bureau.database) as unit:
        adapter.wake(unit.connection, [f"operation:{number}" for number in range(2 * KEYS + 1)])
        unit.commit()
    assert (jobs(postgres_bureau.database), adapter.status().waiting) == (3, 3)


def test_no_job_is_left_of_a_command_that_is_refused(postgres_bureau: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.door.seal", lambda *_: (_ for _ in ()).throw(InvalidInput("Expected a seal, but found none.")))
    with pytest.raises(InvalidInput):
        keep(postgres_bureau, 1)
    assert (jobs(postgres_bureau.database), postgres_bureau.count(instance)) == (0, 0)


def test_commands_go_on_when_the_tables_of_the_engine_are_gone_and_jobs_come_back_with_them(postgres_bureau: Bureau) -> None:
    keep(postgres_bureau, 1)
    assert jobs(postgres_bureau.database) == 1
    postgres_bureau.change(text(f"DROP TABLE {JOB_TABLES} CASCADE"))
    keep(postgres_bureau, 1)
    assert postgres_bureau.count(operation, operation.c.status == "open") == 2
    assert jobs_of(postgres_bureau).status().adapter.endswith("workers look by themselves")
    assert [jobs_of(postgres_bureau).start(), jobs_of(postgres_bureau).start()] == [True, False]
    keep(postgres_bureau, 1)
    assert jobs(postgres_bureau.database) == 1


def test_jobs_that_dead_workers_have_left_are_cleared_away(postgres_bureau: Bureau) -> None:
    keep(postgres_bureau, 3)
    taken = "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - make_interval(secs => {ago})) RETURNING id"
    for ago, job in ((3600, 1), (0, 2)):
        worker = f"WITH made AS ({taken.format(ago=ago)}) UPDATE procrastinate_jobs SET status = 'doing', worker_id = made.id FROM made"
        postgres_bureau.change(text(f"{worker} WHERE procrastinate_jobs.id = {job}"))
    adapter = jobs_of(postgres_bureau)
    with UnitOfWork(postgres_bureau.database) as unit:
        assert (len(adapter.living(unit.connection)), adapter.bury(unit.connection)) == (2, 1)
        unit.commit()
    assert (adapter.status().waiting, adapter.status().taken) == (1, 1)


def test_a_new_office_defers_nothing_until_a_worker_has_made_the_tables(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from engine.storage import Database

    database = Database(postgres_url)
    bureau = Bureau.opened(database, monkeypatch)
    draw_keeping(bureau)
    keep(bureau, 1)
    with database.reading() as connection:
        assert connection.execute(text("SELECT to_regclass('procrastinate_jobs')")).scalar_one() is None
    assert bureau.drain() == 2
    database.dispose()


def test_a_timer_that_is_past_when_it_begins_wakes_at_once(bureau: Bureau, listening: Listening) -> None:
    moment = (bureau.clock.now() - timedelta(days=1)).isoformat()
    event = f"<bpmn:timerEventDefinition><bpmn:timeDate>{moment}</bpmn:timeDate></bpmn:timerEventDefinition>"
    body = BY_PERSON + f'<bpmn:intermediateCatchEvent id="w">{event}</bpmn:intermediateCatchEvent>' + drawn_task("look") + END + chain("s", "w", "look", "e")
    bureau.put(drawing(body, id="late", lanes=lane("s", "w", "look", "e")), "late")
    late = bureau.begin("late")
    assert [f"instance:{late}"] in listening.taken()
    assert bureau.open() == ["look"]


