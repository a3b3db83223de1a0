"""One case as people look at it: where it stands in its diagrams, how often each element was passed, who did what and why."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, null, select, union_all
from sqlalchemy import literal as said

from engine.audit.case_graph import PEOPLE, Drawing, Node, drawing
from engine.definitions.forms import Form
from engine.definitions.repository import definition
from engine.history.record import opened
from engine.history.series import offsets
from engine.history.transaction import Reading
from engine.instances.comments import comments_of
from engine.kernel.clock import stamp
from engine.kernel.errors import NotFound
from engine.storage.holds import UNRESOLVED
from engine.storage.schema import (
    definition_version,
    directive,
    history_record,
    incident,
    instance,
    operation,
    organisation,
    person,
    subscription,
    timer,
    user_task,
)

MOST_ENTRIES = 100  # of the history on one page
MOST_RECORDS = 5000  # of which the elements are counted
STEP = "instance.advanced"  # what the system does between two people: counted on the diagram, not told
UNTOLD = (STEP, "operation.run", "instance.passed_over")  # that something was looked up, or came to nothing, likewise
CHOSEN_FROM = "x-source"  # of a field: its values are ids
_KEY = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{64}|[a-z]+(_[a-z0-9]+)+")  # an id, a digest, the key of a process: no words
LONGEST = 600  # characters of one thing that somebody wrote in a form


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowCase:
    """Ask for a case. `process`: which of its diagrams; `before`: only what is older than this record of the history."""

    instance: str
    process: str = ""
    before: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """How an element stands over all passes: how often it was left, how often a token is there, and how often too late."""

    node: Node
    done: int
    here: int
    late: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One record of the history. `told`: (title of the field, what was written or chosen); `unit`: the office of who did it."""

    seq: int
    at: str
    action: str
    outcome: str
    who: str
    title: str
    unit: str
    absent: str
    element: str
    name: str
    reason: str
    told: tuple[tuple[str, Any], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CasePage:
    """`head`: the instance with office, letter and version. `here`: where it stands, in all diagrams. `diagrams`: (process, name, how many tokens are in it), outermost first."""

    head: Row[Any]
    process: str
    here: tuple[tuple[Node, Row[Any]], ...]
    diagrams: tuple[tuple[str, str, int], ...]
    diagram: str
    stands: tuple[Stand, ...]
    entries: tuple[Entry, ...]
    older: int | None
    steps: int
    comments: tuple[Row[Any], ...]


_HEAD: Select[Any] = (
    select(
        instance.c.id,
        instance.c.organisation,
        instance.c.directive,
        instance.c.period,
        instance.c.status,
        instance.c.started_at,
        instance.c.ended_at,
        instance.c.definition_version,
        definition_version.c.key,
        definition_version.c.version,
        organisation.c.name.label("unit"),
        directive.c.code,
        directive.c.subject,
    )
    .join(definition_version, definition_version.c.id == instance.c.definition_version)
    .join(organisation, organisation.c.id == instance.c.organisation)
    .outerjoin(directive, directive.c.id == instance.c.directive)
    .where(instance.c.id == bindparam("b_instance"))
)


def answer_case(query: ShowCase, reading: Reading) -> CasePage:
    """Return the case. Raises NotFound for a case or a diagram that there is not."""
    connection = reading.connection
    head = connection.execute(_HEAD, {"b_instance": query.instance}).one_or_none()
    if head is None:
        raise NotFound(f"Expected the id of a case, but found {query.instance!r}, which none has.")
    drawn = drawing(connection, head.definition_version)
    waiting = _waiting(connection, query.instance)
    inside = _tokens(drawn, waiting)
    process = query.process or next((each.process for each in _people_first(drawn, waiting)), head.key)
    if process not in drawn.files:
        raise NotFound(f"Expected a diagram of this case, but found {process!r}, which it has not. Choose one of those on its page.")
    records = _records(connection, query.instance)
    done = Counter(thing["id"] for _, body in records for thing in body["objects"] if thing["type"] == "element" and thing["qualifier"] == "left")
    entries, older = _entries(connection, head, drawn, records, query.before)
    return CasePage(
        head=head,
        process=process,
        here=tuple((drawn.nodes[row.element], row) for row in waiting if row.element in drawn.nodes and not _listens(drawn, row)),
        diagrams=tuple((key, drawn.names[key], inside[key]) for key in _outermost_first(drawn, head.key)),
        diagram=drawn.files[process].decode("utf-8"),
        stands=tuple(_stands(drawn, process, done, waiting, inside, stamp(reading.now))),
        entries=entries,
        older=older,
        steps=sum(body["action"] == STEP for _, body in records),
        comments=comments_of(connection, query.instance),
    )


def _waiting(connection: Connection, instance_id: str) -> list[Row[Any]]:
    """Return what the case waits for: (kind, element, due, role, who), tasks first."""
    open_tasks = (
        select(said("task").label("kind"), user_task.c.element, user_task.c.due_at, user_task.c.role, person.c.name.label("who"), user_task.c.id)
        .outerjoin(person, person.c.id == user_task.c.assignee)
        .where(user_task.c.instance == instance_id, user_task.c.status == "open")
    )
    blank = (null(), null(), null())
    times = select(said("timer"), timer.c.element, timer.c.due_at, *blank).where(timer.c.instance == instance_id, timer.c.status == "open")
    heard = select(said("message"), subscription.c.element, null(), *blank).where(subscription.c.instance == instance_id)
    work = select(said("operation"), operation.c.element, null(), *blank).where(operation.c.instance == instance_id, operation.c.status == "open")
    held = select(said("incident"), incident.c.element, null(), *blank).where(incident.c.instance == instance_id, UNRESOLVED)
    return list(connection.execute(union_all(open_tasks, times, heard, work, held)))


def _people_first(drawn: Drawing, waiting: Iterable[Row[Any]]) -> list[Node]:
    """Return the elements at which something waits, those of people first."""
    found = [drawn.nodes[row.element] for row in waiting if row.element in drawn.nodes]
    return sorted(found, key=lambda node: node.kind not in PEOPLE)


def _tokens(drawn: Drawing, waiting: Iterable[Row[Any]]) -> Counter[str]:
    """Count what waits in each process: with what waits in those that it calls."""
    own = Counter(drawn.nodes[row.element].process for row in waiting if row.element in drawn.nodes and not _listens(drawn, row))
    return Counter({process: sum(own[each] for each in _called(drawn, process)) for process in drawn.files})


def _called(drawn: Drawing, process: str) -> set[str]:
    """Return a process with those that it calls, and those that they call."""
    found, ahead = {process}, [process]
    while ahead:
        here = ahead.pop()
        for node in drawn.nodes.values():
            if node.process == here and node.calls and node.calls not in found:
                found.add(node.calls)
                ahead.append(node.calls)
    return found


def _listens(drawn: Drawing, row: Row[Any]) -> bool:
    """Tell whether what waits only listens beside something else: a border event, or the start of an event's own sub-process."""
    node = drawn.nodes[row.element]
    return node.attached is not None or node.kind == "startEvent"


def _outermost_first(drawn: Drawing, main: str) -> list[str]:
    return sorted(drawn.files, key=lambda key: (key != main, drawn.names[key]))


def _stands(
    drawn: Drawing, process: str, done: Mapping[str, int], waiting: list[Row[Any]], inside: Mapping[str, int], now: str
) -> Iterable[Stand]:
    """Yield how the elements of one diagram stand: all tasks of people, and whatever else was reached and has a name."""
    for node in drawn.nodes.values():
        if node.process != process:
            continue
        here = tuple(row for row in waiting if row.element == node.id and not _listens(drawn, row))
        late = sum(row.due_at is not None and row.kind == "task" and row.due_at < now for row in here)
        count = len(here) + (inside.get(node.calls, 0) if node.calls else 0)
        if node.name and (node.kind in PEOPLE or done.get(node.id) or count):
            yield Stand(node=node, done=done.get(node.id, 0), here=count, late=late)


# --- the history ------------------------------------------------------------------------------------------------------


def _records(connection: Connection, instance_id: str) -> list[tuple[int, dict[str, Any]]]:
    """Return the sealed records about a case with their numbers, counted through all logs, the newest first."""
    before = offsets(connection)
    query = (
        select(history_record.c.log, history_record.c.seq, history_record.c.body)
        .where(history_record.c.log.in_(before), history_record.c.instance == instance_id)
        .order_by(history_record.c.recorded_at.desc(), history_record.c.seq.desc())
        .limit(MOST_RECORDS)
    )
    return [(before[row.log] + row.seq, opened(row.body)) for row in connection.execute(query)]


def _entries(
    connection: Connection, head: Row[Any], drawn: Drawing, records: list[tuple[int, dict[str, Any]]], before: int | None
) -> tuple[tuple[Entry, ...], int | None]:
    """Return what is told of the history, the newest first, and the record before which there is more."""
    wanted = [(seq, body) for seq, body in records if body["action"] not in UNTOLD and (before is None or seq < before)]
    shown = wanted[:MOST_ENTRIES]
    forms = definition(connection, head.definition_version)
    units = _names(connection, {body["actor"].get("unit") for _, body in shown})
    found = []
    for seq, body in shown:
        element = body["element"] or ""
        known = forms.definition.elements.get(element)
        form = forms.forms.get(known.form) if known and known.form else None
        found.append(_entry(seq, body, name=drawn.nodes[element].name if element in drawn.nodes else "", form=form, units=units))
    return tuple(found), shown[-1][0] if len(wanted) > MOST_ENTRIES else None


def _names(connection: Connection, ids: set[str | None]) -> dict[str, str]:
    wanted = sorted(each for each in ids if each)
    query = select(organisation.c.id, organisation.c.name).where(organisation.c.id.in_(wanted))
    return {row.id: row.name for row in connection.execute(query)} if wanted else {}


def _entry(seq: int, body: dict[str, Any], *, name: str, form: Form | None, units: Mapping[str, str]) -> Entry:
    actor, reason = body["actor"], body["reason"] or {}
    person_acts = actor["type"] == "person"
    absent = (body["delegation"] or {}).get("for") or {}
    return Entry(
        seq=seq,
        at=body["recorded_at"],
        action=body["action"],
        outcome=body["outcome"],
        who=str(actor.get("name") or "") if person_acts else "",
        title=str(actor.get("title") or "") if person_acts else "",
        unit=units.get(actor.get("unit") or "", ""),
        absent=str(absent.get("name") or ""),
        element=body["element"] or "",
        name=name,
        reason=str(reason.get("text") or "") if reason.get("code") != "due" else "",
        told=tuple(_told(body["changes"], form)),
    )


def _told(changes: list[dict[str, Any]], form: Form | None) -> Iterable[tuple[str, Any]]:
    """Yield what somebody wrote or chose, under the titles of the form; ids and tables stay in the log."""
    fields = form.schema.get("properties", {}) if form else {}
    for change in changes:
        field, value = str(change["field"]).removeprefix("form."), change["new"]
        shape = fields.get(field)
        if not isinstance(shape, Mapping) or value in (None, "") or isinstance(value, list | dict) or shape.get(CHOSEN_FROM):
            continue
        choice = next((each["title"] for each in shape.get("oneOf", ()) if each.get("const") == value), None)
        if choice is None and isinstance(value, str) and _KEY.fullmatch(value):
            continue
        yield str(shape.get("title") or field), value if isinstance(value, bool) else str(choice if choice is not None else value)[:LONGEST]
