"""How often each element of a version was left and how long tasks and waits took, counted month by month as the history is read.

The reader of the search (engine/audit/texts.py) counts on its way, in its own transaction: a step of a case takes no lock for it, and no
page reads the history. Counted are cases of all offices together; of whom and by whom is not kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, bindparam, case, insert, select, update

from engine.audit.case_graph import Drawing, drawing
from engine.directory.working_calendar import calendar_of
from engine.history.record import opened
from engine.history.series import members, offsets
from engine.kernel.calendar import WorkingCalendar
from engine.kernel.clock import from_stamp, local_date
from engine.kernel.working_time import in_tenths, working_time
from engine.storage.schema import definition_version, element_count, history_record, user_task

LEFT, TASK, WAIT = "left", "task", "wait"
CHOICE_OF_EVENTS = "eventBasedGateway"
WAITS = ("intermediateCatchEvent", "receiveTask", CHOICE_OF_EVENTS)
MOST_EARLIER = 2_000  # records in which the beginning of waits is looked for: a wait that began before them is not timed
_LEFT = b'"qualifier":"left"'
Key = tuple[str, str, str, str, int]  # version, element, month, kind, tenths of an hour


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One record of a case that left elements, in their order. `version`: the id of the definition that it ran."""

    seq: int
    at: str
    instance: str
    version: str
    task: str | None
    left: tuple[str, ...]

    def key(self, element: str, kind: str, spent: int = 0) -> Key:
        """Return under what something of this step is counted."""
        return (self.version, element, f"{local_date(from_stamp(self.at)):%Y-%m}", kind, spent)


@dataclass(slots=True, kw_only=True)
class _Ways:
    """What leads to each waiting element of a version."""

    drawn: Drawing
    before: dict[str, set[str]] = field(default_factory=dict)

    def of(self, element: str) -> set[str]:
        """Return what a token leaves to come to a waiting element; nothing for an element that is not timed."""
        if not self.before:
            for source, targets in self.drawn.flows.items():
                for target in targets:
                    self.before.setdefault(target, set()).add(source)
        node = self.drawn.nodes.get(element)
        found = self.before.get(element, set()) if node is not None and node.kind in WAITS else set()
        chosen = any(each in self.drawn.nodes and self.drawn.nodes[each].kind == CHOICE_OF_EVENTS for each in found)
        return set() if chosen else found  # after a choice of events it is the gateway that waits


def count(connection: Connection, log: str, first: int, last: int) -> Counter[Key]:
    """Return what the records of a log numbered from `first` to `last` add: read without any lock."""
    steps = _steps(connection, log, first, last)
    found = Counter(step.key(element, LEFT) for step in steps for element in step.left)
    calendar = calendar_of(connection) if steps else None
    if calendar is not None:
        found += _tasks(connection, steps, calendar)
        found += _waits(connection, log, steps, calendar)
    return found


def add_counts(connection: Connection, found: Mapping[Key, int]) -> None:
    """Add to what is counted. Only whoever moves the mark of the reader may: nobody else adds at the same time."""
    if not found:
        return
    columns = element_count.c
    key = (columns.definition_version, columns.element, columns.month, columns.kind, columns.spent)
    of = select(*key).where(columns.definition_version.in_({each[0] for each in found}), columns.month.in_({each[2] for each in found}))
    known = {tuple(row) for row in connection.execute(of)}
    rows = [dict(zip((f"b_{each.name}" for each in key), at, strict=True)) | {"b_more": number} for at, number in sorted(found.items())]
    more = [row for row in rows if tuple(row.values())[:-1] in known]
    new = [row for row in rows if tuple(row.values())[:-1] not in known]
    if more:
        same = [each == bindparam(f"b_{each.name}") for each in key]
        connection.execute(update(element_count).where(*same).values(number=columns.number + bindparam("b_more")), more)
    if new:
        names: dict[str, Any] = {each.name: bindparam(f"b_{each.name}") for each in key}
        connection.execute(insert(element_count).values(**names, number=bindparam("b_more")), new)


