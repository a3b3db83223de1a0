"""What people tell each other about a case: kept for good, never changed, never deleted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from engine.access.places import places_here
from engine.history.record import Change, Fact, Subject, Where
from engine.history.transaction import Reading, Transaction
from engine.instances.load import case_of
from engine.kernel.errors import InvalidInput
from engine.storage.schema import comment, person, user_task

LONGEST = 4000  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteComment:
    """Write a comment on a case; `task`: said while this task of it was open."""

    instance: str
    text: str
    task: str | None = None


def decide_write_comment(command: WriteComment, reading: Reading) -> Callable[[Transaction], dict[str, Any]]:
    """Keep the comment under the writer's name and title. Raises InvalidInput when it is empty, too long, or about a task of another case."""
    said = command.text.strip()
    if not 0 < len(said) <= LONGEST:
        raise InvalidInput(f"Expected a comment of 1 to {LONGEST:,} characters, but found {len(said):,}. Write it, or shorten it.")
    case = case_of(reading.connection, command.instance)
    if command.task is not None and not _belongs(reading.connection, command.task, case.id):
        raise InvalidInput(f"Expected a task of this case, but found {command.task!r}. Open the task again.")
    title = _title(reading, case.organisation)

    def apply(transaction: Transaction) -> dict[str, Any]:
        identity = transaction.new_id()
        row = {"id": identity, "instance": case.id, "task": command.task, "person": reading.actor.id, "title": title, "text": said}
        transaction.connection.execute(insert(comment).values(**row, written_at=transaction.at))
        transaction.record(
            Fact(
                action="comment.written",
                subject=Subject(type="comment", id=identity),
                changes=(Change(field="text", new=said),),
                where=Where(instance=case.id, task=command.task),
                streams=case.roots,
            )
        )
        return {"comment": identity}

    return apply


def comments_of(connection: Connection, instance_id: str) -> tuple[Row[Any], ...]:
    """Return the comments on a case with their writers' names, oldest first."""
    query = (
        select(comment, person.c.name.label("writer"))
        .join(person, person.c.id == comment.c.person)
        .where(comment.c.instance == instance_id)
        .order_by(comment.c.written_at, comment.c.id)
    )
    return tuple(connection.execute(query))


def _belongs(connection: Connection, task: str, instance_id: str) -> bool:
    query = select(user_task.c.id).where(user_task.c.id == task, user_task.c.instance == instance_id)
    return connection.execute(query).first() is not None


def _title(reading: Reading, unit: str) -> str:
    """Return the writer's title in the office of the case, else the one that they have elsewhere."""
    places = places_here(reading)
    chosen = next((place for place in places if place.organisation == unit), places[0] if places else None)
    return f"{chosen.title}, {chosen.name}" if chosen else ""
