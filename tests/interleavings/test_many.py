"""Many at once, with threads and processes that nobody leads: nothing is lost, nothing counted twice, no error reaches anyone."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Integer, Text, cast, insert, select, text, update

from engine.access.authorise import load_matrix
from engine.definitions.command import DeployDefinitions
from engine.door import Door, Handler, Scope
from engine.execution.poller import Poller
from engine.history.record import Change, Fact, Subject
from engine.history.transaction import Reading, Transaction
from engine.history.verify import verify
from engine.instances.commands import AdvanceInstance, CompleteUserTask, StartProcess
from engine.kernel.actor import SYSTEM
from engine.kernel.clock import SimulatedClock
from engine.kernel.errors import Conflict
from engine.kernel.registry import Registry
from engine.messages.inbox import send
from engine.storage import Database, UnitOfWork
from engine.storage.schema import inbox, instance, setting, timer, user_task
from tests.definitions.drawings import drawing, flow, lane
from tests.door.office import START
from tests.instances.bureau import BY_PERSON
from tests.interleavings.copies import Again, Copies
from tests.interleavings.desk import desk, sound

ROOT = Path(__file__).parents[2]
NOW = datetime(2024, 4, 1, tzinfo=UTC)
NAMES = ("a", "b", "c", "d", "e")


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """Write one more under each name in this order: than was read, or (`blind`) than is there."""

    names: tuple[str, ...]
    blind: bool = False


def decide_count(command: Count, reading: Reading) -> Callable[[Transaction], dict[str, Any]]:
    read = {row.key: row.value for row in reading.connection.execute(select(setting).where(setting.c.key.in_(command.names)))}

    def apply(transaction: Transaction) -> dict[str, Any]:
        for name in command.names:
            one_more = update(setting).where(setting.c.key == name)
            if command.blind:
                one_more = one_more.values(value=cast(cast(setting.c.value, Integer) + 1, Text))
            else:
                one_more = one_more.where(setting.c.value == read[name]).values(value=str(int(read[name]) + 1))
            if transaction.connection.execute(one_more).rowcount != 1:
                raise Conflict("Expected the number that was read, but another one stands there.")
        subject = Subject(type="setting", id=command.names[0])
        transaction.record(Fact(action="counted", subject=subject, changes=(Change(field="value", new=read[command.names[0]]),)))
        return {}

    return apply


def counting_door(database: Database) -> Door:
    handlers: Registry[Handler] = Registry("command")
    place = Scope(organisation=None, subject=Subject(type="setting", id="a"))
    handlers.add("Count", Handler(action="count", scope=lambda *_: place, decide=decide_count, system_only=True))
    return Door(database=database, clock=SimulatedClock(NOW), handlers=handlers, queries=Registry("query"))


@pytest.fixture
def door(database: Database) -> Door:
    with UnitOfWork(database) as unit:
        load_matrix(unit.connection)
        unit.connection.execute(insert(setting), [{"key": name, "value": "0"} for name in NAMES])
        unit.commit()
    return counting_door(database)


def values(database: Database) -> dict[str, int]:
    with database.reading() as connection:
        return {row.key: int(row.value) for row in connection.execute(select(setting)) if row.key in NAMES}


def hurry(database: Database) -> None:
    """Let PostgreSQL look for deadlocks at once, not after a second."""
    if database.dialect == "postgresql":
        with UnitOfWork(database) as unit:
            unit.connection.execute(text(f'ALTER DATABASE "{database.url.database}" SET deadlock_timeout = 20'))
            unit.commit()
        database.dispose()


def test_four_threads_that_count_to_25_at_one_number_come_to_100(door: Door) -> None:
    def count(thread: int) -> None:
        for number in range(25):
            door.execute(Count(names=("a",)), SYSTEM, key=f"{thread}:{number}")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(count, range(4)))
    assert values(door.database)["a"] == 100
    with door.database.reading() as connection:
        assert verify(connection) == (100, [])


def test_four_processes_that_read_and_then_write_are_never_refused(door: Door, database_url: str) -> None:
    """A deferred SQLite transaction that turns into a write fails with "locked" (EXECUTION.md 3): ours begin as writes."""
    processes = [subprocess.Popen([sys.executable, "-m", "tests.interleavings.lean", database_url, "25"], stdout=subprocess.PIPE, cwd=ROOT) for _ in range(4)]
    assert [process.communicate(timeout=60)[0].strip() for process in processes] == [b"0"] * 4
    assert values(door.database)["a"] == 100


def test_eight_workers_that_touch_the_same_five_rows_in_any_order_all_get_through(door: Door) -> None:
    """On PostgreSQL two of them may wait for each other: the server ends one, and the door tries it again."""
    hurry(door.database)

    def touch(worker: int) -> None:
        order = random.Random(worker)
        for number in range(5):
            door.execute(Count(names=tuple(order.sample(NAMES, k=5)), blind=True), SYSTEM, key=f"{worker}:{number}")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(touch, range(8)))
    assert set(values(door.database).values()) == {40}
    with door.database.reading() as connection:
        assert verify(connection) == (40, [])


# --- one instance, many who want it -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def copies(prepare: Callable[..., Copies]) -> Copies:
    return prepare(desk)


@pytest.fixture
def office(copies: Copies) -> Iterator[Again]:
    with copies.fresh() as office:
        yield office


def test_twelve_people_complete_their_parts_of_one_case_at_once(office: Again) -> None:
    case = office.do(StartProcess(process="q", organisation=office.unit("btg"), directive=None))["instance"]
    with office.database.reading() as connection:
        parts = list(connection.execute(select(user_task.c.id).where(user_task.c.instance == case)).scalars())
    people = [office.actor(login) for login in ("van.thu", "van.thu.2", "van.thu.3")]

    def complete(number: int) -> None:
        office.door.execute(CompleteUserTask(task=parts[number], data={}), people[number % 3], key=f"part:{number}")

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(complete, range(12)))
    assert office.count(user_task, user_task.c.instance == case, user_task.c.status == "completed") == 12
    with office.database.reading() as connection:
        assert connection.execute(select(instance.c.status, instance.c.ver).where(instance.c.id == case)).one() == ("ended", 13)
    sound(office)


def test_eight_workers_that_advance_the_same_five_cases_in_any_order(office: Again) -> None:
    hurry(office.database)
    for _ in range(4):
        office.do(StartProcess(process="p", organisation=office.unit("btg"), directive=None))
    with office.database.reading() as connection:
        cases = list(connection.execute(select(instance.c.id)).scalars())
    office.clock.advance_to(START + timedelta(hours=3))

    def advance(worker: int) -> None:
        wanted = {f"{worker}:{case}": AdvanceInstance(instance=case) for case in random.Random(worker).sample(cases, k=5)}
        done = office.door.execute_together(wanted, SYSTEM)
        for key, each in wanted.items():
            if key not in done:
                office.door.execute(each, SYSTEM, key=key)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(advance, range(8)))
    assert office.count(timer, timer.c.status == "fired") == 5
    assert office.count(user_task, user_task.c.element == "v", user_task.c.status == "open") == 5
    assert office.outcomes().count(("instance.advanced", "done")) == 5
    sound(office)


def listening(office: Again) -> str:
    """A case that reads one paper after the other; return its id."""
    catch = "<bpmn:intermediateCatchEvent id=\"c\" chidao:key=\"'K'\"><bpmn:messageEventDefinition messageRef=\"m\"/></bpmn:intermediateCatchEvent>"
    ways = flow("s", "c") + flow("c", "x") + flow("x", "c", "n &gt;= 0") + flow("x", "e", "n &lt; 0")
    body = BY_PERSON + catch + '<bpmn:exclusiveGateway id="x"/><bpmn:endEvent id="e"/>' + ways
    files = {"h.bpmn": drawing(body, id="h", head='<bpmn:message id="m" name="paper"/>', lanes=lane("s")).hex()}
    office.do(DeployDefinitions(files=files, reason="test"))
    return str(office.do(StartProcess(process="h", organisation=office.unit("btg"), directive=None))["instance"])


def post_papers(office: Again, count: int) -> None:
    with UnitOfWork(office.database) as unit:
        transaction = Transaction(connection=unit.connection, now=office.clock.now(), actor=SYSTEM)
        for number in range(count):
            send(transaction, message="paper", key="K", payload={"n": number}, source=f"paper:{number}")
        unit.commit()


def read_papers(office: Again, count: int, *, at_most: int) -> None:
    """Let two workers hand so many messages to one case, in at most so many transitions."""
    case = listening(office)
    post_papers(office, count)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: Poller(office.door).drain(), range(2)))
    with office.database.reading() as connection:
        version = connection.execute(select(instance.c.ver).where(instance.c.id == case)).scalar_one()
    assert 2 <= version <= at_most
    assert office.count(inbox, inbox.c.name == "paper", inbox.c.consumed_ver.is_(None)) == 0
    sound(office)


def test_a_case_that_a_thousand_papers_reach_at_once_takes_few_transitions(office: Again) -> None:
    """10,000 in at most 100 (EXECUTION.md 6): a tenth of that here, with two workers; the whole by hand (hunt.py)."""
    read_papers(office, 1_000, at_most=10)
