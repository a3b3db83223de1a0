"""Somebody's work: the inbox, the queue of the unit, what is put aside, what colleagues have, what is done; and what comes next.

A task is in the inbox when it is claimed by the person, or when it is free and nobody else in the organisation holds its role.
What else is free is in the queue, together with what is entered for bodies that the unit represents.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from engine.history.transaction import Reading
from engine.kernel.clock import ZONE, stamp
from engine.kernel.vietnamese import collation_key, fold
from engine.tasks.assign_list import GivenOn, given_on
from engine.tasks.keeping import KeptFilter, filters_of
from engine.tasks.list_rows import Desk, Item, desk_of, done_count, done_items, items_by_id, open_items, process_names

PAGE = 50  # rows
KEPT_AS = "work"  # the page of which filters are kept


class Tab(StrEnum):
    """Which list."""

    INBOX = "inbox"
    QUEUE = "queue"
    COLLEAGUES = "colleagues"
    LATER = "later"
    DONE = "done"


class Sort(StrEnum):
    """In which order: the soonest due, the newest, or by directive."""

    DUE = "due"
    CREATED = "created"
    DIRECTIVE = "directive"


OVERDUE, THIS_WEEK = "overdue", "week"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What of a list is wanted: ids of a directive and an organisation, the name of the work, a period, words in any spelling of the marks.

    `due`: "overdue", "week" (from Monday to Sunday of this week), or nothing.
    """

    words: str = ""
    directive: str = ""
    work: str = ""
    organisation: str = ""
    period: str = ""
    due: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MyWork:
    """Ask for one page (from 1) of one of one's own lists."""

    tab: Tab
    wanted: Wanted = field(default_factory=Wanted)
    sort: Sort = Sort.DUE
    page: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class NextTask:
    """Ask which task of a list comes after one that has just left it."""

    after: str
    tab: Tab = Tab.INBOX
    wanted: Wanted = field(default_factory=Wanted)
    sort: Sort = Sort.DUE


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """A page of a list. `found`: rows that fit, on all pages; `counts`: rows of each list, without filters; `late`: of the inbox.

    `choices`: for each filter the values that occur in the list, with what people call them; `filters`: those that were kept;
    `given_on`: what was the person's and has been given to a colleague; `processes`: names by version, of tasks that are about no directive.
    """

    items: tuple[Item, ...]
    found: int
    pages: int
    page: int
    counts: Mapping[Tab, int]
    late: int
    choices: Mapping[str, tuple[tuple[str, str], ...]]
    filters: tuple[KeptFilter, ...]
    given_on: tuple[GivenOn, ...]
    processes: Mapping[str, str]


