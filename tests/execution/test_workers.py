"""Workers in threads: nothing is lost with a wake-up, nothing is done twice, and whoever is told to stop ends what it is at."""

from __future__ import annotations

import logging
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier, Event, Lock

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from engine.door import Door
from engine.execution.job_engine import JobEngine
from engine.execution.poller import Poller
from engine.execution.status import status
from engine.execution.worker import work
from engine.instances.commands import AdvanceInstance
from engine.instances.operations import RunOperation
from engine.kernel.actor import SYSTEM
from engine.kernel.errors import InvalidInput
from engine.kernel.points import listen
from engine.storage.schema import history_record, instance, operation, user_task, worker
from engine.storage.wake_ups import NobodyIsWoken
from tests.execution.hands import door_of, drop_jobs, jobs, keep, records, until, working
from tests.instances.bureau import Bureau


def looked_at(bureau: Bureau) -> int:
    """How many instances have come to their task."""
    return bureau.count(user_task, user_task.c.status == "open")


def test_a_worker_does_what_others_ask_for_meanwhile(bureau: Bureau) -> None:
    with working(door_of(bureau)):
        for number in (3, 6):
            keep(bureau, 3)
            until(lambda number=number: looked_at(bureau) == number)
    assert records(bureau, "instance.advanced") == 6
    assert status(bureau.door).workers == 0  # it has taken its leave


def test_the_tables_of_the_engine_are_dropped_in_mid_run_and_nothing_is_lost(postgres_bureau: Bureau) -> None:
    with working(door_of(postgres_bureau), door_of(postgres_bureau)):
        for _ in range(3):
            keep(postgres_bureau, 8)
            drop_jobs(postgres_bureau)
        until(lambda: looked_at(postgres_bureau) == 24)
        until(lambda: postgres_bureau.door.wake_ups.status().adapter == "procrastinate")
        keep(postgres_bureau, 1)
        until(lambda: looked_at(postgres_bureau) == 25)
    assert (records(postgres_bureau, "instance.advanced"), postgres_bureau.intact()) == (25, True)


def test_work_is_done_without_any_engine(postgres_bureau: Bureau) -> None:
    without = [door_of(postgres_bureau, NobodyIsWoken()) for _ in range(3)]
    keep(postgres_bureau, 6, without[0])
    with working(*without[1:]):
        until(lambda: looked_at(postgres_bureau) == 6)
    assert (records(postgres_bureau, "instance.advanced"), jobs(postgres_bureau.database)) == (6, 0)


def test_what_nobody_was_woken_for_is_found_by_the_sweep(postgres_bureau: Bureau) -> None:
    keep(postgres_bureau, 4, door_of(postgres_bureau, NobodyIsWoken()))
    with working(door_of(postgres_bureau)):
        until(lambda: looked_at(postgres_bureau) == 4)


def test_two_workers_share_a_fan_out_and_do_nothing_in_vain(postgres_bureau: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    alone, together, busy, guard = Counter[str](), Counter[int](), set[int](), Lock()
    sent, shared = Poller._do, Door.execute_together

    def counted(self: Poller, command: object, failed: set[object]) -> int:
        with guard:
            alone[type(command).__name__] += 1
            busy.add(id(self._door))  # one of them may read the history for the search meanwhile
        return sent(self, command, failed)

    def seen(self: Door, commands: dict[str, object], actor: object) -> dict[str, dict[str, object]]:
        with guard:
            together[id(self)] += len(commands)
            busy.add(id(self))
        return shared(self, commands, actor)

    monkeypatch.setattr(Poller, "_do", counted)
    monkeypatch.setattr(Door, "execute_together", seen)
    keep(postgres_bureau, 100, door_of(postgres_bureau, NobodyIsWoken()))
    with working(door_of(postgres_bureau), door_of(postgres_bureau)):
        until(lambda: looked_at(postgres_bureau) == 100)
        until(lambda: jobs(postgres_bureau.database) == 0)  # rows of jobs that are done do not pile up
    refused = postgres_bureau.count(history_record, history_record.c.outcome != "done")
    assert (records(postgres_bureau, "instance.advanced"), refused) == (100, 0)
    assert sum(alone.values()) + sum(together.values()) <= 220, (alone, together)  # 200 pieces; more were done in vain
    assert len(busy) == 2, "one of them had nothing to do"


def test_the_same_instance_is_advanced_twice_at_once_and_moves_once(bureau: Bureau) -> None:
    keep(bureau, 1)
    (opened,) = bureau.rows(operation)
    bureau.do(RunOperation(operation=opened.id))
    meeting, decided, answers, guard = Barrier(2), Counter[str](), [], Lock()

    def meet(point: str) -> None:
        with guard:
            decided[point] += 1
            first = decided["door.decided"] <= 2
        if point == "door.decided" and first:
            meeting.wait(20)  # both have decided, nobody has written

    def advance(key: str) -> None:
        answers.append(door_of(bureau).execute(AdvanceInstance(instance=opened.instance), SYSTEM, key=key)["advanced"])

    silence = listen(meet)
    try:
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(advance, ("a", "b")))
    finally:
        silence()
    assert sorted(answers) == [False, True]
    assert decided["door.decided"] == 3  # one of them met a conflict, and looked again
    assert (records(bureau, "instance.advanced"), bureau.rows(instance)[0].ver, len(bureau.open())) == (1, 2, 1)
    assert bureau.intact()


