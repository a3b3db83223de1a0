"""A case as it stood after any of its records: its diagrams of then, where the tokens were, who had its tasks (AUDIT.md 6.2)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, select

from engine.audit.case_graph import PEOPLE, Drawing, Node, drawing
from engine.audit.desk.case_steps import Position, Step, position_after, steps_of
from engine.definitions.deploy import version_digest
from engine.definitions.repository import stored_sources
from engine.history.transaction import Reading
from engine.kernel.clock import ZONE, stamp
from engine.kernel.errors import InvalidInput, NotFound
from engine.storage.schema import definition_version, directive, instance, organisation, person

_HEAD: Select[Any] = (
    select(instance.c.id, instance.c.directive, instance.c.period, organisation.c.name.label("unit"), directive.c.code, directive.c.subject)
    .join(organisation, organisation.c.id == instance.c.organisation)
    .outerjoin(directive, directive.c.id == instance.c.directive)
    .where(instance.c.id == bindparam("b_instance"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowReplay:
    """Ask for a case as it stood. `step`: after which of its steps, from 1; `record`: else after a record, by its number through all logs;
    `at`: else at a local moment (2025-03-03T08:30); else after the last. `process`: which of its diagrams.
    """

    instance: str
    step: int | None = None
    record: int | None = None
    at: str = ""
    process: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldTask:
    """A task that was open then. `who`: who had it, "" while it was offered to all who hold the role; `since`: since when it was so."""

    id: str
    element: str
    name: str
    role: str
    who: str
    since: str
    due_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """How an element stood: how often it had been left, how many tokens were there, how many of their tasks were late."""

    node: Node
    done: int
    here: int
    late: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """A case after step `at` of `steps`. `version`: key, number and SHA-256 of its diagrams then; `is_genuine`: they have that SHA-256 still.

    `waits`: the elements besides tasks at which tokens stood. `diagrams`: (process, name, how many tokens were in it), the outermost first.
    `unit`: the name of the unit for which somebody acted. `is_told`: False for a case of before records told where tokens rest.
    """

    head: Row[Any]
    steps: tuple[Step, ...]
    at: int
    step: Step
    unit: str
    version: tuple[str, int, str]
    is_genuine: bool
    is_told: bool
    process: str
    diagrams: tuple[tuple[str, str, int], ...]
    diagram: str
    places: tuple[Place, ...]
    tasks: tuple[HeldTask, ...]
    waits: tuple[tuple[Node, int], ...]
    nodes: Mapping[str, Node]
    is_over: bool


def answer_replay(query: ShowReplay, reading: Reading) -> Replay:
    """Return the case as it stood. Raises NotFound for a case, a step or a diagram that there is not, InvalidInput for a moment that is none."""
    connection = reading.connection
    head = connection.execute(_HEAD, {"b_instance": query.instance}).one_or_none()
    steps = steps_of(connection, query.instance)
    if head is None or not steps:
        raise NotFound(f"Expected the id of a case with a history, but found {query.instance!r}, which has none. Open it from the page of its letter.")
    at = _which(steps, query)
    step = steps[at - 1]
    stood = position_after(steps[:at])
    is_told = any(each.entered for each in steps) or not any(each.tasks for each in steps)
    row_id, is_genuine = _version(connection, step.version)
    drawn = drawing(connection, row_id)
    tasks = _tasks(connection, stood)
    inside = _inside(drawn, stood)
    process = query.process or _busiest(drawn, stood, step.version[0])
    if process not in drawn.files:
        raise NotFound(f"Expected a diagram of this case, but found {process!r}, which it has not. Choose one of those on its page.")
    return Replay(
        head=head,
        steps=tuple(steps),
        at=at,
        step=step,
        unit=_unit(connection, step.unit),
        version=step.version,
        is_genuine=is_genuine,
        is_told=is_told,
        process=process,
        diagrams=tuple((key, drawn.names[key], inside[key]) for key in sorted(drawn.files, key=lambda key: (key != step.version[0], drawn.names[key]))),
        diagram=drawn.files[process].decode("utf-8"),
        places=tuple(_places(drawn, process, stood, tasks, step.at)),
        tasks=tasks,
        waits=tuple((drawn.nodes[each], count) for each, count in stood.stands.items() if _waits(drawn, each)),
        nodes=drawn.nodes,
        is_over=is_told and not stood.stands,
    )


def _which(steps: Sequence[Step], query: ShowReplay) -> int:
    """Return after which step the case is shown, from 1."""
    if query.step is not None:
        if not 1 <= query.step <= len(steps):
            raise NotFound(f"Expected a step from 1 to {len(steps)}, but found {query.step}. Choose one of those.")
        return query.step
    if query.record is not None:
        return max(1, bisect_right([each.number for each in steps], query.record))
    if not query.at:
        return len(steps)
    try:
        end = stamp(datetime.fromisoformat(query.at).replace(tzinfo=ZONE) + timedelta(minutes=1))  # whoever names a minute means all of it
    except (ValueError, OverflowError):
        raise InvalidInput(f"Expected a moment such as 2025-03-03T08:30, but found {query.at!r}. Choose it again.") from None
    return max(1, bisect_left([each.at for each in steps], end))


def _version(connection: Connection, version: tuple[str, int, str]) -> tuple[str, bool]:
    """Return the stored version of which a record tells, and whether its files still have the SHA-256 that was sealed with the record."""
    key, number, sha256 = version
    query = select(definition_version.c.id).where(definition_version.c.key == key, definition_version.c.version == number)
    found = connection.execute(query).scalar_one_or_none()
    if found is None:
        raise NotFound(f"Expected version {number} of the process {key!r} to be kept, but it is not. Have the history verified: somebody has removed it.")
    return str(found), version_digest(key, stored_sources(connection, found)) == sha256


def _tasks(connection: Connection, stood: Position) -> tuple[HeldTask, ...]:
    names = _people(connection, {str(row["assignee"]) for row in stood.open_tasks.values() if row.get("assignee")})
    return tuple(
        HeldTask(
            id=key,
            element=str(row.get("element") or ""),
            name=str(row.get("name") or ""),
            role=str(row.get("role") or ""),
            who=names.get(str(row.get("assignee") or ""), ""),
            since=stood.held_since[key],
            due_at=str(row.get("due_at") or ""),
        )
        for key, row in stood.open_tasks.items()
    )


def _people(connection: Connection, ids: Iterable[str]) -> dict[str, str]:
    query = select(person.c.id, person.c.name).where(person.c.id.in_(sorted(ids)))
    return {row.id: row.name for row in connection.execute(query)}


def _unit(connection: Connection, unit: str) -> str:
    found = connection.execute(select(organisation.c.name).where(organisation.c.id == unit)).scalar_one_or_none() if unit else None
    return str(found or "")


def _busiest(drawn: Drawing, stood: Position, main: str) -> str:
    """Return the diagram in which people have work, else one in which something waits, else the outermost."""
    standing = [drawn.nodes[each] for each in stood.stands if each in drawn.nodes]
    best = sorted(standing, key=lambda node: (node.kind not in PEOPLE, bool(node.calls)))
    return best[0].process if best and not best[0].calls else main


def _inside(drawn: Drawing, stood: Position) -> Counter[str]:
    """Count the tokens in each diagram; a call activity stands for those in the diagram that it calls, and is not counted beside them."""
    return Counter(drawn.nodes[each].process for each in stood.stands.elements() if each in drawn.nodes and not drawn.nodes[each].calls)


def _waits(drawn: Drawing, element: str) -> bool:
    """Tell whether a token on an element waits for something that is no task of a person and not what it contains."""
    node = drawn.nodes.get(element)
    return node is not None and node.kind not in (*PEOPLE, "callActivity", "subProcess", "transaction", "adHocSubProcess")


def _places(drawn: Drawing, process: str, stood: Position, tasks: Iterable[HeldTask], at: str) -> Iterable[Place]:
    late = Counter(each.element for each in tasks if each.due_at and each.due_at <= at)
    for node in drawn.nodes.values():
        here, done = stood.stands[node.id], stood.done[node.id]
        if node.process == process and (here or done or node.kind in PEOPLE) and (node.name or here):
            yield Place(node=node, done=done, here=here, late=late[node.id])
