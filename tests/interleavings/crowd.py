"""Many subordinates that report to one superior in the same second, and a watch over the rows that they would share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import event, func, select

from engine.execution.poller import Poller
from engine.instances.commands import CompleteUserTask
from engine.kernel.actor import Actor
from engine.scenario.stage import Desk
from engine.storage import Database
from engine.storage.schema import consolidation, definition_version, expected_report, inbox, instance, organisation, timer, user_task
from tests.crash.cast import TOP, Cast
from tests.interleavings.copies import Again
from tests.interleavings.desk import sound
from tests.interleavings.tree import Tree

SHARED = ("UPDATE consolidation ", "UPDATE expected_report ", "UPDATE organisation ", "UPDATE submission ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What is about to be done: commands with who sends them; the superior's list and the case that keeps it."""

    commands: tuple[tuple[CompleteUserTask, Actor], ...]
    list: str
    case: str


def at_the_last_step(database: Database, subordinates: int) -> tuple[Waiting, Any]:
    """Everybody below has a report that only needs its number; the superior has frozen its list."""
    tree = Tree(database=database, cast=Cast(widths=(subordinates,), months=1, campaign=False))

    def last(desk: Desk) -> bool:
        return bool(desk.task.element == "rr_issue")

    tree.lead(lambda desks: sum(map(last, desks)) == subordinates, holds=last)
    found = [desk for desk in tree.desks() if last(desk)]
    with database.reading() as connection:
        filled = {desk.task.id: tree.cast.answer(next(each for each in tree.stage.desks(connection) if each.task.id == desk.task.id)) for desk in found}
        top = select(organisation.c.id).where(organisation.c.code == TOP).scalar_subquery()
        kept = connection.execute(select(consolidation.c.id).where(consolidation.c.organisation == top)).scalar_one()
        case = connection.execute(
            select(timer.c.instance).join(instance, instance.c.id == timer.c.instance).where(timer.c.element == "co_cutoff", instance.c.organisation == top)
        ).scalar_one()
    commands = [(CompleteUserTask(task=desk.task.id, data=filled[desk.task.id]), tree.stage.person(desk.task.organisation, desk.task.role)) for desk in found]
    return Waiting(commands=tuple(commands), list=kept, case=case), tree.clock_again()


@contextmanager
def shared_changes(database: Database, waiting: Waiting) -> Iterator[list[str]]:
    """Collect the statements that change rows which all of them share: the superior's list, its lines, its case."""
    found: list[str] = []

    def look(_connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
        several = parameters if isinstance(parameters, list) else [parameters]
        values = {value for each in several for value in (each.values() if isinstance(each, Mapping) else each)}
        if statement.startswith(SHARED) or (statement.startswith("UPDATE") and waiting.case in values):
            found.append(statement)

    event.listen(database._engine, "before_cursor_execute", look)
    try:
        yield found
    finally:
        event.remove(database._engine, "before_cursor_execute", look)


def report_at_once(office: Again, waiting: Waiting, *, threads: int = 4, workers: int = 2) -> list[str]:
    """Let all hand in their report, and workers do what follows; return what was changed that they share."""
    with shared_changes(office.database, waiting) as shared, ThreadPoolExecutor(threads) as pool:
        done = [pool.submit(office.door.execute, each, actor, key=f"report:{each.task}") for each, actor in waiting.commands]
        done += [pool.submit(Poller(office.door).drain) for _ in range(workers)]
        for each in done:
            each.result()
        for each in [pool.submit(Poller(office.door).drain) for _ in range(workers)]:
            each.result()
    return shared


def accept_at_once(office: Again, *, threads: int = 4, workers: int = 2) -> None:
    """Let the superior's people accept all of them, while workers do what follows."""
    with office.database.reading() as connection:
        rows = connection.execute(select(user_task).where(user_task.c.form == "review_report", user_task.c.status == "open")).all()
    person = office.actor(TOP)
    with ThreadPoolExecutor(threads) as pool:
        sent = [pool.submit(office.door.execute, CompleteUserTask(task=row.id, data={"decision": "accept"}), person, key=f"accept:{row.id}") for row in rows]
        sent += [pool.submit(Poller(office.door).drain) for _ in range(workers)]
        for each in sent:
            each.result()
        for each in [pool.submit(Poller(office.door).drain) for _ in range(workers)]:
            each.result()


def check_crowd(office: Again, waiting: Waiting) -> int:
    """Play the whole and check it: all counted once, no row shared, few transitions. Return how many the superior's case took."""
    count = len(waiting.commands)
    assert report_at_once(office, waiting) == []
    assert office.count(user_task, user_task.c.form == "review_report", user_task.c.status == "open") == count
    before = version(office, waiting.case)
    accept_at_once(office)
    with office.database.reading() as connection:
        lines = list(connection.execute(select(expected_report.c.status).where(expected_report.c.consolidation == waiting.list)).scalars())
        reviews = connection.execute(
            select(func.count()).select_from(instance).join(definition_version).where(definition_version.c.key == "report_review", instance.c.status == "ended")
        ).scalar_one()
    assert lines == ["accepted"] * count
    assert reviews == count
    assert office.count(inbox, inbox.c.name == "reports.complete", inbox.c.key == waiting.list) == 1
    sound(office)
    return version(office, waiting.case) - before


def version(office: Again, case: str) -> int:
    with office.database.reading() as connection:
        return int(connection.execute(select(instance.c.ver).where(instance.c.id == case)).scalar_one())