def _steps(connection: Connection, log: str, first: int, last: int) -> list[Step]:
    columns = history_record.c
    query = select(columns.seq, columns.body).where(columns.log == log, columns.seq >= first, columns.seq <= last)
    rows = connection.execute(query.where(columns.outcome == "done", columns.instance.is_not(None)).order_by(columns.seq)).all()
    bodies = [(row.seq, opened(row.body)) for row in rows if _LEFT in bytes(row.body)]
    versions = _versions(connection, [body["definition"] for _, body in bodies])
    return [_step(seq, body, versions) for seq, body in bodies if _named(body["definition"]) in versions]


def _step(seq: int, body: Mapping[str, Any], versions: Mapping[tuple[str, int], str]) -> Step:
    return Step(
        seq=seq,
        at=body["recorded_at"],
        instance=body["instance"],
        version=versions[_named(body["definition"])],
        task=body["task"],
        left=_left(body),
    )


def _left(body: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(each["id"] for each in body["objects"] if each["type"] == "element" and each["qualifier"] == "left")


def _named(version: Mapping[str, Any]) -> tuple[str, int]:
    return (version["key"], version["version"])


def _versions(connection: Connection, named: Iterable[Mapping[str, Any]]) -> dict[tuple[str, int], str]:
    columns = definition_version.c
    query = select(columns.id, columns.key, columns.version).where(columns.key.in_({each["key"] for each in named}))
    return {(row.key, row.version): row.id for row in connection.execute(query)}


def _tasks(connection: Connection, steps: Sequence[Step], calendar: WorkingCalendar) -> Counter[Key]:
    """Count how long the tasks took that people completed: from when a task was there until it was done."""
    done = {step.task: step for step in steps if step.task}
    query = select(user_task.c.id, user_task.c.element, user_task.c.created_at).where(user_task.c.id.in_(done), user_task.c.status == "completed")
    rows = connection.execute(query).all() if done else ()
    return Counter(done[row.id].key(row.element, TASK, _spent(calendar, row.created_at, done[row.id].at)) for row in rows)


def _waits(connection: Connection, log: str, steps: Sequence[Step], calendar: WorkingCalendar) -> Counter[Key]:
    """Count how long waits took: from when the case last left what leads to the element until it left the element."""
    ways = {version: _Ways(drawn=drawing(connection, version)) for version in {step.version for step in steps}}
    ended = [(step, place, before) for step in steps for place, each in enumerate(step.left) if (before := ways[step.version].of(each))]
    earlier = _earlier(connection, log, {step.instance for step, *_ in ended}, steps)
    found: Counter[Key] = Counter()
    for step, place, before in ended:
        came = step.at if before.intersection(step.left[:place]) else _came(earlier.get(step.instance, ()), step.seq, before)
        if came:
            found[step.key(step.left[place], WAIT, _spent(calendar, came, step.at))] += 1
    return found


def _came(earlier: Iterable[tuple[int, str, tuple[str, ...]]], seq: int, before: set[str]) -> str | None:
    """Return when a case last left one of some elements before a record; `earlier` has its records, the newest first."""
    return next((at for number, at, left in earlier if number < seq and before.intersection(left)), None)


def _earlier(connection: Connection, log: str, instances: set[str], steps: Sequence[Step]) -> dict[str, list[tuple[int, str, tuple[str, ...]]]]:
    columns, found = history_record.c, dict[str, list[tuple[int, str, tuple[str, ...]]]]()
    if not instances:
        return found
    before = [each.log for each in members(connection) if each.offset < offsets(connection)[log]]  # they ended before this one began
    number = case((columns.log == log, columns.seq), else_=0).label("seq")
    query = select(number, columns.recorded_at, columns.instance, columns.body).where(columns.instance.in_(instances), columns.log.in_((log, *before)))
    query = query.where(columns.outcome == "done", number < steps[-1].seq).order_by(columns.recorded_at.desc(), columns.seq.desc()).limit(MOST_EARLIER)
    for row in connection.execute(query):
        if _LEFT in bytes(row.body):
            found.setdefault(row.instance, []).append((row.seq, row.recorded_at, _left(opened(row.body))))
    return found


def _spent(calendar: WorkingCalendar, start: str, end: str) -> int:
    return in_tenths(working_time(calendar, from_stamp(start), from_stamp(end)))
