"""Seeing a process run: over all cases of a version, how many tokens stand at each element now, how often it was left, how long it took.

Counts over all offices, and of nobody: there is no figure by person, and none by office. The cases behind a figure are listed for whoever
may open them (engine/audit/running_cases.py).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, Table, case, func, literal, select, union_all

from engine.audit.case_graph import PEOPLE, Drawing, Node, drawing
from engine.audit.running_counts import CHOICE_OF_EVENTS, LEFT, TASK, WAIT
from engine.audit.running_flows import Flow, taken, ways_of
from engine.audit.texts import behind
from engine.definitions.withdrawing import withdrawal_of
from engine.history.transaction import Reading
from engine.kernel.clock import local_date, stamp
from engine.kernel.errors import InvalidInput, NotFound
from engine.kernel.working_time import percentile
from engine.storage.holds import UNRESOLVED
from engine.storage.schema import (
    definition_version,
    element_count,
    incident,
    instance,
    operation,
    subscription,
    timer,
    user_task,
)

MONTH, QUARTER, ALWAYS = "month", "quarter", "all"
SPANS = (MONTH, QUARTER, ALWAYS)
EVERY = "all"  # in the place of a version
INCIDENT = "incident"
QUARTER_MONTHS = 3
LEAST = 5  # tasks of people, below which no time is told: it would be that of somebody


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowRunning:
    """Ask how a process runs. `version`: its number, "" for the one in force, "all"; `diagram`: of a called process; `span`: of SPANS."""

    process: str
    version: str = ""
    diagram: str = ""
    span: str = ALWAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A deployed version with its cases."""

    id: str
    number: int
    deployed_at: str
    active: int
    ended: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """How long tasks or waits took, in tenths of a working hour. `number`: of how many."""

    number: int
    median: int
    ninetieth: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """How an element stands over all cases. `late`: tasks here after their day; `stopped`: incidents; `inside`: tokens in what it calls;
    `few`: people completed it, but too seldom to tell how long it takes."""

    node: Node
    here: int
    late: int
    stopped: int
    left: int
    inside: int
    spent: Spent | None
    few: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A flow, between the names of its ends. `number` None: it cannot be told."""

    flow: Flow
    source: str
    target: str
    number: int | None
    of: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningPage:
    """`elsewhere`: elements of other versions that this drawing does not have, and are counted nowhere here; `behind`: records of the
    history that are not counted yet; `diagrams`: (process, name, tokens in it), the process itself first; `withdrawn_from`: the day from which
    it begins no new case, None while it begins them; `withdrawn`: that day has come."""

    process: str
    name: str
    version: str
    drawn: Version
    versions: tuple[Version, ...]
    active: int
    ended: int
    stopped: int
    diagram: str
    diagrams: tuple[tuple[str, str, int], ...]
    xml: str
    elements: tuple[Running, ...]
    flows: tuple[Taken, ...]
    elsewhere: int
    behind: int
    span: str
    since: str
    withdrawn_from: str | None
    withdrawn: bool


def answer_running(query: ShowRunning, reading: Reading) -> RunningPage:
    """Return how a process runs: eleven statements, however many cases there are. Raises NotFound for what there is not."""
    connection = reading.connection
    if query.span not in SPANS:
        raise InvalidInput(f"Expected a span of {', '.join(SPANS)}, but found {query.span!r}. Choose one of them.")
    versions = versions_of(connection, query.process)
    chosen = chosen_of(versions, query.version)
    today = local_date(reading.now)
    drawn, since, gone = drawing(connection, chosen[0].id), first_month(query.span, today), withdrawal_of(connection, query.process)
    diagram = query.diagram or query.process
    if diagram not in drawn.files:
        raise NotFound(f"Expected a diagram of {query.process!r}, but found {diagram!r}, which it has not. Choose one of those on its page.")
    ids = [each.id for each in chosen]
    waiting = _live(connection, ids, stamp(reading.now))
    left, spent = _passed(connection, ids, since)
    here = _here(drawn, waiting)
    inside = _inside(drawn, here)
    return RunningPage(
        process=query.process,
        name=drawn.names[query.process],
        version=query.version or str(chosen[0].number),
        drawn=chosen[0],
        versions=tuple(versions),
        active=sum(each.active for each in chosen),
        ended=sum(each.ended for each in chosen),
        stopped=sum(each.number for each in waiting if each.kind == INCIDENT),
        diagram=diagram,
        diagrams=tuple((key, drawn.names[key], inside[key]) for key in sorted(drawn.files, key=lambda key: (key != query.process, drawn.names[key]))),
        xml=drawn.files[diagram].decode("utf-8"),
        elements=tuple(_elements(drawn, diagram, waiting, here, left, spent)),
        flows=tuple(_flows(drawn, diagram, here, left)),
        elsewhere=len((left.keys() | {each.element for each in waiting}) - drawn.nodes.keys()),
        behind=behind(connection),
        span=query.span,
        since=since,
        withdrawn_from=gone.from_day if gone else None,
        withdrawn=gone is not None and gone.from_day <= today.isoformat(),
    )


def versions_of(connection: Connection, process: str) -> list[Version]:
    """Return the versions of a process with their cases, the newest first. Raises NotFound."""
    columns = definition_version.c
    query = select(columns.id, columns.version, columns.deployed_at).where(columns.key == process).order_by(columns.version.desc())
    rows = connection.execute(query).all()
    if not rows:
        raise NotFound(f"Expected the key of a process that was deployed, but found {process!r}. Choose one on the page of processes.")
    of = instance.c.definition_version
    counted = select(of, instance.c.status, func.count()).where(of.in_([row.id for row in rows])).group_by(of, instance.c.status)
    cases = {(version, status): number for version, status, number in connection.execute(counted)}
    return [
        Version(
            id=row.id, number=row.version, deployed_at=row.deployed_at, active=cases.get((row.id, "active"), 0), ended=cases.get((row.id, "ended"), 0)
        )
        for row in rows
    ]


def chosen_of(versions: list[Version], version: str) -> list[Version]:
    """Return the versions that are asked for, the newest first. Raises NotFound."""
    if version == EVERY:
        return versions
    found = [each for each in versions if not version or str(each.number) == version][:1]
    if not found:
        raise NotFound(f"Expected the number of a version up to {versions[0].number}, but found {version!r}. Choose one on the page of the process.")
    return found


def first_month(span: str, today: date) -> str:
    """Return the first month of a span, "" for all: this month, or this quarter of the year."""
    if span == ALWAYS:
        return ""
    month = today.month if span == MONTH else today.month - (today.month - 1) % QUARTER_MONTHS
    return f"{today.year:04d}-{month:02d}"


def running_of(ids: Iterable[str]) -> ColumnElement[bool]:
    """Return the condition that a case of some versions has not ended."""
    return instance.c.definition_version.in_(list(ids)) & (instance.c.status == "active")


def _live(connection: Connection, ids: list[str], now: str) -> list[Row[Any]]:
    """Return what waits at each element now: (kind, element, number, late)."""
    tasks = _at(TASK, user_task, ids, user_task.c.status == "open", late=func.sum(case((user_task.c.due_at < now, 1), else_=0)))
    rest = (
        _at("timer", timer, ids, timer.c.status == "open"),
        _at("message", subscription, ids, literal(1) == 1),
        _at("operation", operation, ids, operation.c.status == "open"),
        _at(INCIDENT, incident, ids, UNRESOLVED),
    )
    return list(connection.execute(union_all(tasks, *rest)))


def _at(kind: str, table: Table, ids: list[str], condition: ColumnElement[bool], *, late: ColumnElement[Any] | None = None) -> Select[Any]:
    counted = func.count().label("number")
    columns = (literal(kind).label("kind"), table.c.element.label("element"), counted, (literal(0) if late is None else late).label("late"))
    query = select(*columns).select_from(instance.join(table, table.c.instance == instance.c.id))
    return query.where(running_of(ids), condition).group_by(table.c.element)


def _passed(connection: Connection, ids: list[str], since: str) -> tuple[Counter[str], dict[str, Spent]]:
    """Return how often each element was left, and how long tasks and waits took."""
    columns = element_count.c
    query = select(columns.element, columns.kind, columns.spent, func.sum(columns.number).label("number"))
    query = query.where(columns.definition_version.in_(ids), columns.month >= since).group_by(columns.element, columns.kind, columns.spent)
    left, times = Counter[str](), defaultdict[str, list[tuple[int, int]]](list)
    for row in connection.execute(query):
        if row.kind == LEFT:
            left[row.element] += int(row.number)
        elif row.kind in (TASK, WAIT):
            times[row.element].append((row.spent, int(row.number)))
    return left, {element: _spent(rows) for element, rows in times.items()}


def _spent(rows: list[tuple[int, int]]) -> Spent:
    """Return what is told of times, as pairs (tenths of an hour, how many); of at least one."""
    return Spent(number=sum(number for _, number in rows), median=percentile(rows, 50) or 0, ninetieth=percentile(rows, 90) or 0)


def _here(drawn: Drawing, waiting: Iterable[Row[Any]]) -> Counter[str]:
    """Count the tokens that have not left an element. The events after a choice of events listen for one token, which is at the choice."""
    found: Counter[str] = Counter()
    for row in waiting:
        if row.kind != INCIDENT and row.element in drawn.nodes and not _listens(drawn.nodes[row.element]):
            found[row.element] += row.number
    for choice in [node.id for node in drawn.nodes.values() if node.kind == CHOICE_OF_EVENTS]:
        found[choice] += max((found.pop(each, 0) for each in drawn.flows.get(choice, ())), default=0)
    return found


def _inside(drawn: Drawing, here: Mapping[str, int]) -> Counter[str]:
    """Count the tokens in each process, without those in what it calls."""
    found: Counter[str] = Counter()
    for element, number in here.items():
        found[drawn.nodes[element].process] += number
    return found


def _listens(node: Node) -> bool:
    """Tell whether what waits here only listens beside something else."""
    return node.attached is not None or node.kind == "startEvent"


def _elements(
    drawn: Drawing, process: str, waiting: list[Row[Any]], here: Mapping[str, int], left: Mapping[str, int], spent: Mapping[str, Spent]
) -> Iterable[Running]:
    """Yield the elements of one diagram that people do, or that were reached."""
    inside = _inside(drawn, here)
    late = {row.element: row.late for row in waiting if row.kind == TASK}
    stopped = {row.element: row.number for row in waiting if row.kind == INCIDENT}
    for node in drawn.nodes.values():
        if node.process != process:
            continue
        time = spent.get(node.id)
        few = time is not None and node.kind in PEOPLE and time.number < LEAST
        found = Running(
            node=node,
            here=here.get(node.id, 0),
            late=late.get(node.id, 0),
            stopped=stopped.get(node.id, 0),
            left=left.get(node.id, 0),
            inside=inside.get(node.calls, 0) if node.calls else 0,
            spent=None if few else time,
            few=few,
        )
        if node.name and (node.kind in PEOPLE or found.here or found.left or found.stopped or found.inside):
            yield found


def _flows(drawn: Drawing, process: str, here: Mapping[str, int], left: Mapping[str, int]) -> Iterable[Taken]:
    """Yield the flows of one diagram that are a choice, each with how often it was taken, and all others that were taken."""
    ways = ways_of(drawn.files[process], process)
    numbers = taken(ways, left, here, _begun(drawn, left))
    for flow in ways.flows:
        names = [drawn.nodes[each].name if each in drawn.nodes else "" for each in (flow.source, flow.target)]
        yield Taken(flow=flow, source=names[0], target=names[1], number=numbers[flow.id], of=left.get(flow.source, 0))


def _begun(drawn: Drawing, left: Mapping[str, int]) -> dict[str, int]:
    """Return how often sub-processes and calls were begun: as often as their only start was left, where nobody else calls the same."""
    calls = Counter(node.calls for node in drawn.nodes.values() if node.calls)
    starts = {node.id: drawn.starts.get(node.calls or node.id, []) for node in drawn.nodes.values() if calls[node.calls or ""] <= 1}
    return {element: left.get(each[0], 0) for element, each in starts.items() if len(each) == 1}


