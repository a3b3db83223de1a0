"""Where the tokens of a case stood after each of its records, and who had its tasks: from the sealed records alone.

A record says which elements tokens left, at which they came to rest and from which they were taken (`engine.instances.cases`), and
which rows of tasks its action wrote (`engine.history.state`). Nothing here reads the state that the engine keeps.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, select

from engine.history.record import opened
from engine.history.series import offsets
from engine.history.state import written_in
from engine.instances.cases import ENTERED, LEFT, WITHDRAWN
from engine.storage.schema import history_record, user_task
from engine.storage.written import Written

ENDED = "instance.ended_by_decision"
STARTED = "instance.started"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One record that moved a case or a task of it. `number`: of the record, counted through all logs; `log`, `seq`: where it stands.

    `left`, `entered`, `withdrawn`: elements, one for each token. `version`: key, number and SHA-256 of the diagrams that ran then.
    """

    number: int
    log: str
    seq: int
    at: str
    action: str
    who: str
    title: str
    unit: str
    element: str
    reason: str
    version: tuple[str, int, str]
    left: tuple[str, ...]
    entered: tuple[str, ...]
    withdrawn: tuple[str, ...]
    tasks: tuple[Written, ...]


@dataclass(slots=True, kw_only=True)
class Position:
    """Where a case stood after a step. `stands`, `done`: how many tokens stand on an element, and how many have left it, so far.

    `tasks`: what the records tell of each task, by its id; `held_since`: when whoever has it got it.
    """

    stands: Counter[str] = field(default_factory=Counter)
    done: Counter[str] = field(default_factory=Counter)
    tasks: dict[str, dict[str, Any]] = field(default_factory=dict)
    held_since: dict[str, str] = field(default_factory=dict)

    @property
    def open_tasks(self) -> dict[str, dict[str, Any]]:
        """The tasks that were open, by their ids, oldest first."""
        return {key: row for key, row in self.tasks.items() if row.get("status") == "open"}

    def take(self, step: Step) -> None:
        """Go on by one step."""
        stayed = self.stands - Counter(step.left) - Counter(step.withdrawn)
        self.stands = Counter() if step.action == ENDED else stayed + Counter(step.entered)
        self.done.update(step.left)
        for written in step.tasks:
            if written.new is None:
                self.tasks.pop(written.key, None)
                continue
            self.tasks[written.key] = {**self.tasks.get(written.key, {}), **written.new}
            if written.old is None or "assignee" in written.new:
                self.held_since[written.key] = step.at


def position_after(steps: Sequence[Step]) -> Position:
    """Return where a case stood after some steps from its first."""
    found = Position()
    for step in steps:
        found.take(step)
    return found


def steps_of(connection: Connection, instance_id: str) -> list[Step]:
    """Return the records that moved a case or its tasks, oldest first; none for a case that has no records."""
    before = offsets(connection)
    columns = history_record.c
    query = select(columns.log, columns.seq, columns.body).where(columns.instance == instance_id, columns.log.in_(before), columns.outcome == "done")
    rows = sorted(connection.execute(query), key=lambda row: before[row.log] + row.seq)
    steps = (_step(before[row.log] + row.seq, row.log, row.seq, opened(bytes(row.body)), instance_id) for row in rows)
    return [step for step in steps if step is not None]


def _step(number: int, log: str, seq: int, sealed: Mapping[str, Any], instance_id: str) -> Step | None:
    """Return what a record moved; None for one that moved nothing, such as a look at a letter."""
    named = {qualifier: tuple(_elements(sealed, qualifier)) for qualifier in (LEFT, ENTERED, WITHDRAWN)}
    tasks = tuple(each for each in written_in(sealed) if each.table == user_task.name and (each.new or {}).get("instance", instance_id) == instance_id)
    if not (any(named.values()) or tasks or sealed["action"] in (STARTED, ENDED)):
        return None
    actor, definition = sealed["actor"], sealed["definition"] or {}
    is_person = actor["type"] == "person"
    return Step(
        number=number,
        log=log,
        seq=seq,
        at=sealed["recorded_at"],
        action=sealed["action"],
        who=str(actor.get("name") or "") if is_person else "",
        title=str(actor.get("title") or "") if is_person else "",
        unit=str(actor.get("unit") or "") if is_person else "",
        element=sealed["element"] or "",
        reason=_reason(sealed),
        version=(str(definition.get("key", "")), int(definition.get("version", 0)), str(definition.get("sha256", ""))),
        left=named[LEFT],
        entered=named[ENTERED],
        withdrawn=named[WITHDRAWN],
        tasks=tasks,
    )


def _elements(sealed: Mapping[str, Any], qualifier: str) -> list[str]:
    return [each["id"] for each in sealed["objects"] if each["type"] == "element" and each["qualifier"] == qualifier]


def _reason(sealed: Mapping[str, Any]) -> str:
    reason = sealed["reason"] or {}
    return str(reason.get("text") or "") if reason.get("code") != "due" else ""