@pytest.mark.parametrize("engine", [True, False])
def test_a_worker_that_is_told_to_stop_ends_its_piece_and_leaves_the_rest_to_the_next(
    bureau: Bureau, monkeypatch: pytest.MonkeyPatch, engine: bool
) -> None:
    monkeypatch.setattr("engine.execution.poller.TOGETHER", {"sqlite": 2, "postgresql": 2})
    monkeypatch.setattr("engine.storage.jobs.KEYS", 6)
    wake_ups = None if engine else NobodyIsWoken()
    keep(bureau, 10)
    stop = Event()
    silence = listen(lambda point: stop.set() if point == "together.committed" else None)
    try:
        work(door_of(bureau, wake_ups), stop, pause=0.1, transports={})
    finally:
        silence()
    done = bureau.count(operation, operation.c.status == "done")
    assert done == 2
    with working(door_of(bureau, wake_ups)):
        until(lambda: looked_at(bureau) == 10)
    assert (records(bureau, "instance.advanced"), bureau.count(worker)) == (10, 0)


def test_an_engine_that_is_stopped_before_it_has_begun_ends(postgres_bureau: Bureau) -> None:
    for _ in range(5):
        engine = JobEngine(postgres_bureau.database, work=lambda *_: None, effects=lambda *_: None)
        engine.stop()
        assert not engine.running


def test_a_database_that_goes_away_is_told_once_and_work_goes_on_when_it_is_back(
    bureau: Bureau, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    swept, failures = Door.execute_together, iter(range(4))

    def away(self: Door, commands: dict[str, object], actor: object) -> dict[str, dict[str, object]]:
        if next(failures, None) is not None:
            raise OperationalError("UPDATE", {}, Exception("the disk is full"))
        return swept(self, commands, actor)

    monkeypatch.setattr(Door, "execute_together", away)
    keep(bureau, 3)
    with caplog.at_level(logging.WARNING), working(door_of(bureau, NobodyIsWoken())):
        until(lambda: looked_at(bureau) == 3)
        until(lambda: "the worker works again" in caplog.messages)
    told = [record for record in caplog.records if record.name == "engine.execution.worker"]
    assert [record.getMessage() for record in told] == ["the database does not answer, the worker tries again", "the worker works again"]


def test_a_fault_of_the_sweep_itself_never_ends_the_worker(
    bureau: Bureau, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    found, faults = Poller._due, iter(range(3))

    def broken(self: Poller, *, chores: bool) -> list[object]:
        if next(faults, None) is not None:
            raise KeyError("due")
        return found(self, chores=chores)

    monkeypatch.setattr(Poller, "_due", broken)
    keep(bureau, 2)
    with caplog.at_level(logging.WARNING), working(door_of(bureau, NobodyIsWoken())):
        until(lambda: looked_at(bureau) == 2)
    assert [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR] == ["unexpected failure"]


def test_a_piece_that_cannot_even_be_held_does_not_make_others_wait(bureau: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(bureau, 3)
    poison = bureau.rows(operation)[0].id
    execute = Door.execute

    def broken(self: Door, command: object, actor: object, *, key: str) -> dict[str, object]:
        if command == RunOperation(operation=poison):
            raise KeyError("head of the history")
        return execute(self, command, actor, key=key)

    monkeypatch.setattr("engine.execution.poller.TOGETHER", {"sqlite": 1, "postgresql": 1})
    monkeypatch.setattr(Door, "execute", broken)
    assert Poller(bureau.door).drain() == 4
    assert looked_at(bureau) == 2


def test_a_piece_at_which_the_database_always_fails_rests_after_the_second_time(bureau: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    """Too many variables, too long a statement: drivers call that operational, as if the server were away."""
    keep(bureau, 3)
    poison, tried, execute = bureau.rows(operation)[0].id, [], Door.execute

    def broken(self: Door, command: object, actor: object, *, key: str) -> dict[str, object]:
        if command == RunOperation(operation=poison):
            tried.append(key)
            raise OperationalError("INSERT", {}, Exception("too many SQL variables"))
        return execute(self, command, actor, key=key)

    monkeypatch.setattr("engine.execution.poller.TOGETHER", {"sqlite": 1, "postgresql": 1})
    monkeypatch.setattr(Door, "execute", broken)
    poller = Poller(bureau.door)
    for _ in range(2):
        with pytest.raises(OperationalError):
            poller.drain()
    assert (poller.drain() > 0, looked_at(bureau), len(tried)) == (True, 2, 2)
    monkeypatch.setattr(Door, "execute", execute)
    monkeypatch.setattr("engine.execution.poller.stopwatch", lambda: float("inf"))
    assert (poller.drain(), looked_at(bureau)) == (2, 3)


def test_a_worker_lets_a_newer_program_take_over(bureau: Bureau) -> None:
    bureau.change(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(InvalidInput, match="it was upgraded"):
        work(door_of(bureau), Event(), transports={})


def test_the_status_says_what_is_due_since_when_and_what_comes_next(bureau: Bureau) -> None:
    before = status(bureau.door)
    assert (set(before.due.values()), before.oldest, before.oldest_seconds, before.last_sweep, before.workers) == ({0}, None, 0.0, None, 0)
    keep(bureau, 3)
    began = bureau.clock.now()
    bureau.clock.advance_to(began + timedelta(minutes=5))
    now = status(bureau.door)
    assert (now.due["operation"], sum(now.due.values()), now.oldest_seconds) == (3, 3, 300.0)
    with working(door_of(bureau)):
        until(lambda: looked_at(bureau) == 3)
        while_working = status(bureau.door)
    assert (while_working.workers, while_working.sweep_seconds, sum(while_working.due.values())) == (1, 0.0, 0)
    bureau.archive.answer = InvalidInput("Expected the archive to be open, but it is closed.")
    bureau.begin()
    held = status(bureau.door)
    assert (held.retrying, held.held, sum(held.due.values())) == (1, 0, 0)
    assert held.next_moment == held.at + timedelta(minutes=1)
