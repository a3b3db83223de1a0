"""Somebody else was faster: who, when, and what is to be done now, for the person who comes too late.

Each refusal has `kind`, `by` and `at` besides its sentence, so that another language can say it. They are told only to those
who may see the task: the door has authorised them before anything is decided.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Row, select

from engine.history.transaction import Reading
from engine.instances.withdrawing import BY_ADMINISTRATOR, BY_DECISION, BY_TASK
from engine.kernel.clock import from_stamp, told
from engine.kernel.errors import Refused
from engine.storage.schema import history_record, person

Explain = Callable[[Reading, Row[Any], Mapping[str, Any]], Refused | None]
MESSAGES: dict[str, Explain] = {}  # what the rooms above know of a message that withdraws tasks; bootstrap fills it
TIMER, MESSAGE = "timer", "message"


def refuse_overtaken(row: Row[Any], reading: Reading) -> None:
    """Raise Refused when the task is open no more, with the reason."""
    if row.status == "completed":
        raise _completed(row, reading)
    if row.status != "open":
        raise _withdrawn(row, reading)


def refuse_taken(row: Row[Any], reading: Reading) -> None:
    """Raise Refused when somebody else has claimed the task."""
    if not row.assignee or row.assignee == reading.actor.id:
        return
    by, at = name_of(reading, row.assignee), _last(reading, row.id, "task.claimed")
    raise Refused(
        f"Expected task {row.name!r} ({row.element}) to be free, but {by} has taken it{said(reading, at)}. Ask them to release it, or their leader.",
        kind="claimed",
        task=row.id,
        by=by,
        at=at,
    )


def _completed(row: Row[Any], reading: Reading) -> Refused:
    own = row.completed_by == reading.actor.id
    by = name_of(reading, row.completed_by)
    remedy = "It needs nothing more." if own else "What you entered was not kept; write to them if it should be otherwise."
    who = "you yourself" if own else by
    return Refused(
        f"Expected task {row.name!r} ({row.element}) to be open, but {who} completed this task{said(reading, row.completed_at)}. {remedy}",
        kind="completed",
        task=row.id,
        by=by,
        at=row.completed_at,
    )


def _withdrawn(row: Row[Any], reading: Reading) -> Refused:
    why = json.loads(row.withdrawn or "{}")
    kind, at = why.get("kind"), why.get("at")
    if kind == MESSAGE and why["name"] in MESSAGES and (found := MESSAGES[why["name"]](reading, row, why)) is not None:
        return found
    by = name_of(reading, why["by"]) if why.get("by") else None
    when = said(reading, at)
    clause = {
        TIMER: f"the time for it ran out{when} and it was withdrawn",
        MESSAGE: f"it was withdrawn{when}, when the message {why.get('name')!r} came in",
        BY_TASK: f"{by} completed {why.get('name')!r}{when} and it was withdrawn",
        BY_ADMINISTRATOR: f"{by} moved the process on{when}, as an administrator, and it was withdrawn",
        BY_DECISION: f"it was withdrawn{when}, when its case was ended: {why.get('name')}",
    }.get(str(kind), f"it was withdrawn{when}, since the process has gone on without it")
    return overtaken(row, kind="deadline" if kind == TIMER else "withdrawn", clause=clause, by=by, at=at, cause=kind, name=why.get("name"))


def overtaken(row: Row[Any], *, kind: str, clause: str, by: str | None, at: str | None, remedy: str = "", **more: Any) -> Refused:
    """Return the refusal of a task that was withdrawn; `clause` says what happened."""
    remedy = remedy or "What you entered was not kept; look at the case for what is to be done now."
    return Refused(f"Expected task {row.name!r} ({row.element}) to be open, but {clause}. {remedy}", kind=kind, task=row.id, by=by, at=at, **more)


def said(reading: Reading, at: str | None) -> str:
    """Return " at 14:05", or nothing when it is not known when."""
    return f" at {told(from_stamp(at), reading.now)}" if at else ""


def name_of(reading: Reading, person_id: str) -> str:
    """Return what a person is called; the system's own name when it was nobody."""
    return str(reading.connection.execute(select(person.c.name).where(person.c.id == person_id)).scalar_one_or_none() or person_id)


def _last(reading: Reading, task: str, action: str) -> str | None:
    query = select(history_record.c.recorded_at).where(history_record.c.subject == task, history_record.c.action == action)
    return reading.connection.execute(query.order_by(history_record.c.recorded_at.desc(), history_record.c.seq.desc()).limit(1)).scalar_one_or_none()