def answer_my_work(query: MyWork, reading: Reading) -> Work:
    """Return a page of one of the actor's lists."""
    connection, desk = reading.connection, desk_of(reading)
    lists = _sorted_out(desk, open_items(connection, desk))
    counts = {tab: len(lists[tab]) for tab in lists} | {Tab.DONE: done_count(connection, desk)}
    rows = done_items(connection, desk) if query.tab is Tab.DONE else lists[query.tab]
    found = _ordered([row for row in rows if _fits(query.wanted, desk.today)(row)], query)
    pages = max(1, -(-len(found) // PAGE))
    page = min(max(1, query.page), pages)
    late = sum(is_overdue(row, desk.today) for row in lists[Tab.INBOX])
    items = tuple(found[(page - 1) * PAGE : page * PAGE])
    return Work(
        items=items,
        found=len(found),
        pages=pages,
        page=page,
        counts=counts,
        late=late,
        choices=_choices(rows),
        filters=filters_of(connection, desk.person, desk.units, KEPT_AS),
        given_on=given_on(reading) if query.tab is Tab.INBOX else (),
        processes=process_names(connection, {row.version for row in items if not row.directive}),
    )


def answer_next_task(query: NextTask, reading: Reading) -> str | None:
    """Return the id of the task that follows in the list; from its end back to its beginning; None when the list is empty."""
    connection, desk = reading.connection, desk_of(reading)
    if query.tab is Tab.DONE:
        return None
    fits = _fits(query.wanted, desk.today)
    rows = _ordered([row for row in _sorted_out(desk, open_items(connection, desk))[query.tab] if fits(row) and row.task != query.after], query)
    if not rows:
        return None
    left = items_by_id(connection, desk, [query.after])
    key = _KEYS[query.sort]
    return next((row.task for row in rows if left and key(row) > key(left[0])), rows[0].task)


def is_overdue(row: Item, today: date) -> bool:
    """Tell whether the last day of a task is past: what is due at midnight is due the day before."""
    return row.due_at is not None and row.due_at <= stamp(_midnight(today))


def _sorted_out(desk: Desk, rows: Iterable[Item]) -> dict[Tab, list[Item]]:
    lists: dict[Tab, list[Item]] = {tab: [] for tab in Tab if tab is not Tab.DONE}
    for row in rows:
        if (tab := _tab_of(desk, row)) is not None:
            lists[tab].append(row)
    return lists


def _tab_of(desk: Desk, row: Item) -> Tab | None:
    if row.assignee not in (None, desk.person):
        return Tab.COLLEAGUES
    if not desk.may_do(row):
        return None
    if row.later is not None and row.later > desk.today.isoformat():
        return Tab.LATER
    mine = row.assignee == desk.person or (row.organisation, row.role) in desk.alone
    return Tab.INBOX if mine else Tab.QUEUE


def _fits(wanted: Wanted, today: date) -> Callable[[Item], bool]:
    """Return what tells whether a row is wanted. Words are looked for in what the row shows, without marks and in any order."""
    words = fold(wanted.words).split()
    monday = today - timedelta(days=today.weekday())
    first, last = stamp(_midnight(monday)), stamp(_midnight(monday + timedelta(days=7)))

    def fits(row: Item) -> bool:
        return (
            wanted.directive in ("", row.directive)
            and wanted.work in ("", row.name)
            and wanted.organisation in ("", row.organisation)
            and wanted.period in ("", row.period)
            and (wanted.due != OVERDUE or is_overdue(row, today))
            and (wanted.due != THIS_WEEK or (row.due_at is not None and first < row.due_at <= last))
            and (not words or all(word in _searched(row) for word in words))
        )

    return fits


def _searched(row: Item) -> str:
    return fold(" ".join(filter(None, (row.name, row.code, row.subject, row.unit, row.holder))))


def _ordered(rows: list[Item], query: MyWork | NextTask) -> list[Item]:
    if isinstance(query, MyWork) and query.tab is Tab.DONE:
        return rows if query.sort is not Sort.DIRECTIVE else sorted(rows, key=_by_directive)
    return sorted(rows, key=_KEYS[query.sort])


def _by_due(row: Item) -> tuple[Any, ...]:
    return (row.due_at is None, row.due_at or "", row.created_at, row.task)


def _by_age(row: Item) -> tuple[Any, ...]:
    return (-int(datetime.fromisoformat(row.created_at).timestamp() * 1000), row.task)


def _by_directive(row: Item) -> tuple[Any, ...]:
    return (row.code is None, collation_key(row.code or ""), row.directive or "", *_by_due(row))


_KEYS: Mapping[Sort, Callable[[Item], tuple[Any, ...]]] = {Sort.DUE: _by_due, Sort.CREATED: _by_age, Sort.DIRECTIVE: _by_directive}


def _choices(rows: Iterable[Item]) -> dict[str, tuple[tuple[str, str], ...]]:
    """Return what may be chosen in each filter: only what occurs, in the order of the alphabet."""
    directives, works, units, periods = {}, {}, {}, {}
    for row in rows:
        works[row.name] = row.name
        units[row.organisation] = row.unit
        if row.directive:
            directives[row.directive] = f"{row.code} {row.subject}"
        if row.period:
            periods[row.period] = row.period
    named = {"directive": directives, "work": works, "organisation": units, "period": periods}
    return {name: tuple(sorted(each.items(), key=lambda pair: collation_key(pair[1]))) for name, each in named.items()}


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), ZONE)
