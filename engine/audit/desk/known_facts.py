"""What shows that somebody knew: a task that reached them, a notice that was sent, a look, an answer, each with the record that says so."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, select

from engine.audit.desk.two_clocks import Telling, ToldRows
from engine.history.record import ACCESS_LOG, opened
from engine.history.series import offsets
from engine.kernel.clock import from_stamp, local_date
from engine.storage.schema import effect, history_record, reminder, user_task

LOOKS = ("directive.see", "case.see", "task.see", "document.see", "directive.print")  # what whoever has work to do looks at
DIGEST_DAYS = 7  # after work has reached somebody, within which the first digest that names it goes out
AT_ONCE = 400  # ids of one statement
SENT = "effect.sent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """The letter that a case is about, and whose case it is."""

    directive: str
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A moment, and the record that says so; `log` is "" where only the row itself does."""

    at: str
    log: str = ""
    seq: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A task of a case as the records tell it. `held`, `completed`: by person, when they first had it, and completed it."""

    id: str
    unit: str
    role: str
    due: str
    created: Fact
    held: Mapping[str, Fact] = field(default_factory=dict)
    completed: Mapping[str, Fact] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A record of the log of reads: who looked at what."""

    person: str
    subject: str
    fact: Fact
    content: bytes

    def unit(self) -> str:
        """Return for which unit the person looked."""
        return str(opened(self.content)["actor"].get("unit") or "")


def tasks_of(told: ToldRows, cases: Mapping[str, Case]) -> Iterator[Task]:
    """Yield the tasks of some cases."""
    for (table, key), tellings in told.tellings.items():
        first = tellings[0].written.new or {}
        if table == user_task.name and first.get("instance") in cases:
            yield _task(key, first, tellings)


def _task(key: str, first: Mapping[str, Any], tellings: Iterable[Telling]) -> Task:
    held: dict[str, Fact] = {}
    completed: dict[str, Fact] = {}
    created, due = None, str(first.get("due_at") or "")
    for each in tellings:
        fact, new = Fact(at=each.known, log=each.log, seq=each.seq), each.written.new or {}
        created = created or fact
        due = str(new.get("due_at") or due)
        if new.get("assignee"):
            held.setdefault(str(new["assignee"]), fact)
        if new.get("completed_by"):
            completed.setdefault(str(new["completed_by"]), fact)
    assert created is not None  # there is one telling at least
    return Task(id=key, unit=str(first["organisation"]), role=str(first.get("role") or ""), due=due, created=created, held=held, completed=completed)


def looks_at(connection: Connection, subjects: Iterable[str]) -> Iterator[Look]:
    """Yield who looked at some things, each look; asked by what was looked at, for which there is an index."""
    columns = history_record.c
    logs = sorted(offsets(connection, ACCESS_LOG))
    for part in _parts(subjects):
        query = select(columns.log, columns.seq, columns.recorded_at, columns.actor, columns.subject, columns.body).where(columns.subject.in_(part))
        for row in connection.execute(query.where(columns.log.in_(logs), columns.outcome == "done", columns.action.in_(LOOKS))):
            yield Look(person=row.actor, subject=row.subject, fact=Fact(at=row.recorded_at, log=row.log, seq=row.seq), content=bytes(row.body))


def notices_of(
    connection: Connection, cases: Mapping[str, Case], assigned: Mapping[tuple[str, str], Fact | None], holders: Callable[[str, str, str], list[str]]
) -> Iterator[tuple[tuple[str, str], Fact]]:
    """Yield who was told: by a reminder to their role, or by a mail that went out with the work that lay on their desk.

    `assigned`: by (unit, person), when work first reached them; `holders`: who held a role in a unit at a moment.
    """
    for part in _parts(cases):
        for row in connection.execute(select(reminder).where(reminder.c.instance.in_(part))):
            for person in holders(row.organisation, row.role, row.sent_at):
                if (row.organisation, person) in assigned:
                    yield (row.organisation, person), Fact(at=row.sent_at)
    keys = {key: place for place, fact in assigned.items() if fact is not None for key in _digests(place[1], fact.at)}
    keys |= _mails(connection, cases, assigned)
    columns = history_record.c
    for part in _parts(keys):
        query = select(columns.log, columns.seq, columns.recorded_at, columns.subject).where(columns.subject.in_(part), columns.action == SENT)
        for row in connection.execute(query):
            yield keys[row.subject], Fact(at=row.recorded_at, log=row.log, seq=row.seq)


def _digests(person: str, at: str) -> list[str]:
    """Return the keys of the daily mails in which work that reached somebody at a moment is named first (`engine.effects.digests`)."""
    day = local_date(from_stamp(at))
    return [f"digest.{day + timedelta(days=each):%Y%m%d}.{person}" for each in range(DIGEST_DAYS)]


def _mails(connection: Connection, cases: Mapping[str, Case], assigned: Mapping[tuple[str, str], Fact | None]) -> dict[str, tuple[str, str]]:
    """Return the keys of the mails that the cases sent to people on whose desks their work lay."""
    found: dict[str, tuple[str, str]] = {}
    places = {person: (unit, person) for unit, person in assigned}
    for part in _parts(cases):
        for row in connection.execute(select(effect.c.key, effect.c.payload).where(effect.c.instance.in_(part), effect.c.kind == "email")):
            place = places.get(str(json.loads(row.payload).get("person")))
            if place is not None:
                found[row.key] = place
    return found


def _parts(ids: Iterable[str]) -> Iterator[list[str]]:
    """Yield ids in parts of a size that a statement takes."""
    ordered = sorted(ids)
    for start in range(0, len(ordered), AT_ONCE):
        yield ordered[start : start + AT_ONCE]
