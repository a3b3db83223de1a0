"""The cases behind a figure of a running process: how many, since when; and those of them that the actor may open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, Table, case, func, literal, select, union_all

from engine.access.remit import covered, sight_of
from engine.audit.case_graph import Drawing, drawing
from engine.audit.running import chosen_of, running_of, versions_of
from engine.audit.running_counts import CHOICE_OF_EVENTS
from engine.history.transaction import Reading
from engine.kernel.clock import stamp
from engine.kernel.errors import InvalidInput, NotFound
from engine.storage.holds import UNRESOLVED
from engine.storage.schema import (
    definition_version,
    directive,
    incident,
    instance,
    operation,
    organisation,
    subscription,
    timer,
    user_task,
)

PAGE = 50
HERE, LATE, STOPPED, DONE, ACTIVE, ENDED = "here", "late", "stopped", "done", "active", "ended"
FIGURES = (HERE, LATE, STOPPED, DONE, ACTIVE, ENDED)
OF_THE_WHOLE = (ACTIVE, ENDED, STOPPED)  # that can be asked without an element
RECENT, EARLIER = timedelta(days=30), timedelta(days=90)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRunningCases:
    """Ask for the cases behind a figure of FIGURES at an element, or, without one, of the whole process; page from 1."""

    process: str
    figure: str
    version: str = ""
    element: str = ""
    page: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningCases:
    """`total`: cases; `ages`: of them begun in the last 30 days, 30 to 90 days ago, before; `mine`: those that the actor may open."""

    name: str
    element: str
    total: int
    ages: tuple[int, int, int]
    mine: int
    cases: tuple[Row[Any], ...]
    page: int

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-self.mine // PAGE))


def answer_running_cases(query: ListRunningCases, reading: Reading) -> RunningCases:
    """Return a page of cases, the oldest first. Raises NotFound or InvalidInput for a figure that there is not."""
    connection = reading.connection
    if query.figure not in FIGURES or (not query.element and query.figure not in OF_THE_WHOLE):
        raise InvalidInput(f"Expected a figure of {', '.join(FIGURES)} with its element, but found {query.figure!r}. Follow a link on the page.")
    chosen = chosen_of(versions_of(connection, query.process), query.version)
    drawn = drawing(connection, chosen[0].id)
    if query.element and query.element not in drawn.nodes:
        raise NotFound(f"Expected an element of {query.process!r}, but found {query.element!r}. Follow a link on the page.")
    elements = [query.element, *drawn.flows.get(query.element, ())] if _chooses(drawn, query.element) else [query.element] if query.element else []
    behind = _behind([each.id for each in chosen], query.figure, elements, stamp(reading.now))
    sight = sight_of(reading, "case.see")
    allowed = literal(1) == 1 if sight.everywhere else covered(sight, instance.c.organisation) if sight.own else literal(1) == 0
    recent, earlier = stamp(reading.now - RECENT), stamp(reading.now - EARLIER)
    since = instance.c.started_at
    ages = (since >= recent, (since < recent) & (since >= earlier), since < earlier)
    told = connection.execute(select(func.count(), *(_number(each) for each in (*ages, allowed))).select_from(instance).where(behind)).one()
    page = max(1, min(query.page, -(-told[4] // PAGE)))
    return RunningCases(
        name=drawn.names[query.process],
        element=drawn.nodes[query.element].name if query.element else "",
        total=told[0],
        ages=(told[1], told[2], told[3]),
        mine=told[4],
        cases=tuple(connection.execute(_listed().where(behind, allowed).limit(PAGE).offset((page - 1) * PAGE))) if told[4] else (),
        page=page,
    )


def _chooses(drawn: Drawing, element: str) -> bool:
    """Tell whether what waits at an element is kept under the events after it."""
    return element in drawn.nodes and drawn.nodes[element].kind == CHOICE_OF_EVENTS


def _number(condition: ColumnElement[bool]) -> ColumnElement[Any]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def _listed() -> Select[Any]:
    return (
        select(
            instance.c.id,
            instance.c.status,
            instance.c.started_at,
            instance.c.period,
            organisation.c.name.label("unit"),
            directive.c.code,
            definition_version.c.version,
        )
        .join(organisation, organisation.c.id == instance.c.organisation)
        .join(definition_version, definition_version.c.id == instance.c.definition_version)
        .outerjoin(directive, directive.c.id == instance.c.directive)
        .order_by(instance.c.started_at, instance.c.id)
    )


def _behind(ids: list[str], figure: str, elements: list[str], now: str) -> ColumnElement[bool]:
    """Return the condition that a case stands behind the figure."""
    of_versions = instance.c.definition_version.in_(ids)
    match figure:
        case "active":
            return running_of(ids)
        case "ended":
            return of_versions & (instance.c.status == "ended")
        case "stopped":
            return running_of(ids) & _has(incident, elements, UNRESOLVED)
        case "late":
            return running_of(ids) & _has(user_task, elements, (user_task.c.status == "open") & (user_task.c.due_at < now))
        case "done":
            return of_versions & _has(user_task, elements, user_task.c.status == "completed")
        case _:
            waits = (
                _at(user_task, elements, user_task.c.status == "open"),
                _at(timer, elements, timer.c.status == "open"),
                _at(subscription, elements, literal(1) == 1),
                _at(operation, elements, operation.c.status == "open"),
            )
            return running_of(ids) & instance.c.id.in_(union_all(*waits))


def _at(table: Table, elements: list[str], condition: ColumnElement[bool]) -> Select[Any]:
    """Return the cases of which something stands at one of the elements."""
    return select(table.c.instance).where(table.c.element.in_(elements), condition)


def _has(table: Table, elements: list[str], condition: ColumnElement[bool]) -> ColumnElement[bool]:
    at = table.c.element.in_(elements) if elements else literal(1) == 1
    return select(literal(1)).where(table.c.instance == instance.c.id, at, condition).exists()
