"""Rows that should not exist, whatever happened: work of what has ended, one fact twice, a version without its record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, exists, func, select

from engine.history.record import opened
from engine.history.verify import verify
from engine.storage.schema import (
    dispatch,
    history_record,
    inbox,
    incident,
    instance,
    obligation,
    operation,
    report,
    subscription,
    timer,
    user_task,
)

# One record of one of these stands for one version of its instance: `insert_instance` makes the first, `move_instance` each other.
MOVES = ("instance.started", "instance.advanced", "task.completed", "choice.made", "element.skipped", "token.moved", "instance.migrated")
_BEGINS = ("start", "signal_start")


def orphans(connection: Connection, *, over: bool = True) -> list[str]:
    """Return what should not be there, one sentence each. `over`: the cascade has ended, so nothing may be left open at all."""
    return [
        *_work_of_what_has_ended(connection),
        *_unread(connection, over=over),
        *_versions(connection),
        *_twice(connection),
        *_answers(connection),
        *_children(connection),
        *(_left_open(connection) if over else ()),
        *(f"the sealed history breaks at {found.record}: {found.field}" for found in verify(connection)[1]),
    ]


def _work_of_what_has_ended(connection: Connection) -> Iterator[str]:
    for table in (user_task, timer, operation, subscription):
        open_: ColumnElement[Any] = table.c.status == "open" if "status" in table.c else table.c.id.is_not(None)
        query = select(table.c.id, table.c.element).join(instance, instance.c.id == table.c.instance).where(open_, instance.c.status == "ended")
        yield from (f"{table.name} {row.element} {row.id} of an instance that has ended" for row in connection.execute(query))


def _unread(connection: Connection, *, over: bool) -> Iterator[str]:
    unread = inbox.c.consumed_ver.is_(None)
    nobody = exists().where(instance.c.id == inbox.c.instance, instance.c.status == "ended")
    wanted = unread if over else unread & nobody
    for row in connection.execute(select(inbox.c.id, inbox.c.kind, inbox.c.name, inbox.c.key).where(wanted)):
        yield f"unread {row.kind} {row.name!r} {row.key} {row.id} for nobody"


def _versions(connection: Connection) -> Iterator[str]:
    """An instance's version is the number of the records that moved it: none is without its record, none has two."""
    query = select(history_record.c.instance, func.count()).where(history_record.c.action.in_(MOVES), history_record.c.outcome == "done")
    records = {row[0]: row[1] for row in connection.execute(query.group_by(history_record.c.instance))}
    for row in connection.execute(select(instance.c.id, instance.c.ver)):
        if records.get(row.id, 0) != row.ver:
            yield f"instance {row.id} at version {row.ver} with {records.get(row.id, 0)} records"


def _twice(connection: Connection) -> Iterator[str]:
    """Each message, result and timer moves an instance once, and each task is completed once."""
    done: Counter[str] = Counter()
    cycles = set(connection.execute(select(timer.c.id).where(timer.c.status == "open")).scalars())
    for row in connection.execute(select(history_record.c.action, history_record.c.subject, history_record.c.body).where(history_record.c.outcome == "done")):
        if row.action == "task.completed":
            done[f"task {row.subject}"] += 1
        for thing in opened(row.body)["objects"]:
            if thing["qualifier"] == "done" and thing["id"] not in cycles:
                done[f"{thing['type']} {thing['id']}"] += 1
    yield from (f"{what} is done {times} times" for what, times in done.items() if times > 1)
    completed = set(connection.execute(select(user_task.c.id).where(user_task.c.status == "completed")).scalars())
    told = {what.removeprefix("task ") for what in done if what.startswith("task ")}
    yield from (f"task {each} is completed in only one of table and history" for each in sorted(completed ^ told))
    read = set(connection.execute(select(inbox.c.id).where(inbox.c.consumed_ver > 0)).scalars())
    named = {what.partition(" ")[2] for what in done}
    yield from (f"message {each} is read in the table only" for each in sorted(read - named))


def _answers(connection: Connection) -> Iterator[str]:
    """An operation that is done has answered, and no other has: the two are one transaction."""
    answered = set(connection.execute(select(inbox.c.key).where(inbox.c.kind == "result")).scalars())
    done = set(connection.execute(select(operation.c.id).where(operation.c.status == "done")).scalars())
    yield from (f"operation {each} is done without an answer, or answered without being done" for each in sorted(answered ^ done))


def _children(connection: Connection) -> Iterator[str]:
    """Whatever is to be once for an office is there once."""
    for table, names in (
        (dispatch, ("directive", "organisation")),
        (obligation, ("directive", "organisation")),
        (report, ("organisation", "report_type", "period")),
    ):
        yield from _more_than_one(connection, table, names)
    begun = select(func.count()).select_from(inbox).where(inbox.c.kind.in_(_BEGINS), inbox.c.consumed_ver > 0)
    by_message = select(func.count()).select_from(history_record).where(
        history_record.c.action == "instance.started", history_record.c.actor == "system", history_record.c.outcome == "done"
    )
    messages, instances = (connection.execute(query).scalar_one() for query in (begun, by_message))
    if messages != instances:
        yield f"{instances} instances were started by {messages} messages"


def _more_than_one(connection: Connection, table: Table, names: Iterable[str]) -> Iterator[str]:
    columns = [table.c[name] for name in names]
    query = select(*columns, func.count()).group_by(*columns).having(func.count() > 1)
    yield from (f"{row[-1]} rows of {table.name} for {tuple(row[:-1])}" for row in connection.execute(query))


def _left_open(connection: Connection) -> Iterator[str]:
    for table, open_ in (
        (instance, instance.c.status != "ended"),
        (user_task, user_task.c.status == "open"),
        (timer, timer.c.status == "open"),
        (operation, operation.c.status == "open"),
        (incident, incident.c.resolved_at.is_(None)),
        (subscription, subscription.c.id.is_not(None)),
    ):
        count = connection.execute(select(func.count()).select_from(table).where(open_)).scalar_one()
        if count:
            yield f"{count} rows of {table.name} are left open"
