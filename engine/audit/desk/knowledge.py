"""Who knew what when: for each person at a directive's recipients, when its work reached them, and when they were told, looked and answered.

Tasks and answers come from the history, looks from the log of reads, who held a role on a day from the directory (AUDIT.md 6.4).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, select

from engine.audit.desk.known_facts import Case, Fact, Task, looks_at, notices_of, tasks_of
from engine.audit.desk.names import Name, names_of
from engine.audit.desk.sight import Remit, remit_of
from engine.audit.desk.two_clocks import told_rows
from engine.history.transaction import Reading
from engine.kernel.clock import from_stamp, local_date, stamp
from engine.kernel.errors import NotFound
from engine.kernel.vietnamese import fold
from engine.storage.schema import (
    directive,
    directive_attachment,
    dispatch,
    holding,
    instance,
    organisation,
    post,
    post_role,
    signed_file,
    user_task,
)

PAGE = 100
UNOPENED = "unopened"  # the question that is asked most: who had not looked before the last day


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowKnowledge:
    """Ask who knew what of a directive. `whole`: with all letters that hand it on; `text`: part of a unit's or a person's name;
    `only`: "unopened" for those who had neither looked nor answered when their last day was over."""

    directive: str
    whole: bool = False
    text: str = ""
    only: str = ""
    page: int = 1


@dataclass(slots=True, kw_only=True)
class Knower:
    """A person in a unit. `assigned`: when work on the directive first lay on their desk, or in the queue of their role; `notified`: when they
    were first reminded or written to; `opened`, `downloaded`: their first look at it or a file of it; `answered`: the first task they completed.

    `due`: the first last moment of that work. `is_late`: it has passed, and nothing shows that they knew before.
    """

    unit: str
    person: str
    unit_name: str = ""
    name: str = ""
    assigned: Fact | None = None
    notified: Fact | None = None
    opened: Fact | None = None
    downloaded: Fact | None = None
    answered: Fact | None = None
    due: str = ""
    is_late: bool = False

    def learn(self, kind: str, fact: Fact) -> None:
        """Take in a fact, where no earlier one of its kind is known."""
        known: Fact | None = getattr(self, kind)
        if known is None or fact.at < known.at:
            setattr(self, kind, fact)

    def judge(self, now: str) -> None:
        """Say whether the last moment passed without a sign that the person knew."""
        signs = [each.at for each in (self.opened, self.downloaded, self.answered) if each is not None]
        self.is_late = bool(self.due) and self.due < now and not (signs and min(signs) < self.due)


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """A page of people. `counted`, `opened`, `late`: of all of them, whatever is filtered; `nobody`: recipients where the work has reached no one."""

    directive: str
    code: str
    subject: str
    rows: tuple[Knower, ...]
    found: int
    pages: int
    counted: int
    opened: int
    late: int
    nobody: tuple[str, ...]
    letters: int
    is_partial: bool


def answer_knowledge(query: ShowKnowledge, reading: Reading) -> Knowledge:
    """Return who knew what. Raises NotFound for a directive that there is not."""
    connection, now = reading.connection, stamp(reading.now)
    head = connection.execute(select(directive).where(directive.c.id == query.directive)).one_or_none()
    if head is None:
        raise NotFound(f"Expected the id of a directive, but found {query.directive!r}, which none has. Look for it in the list of directives.")
    letters = _letters(connection, head, whole=query.whole)
    remit = remit_of(reading)
    visible = _Visible(remit=remit, issuers={row.id: row.issuer for row in letters})
    people = _people(connection, head, letters, visible)
    names = names_of(connection, {each.unit for each in people} | {each.person for each in people})
    for each in people:
        each.unit_name, each.name = _text(names, each.unit), _text(names, each.person)
        each.judge(now)
    reached = {each.unit for each in people}
    silent = [unit for unit in _recipients(connection, visible.issuers) if unit not in reached and visible.unit(unit)]
    rows = sorted((each for each in people if _matches(each, query)), key=lambda each: (each.unit_name, each.name, each.person))
    first = (max(1, query.page) - 1) * PAGE
    return Knowledge(
        directive=head.id,
        code=head.code,
        subject=head.subject,
        rows=tuple(rows[first : first + PAGE]),
        found=len(rows),
        pages=max(1, -(-len(rows) // PAGE)),
        counted=len(people),
        opened=sum(each.opened is not None or each.downloaded is not None for each in people),
        late=sum(each.is_late for each in people),
        nobody=tuple(sorted(name.text for name in names_of(connection, silent).values())),
        letters=len(letters),
        is_partial=not remit.whole and head.issuer not in remit.units,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Visible:
    """What an auditor sees: all recipients of a letter that was issued in their remit, and whoever else lies in it. `issuers`: by letter."""

    remit: Remit
    issuers: Mapping[str, str]

    def unit(self, unit: str) -> bool:
        return self.remit.whole or unit in self.remit.units or not self.remit.units.isdisjoint(self.issuers.values())


def _people(connection: Connection, head: Row[Any], letters: list[Row[Any]], visible: _Visible) -> list[Knower]:
    cases = _cases(connection, [row.id for row in letters])
    tasks = [task for task in tasks_of(told_rows(connection, head.root, (user_task.name,)), cases) if visible.unit(task.unit)]
    seats = _Seats(connection, {task.unit for task in tasks})
    found: dict[tuple[str, str], Knower] = {}
    for task in tasks:
        for who in {*seats.holders(task.unit, task.role, local_date(from_stamp(task.created.at))), *task.held, *task.completed}:
            knower = found.setdefault((task.unit, who), Knower(unit=task.unit, person=who))
            knower.learn("assigned", task.held.get(who, task.created) if who not in task.completed else task.created)
            if task.due and (not knower.due or task.due < knower.due):
                knower.due = task.due
            if who in task.completed:
                knower.learn("answered", task.completed[who])
    _learn_looks(connection, found, letters, cases, tasks, visible)
    for place, fact in notices_of(connection, cases, {key: each.assigned for key, each in found.items()}, seats.roles):
        found[place].learn("notified", fact)
    return list(found.values())


def _learn_looks(
    connection: Connection, found: dict[tuple[str, str], Knower], letters: list[Row[Any]], cases: Mapping[str, Case], tasks: Iterable[Task], visible: _Visible
) -> None:
    """Take in who looked, also people on whose desk nothing of it lay."""
    files = _files(connection, letters)
    subjects = {*(row.id for row in letters), *cases, *(task.id for task in tasks), *files}
    by_person: dict[str, list[Knower]] = {}
    for knower in found.values():
        by_person.setdefault(knower.person, []).append(knower)
    for look in looks_at(connection, subjects):
        theirs = by_person.get(look.person)
        if theirs is None:
            unit = look.unit()
            if not unit or not visible.unit(unit):
                continue
            theirs = by_person[look.person] = [found.setdefault((unit, look.person), Knower(unit=unit, person=look.person))]
        for knower in theirs:
            knower.learn("downloaded" if look.subject in files else "opened", look.fact)


class _Seats:
    """Who held which role where on which day, of some units: one statement for all of them."""

    def __init__(self, connection: Connection, units: set[str]) -> None:
        query = (
            select(post.c.organisation, post_role.c.role, holding.c.person, holding.c.valid_from, holding.c.valid_to)
            .join(post, post.c.id == holding.c.post)
            .outerjoin(post_role, post_role.c.post == post.c.id)
        )
        self._held: dict[str, list[Row[Any]]] = {}
        rows: Iterable[Row[Any]] = connection.execute(query)
        for row in rows:
            if row.organisation in units:
                self._held.setdefault(row.organisation, []).append(row)

    def holders(self, unit: str, role: str, day: date) -> Iterator[str]:
        """Yield the people who hold a role in a unit on a day; any post when no role is named."""
        said = day.isoformat()
        for row in self._held.get(unit, ()):
            if role in ("", row.role) and row.valid_from <= said and (row.valid_to is None or row.valid_to >= said):
                yield row.person

    def roles(self, unit: str, role: str, at: str) -> list[str]:
        """Return the people who hold a role in a unit at a moment."""
        return sorted(set(self.holders(unit, role, local_date(from_stamp(at)))))


def _letters(connection: Connection, head: Row[Any], *, whole: bool) -> list[Row[Any]]:
    columns: tuple[ColumnElement[Any], ...] = (directive.c.id, directive.c.issuer, directive.c.document)
    first: Select[Any] = select(*columns).where(directive.c.id == head.id)
    if not whole:
        return list(connection.execute(first))
    walked = first.cte(recursive=True)
    walked = walked.union(select(*columns).join(walked, directive.c.parent == walked.c.id))
    return list(connection.execute(select(walked)))


def _cases(connection: Connection, letters: list[str]) -> dict[str, Case]:
    query = select(instance.c.id, instance.c.directive, instance.c.organisation).where(instance.c.directive.in_(letters))
    return {row.id: Case(directive=row.directive, unit=row.organisation) for row in connection.execute(query)}


def _recipients(connection: Connection, letters: Iterable[str]) -> list[str]:
    query = select(dispatch.c.organisation).where(dispatch.c.directive.in_(sorted(letters))).distinct()
    query = query.join(organisation, organisation.c.id == dispatch.c.organisation).where(organisation.c.represented_by.is_(None))
    return list(connection.execute(query).scalars())


def _files(connection: Connection, letters: list[Row[Any]]) -> set[str]:
    """Return the digests of the letters' own files, of the letters attached to them, and of files signed elsewhere."""
    ids = [row.id for row in letters]
    attached = select(directive.c.document).join(directive_attachment, directive_attachment.c.attached == directive.c.id)
    signed = select(signed_file.c.document).where(signed_file.c.directive.in_(ids))
    found = {*connection.execute(attached.where(directive_attachment.c.directive.in_(ids))).scalars(), *connection.execute(signed).scalars()}
    return {str(each) for each in (*found, *(row.document for row in letters)) if each}


def _matches(knower: Knower, query: ShowKnowledge) -> bool:
    if query.only == UNOPENED and not knower.is_late:
        return False
    text = fold(query.text).strip()
    return not text or text in fold(knower.unit_name) or text in fold(knower.name)


def _text(names: Mapping[str, Name], identity: str) -> str:
    return names[identity].text if identity in names else identity
