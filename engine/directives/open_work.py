"""The open work of an organisation in the pieces that cannot be parted: what hangs together by a letter or by a report.

A letter, what was handed down from it, its cases, obligations and assignments are one piece. Letters that are reported on in the same
kind of report are one piece too, with that report and its consolidation: parted, a report would wait where nobody looks for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, func, literal, or_, select, union_all

from engine.directives.succession import ENDED_DISPATCHES, Owned, owned_rows
from engine.directory.organisations import organisation_by_id
from engine.history.transaction import Reading
from engine.storage.schema import (
    change_request,
    consolidation,
    directive,
    dispatch,
    instance,
    obligation,
    recipient_group,
    recipient_group_member,
    report,
    user_task,
)

LETTER, TYPE, CASE, GROUP = "letter", "type", "case", "group"
Node = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowOpenWork:
    """Ask for the open work of an organisation in pieces, before it is split."""

    organisation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """What goes to one body as a whole. `counts`: open rows by kind, as a merger counts them; `title`: a letter, a report or a group."""

    key: str
    title: str
    letters: frozenset[str] = frozenset()
    types: frozenset[str] = frozenset()
    cases: frozenset[str] = frozenset()
    group: str | None = None
    counts: Mapping[str, int] = field(default_factory=dict)


def answer_open_work(query: ShowOpenWork, reading: Reading) -> tuple[Piece, ...]:
    """Return the pieces by title."""
    return open_work(reading.connection, organisation_by_id(reading.connection, query.organisation).id)


def open_work(connection: Connection, unit: str) -> tuple[Piece, ...]:
    """Return what is open with an organisation, in seven statements whatever there is."""
    counted = connection.execute(_counted(unit)).all()
    cases = connection.execute(_cases(unit)).all()
    owed = connection.execute(_owed(unit)).all()
    joined = _Joined()
    for each in owed:
        joined.tie((LETTER, each.directive), (TYPE, each.report_type))
    nodes: list[tuple[Node, str, int]] = [((row.kind, row.node), row.name, row.n) for row in counted]
    types = _types_of(connection, [row.business_key for row in cases])
    for row in cases:
        node = _node_of_case(row, unit, types)
        joined.tie(node, (CASE, row.id))
        nodes += [(node, "cases", 1)] + ([(node, "tasks", row.tasks)] if row.tasks else [])
    letters = _letters(connection, {node for (kind, node), _, _ in nodes if kind == LETTER} | {each.directive for each in owed}, unit)
    for letter in letters.values():
        if letter.issuer == unit and letter.parent in letters:
            joined.tie((LETTER, letter.id), (LETTER, letter.parent))
    return (*_pieces(joined, nodes, letters), *_groups(connection, unit))


class _Joined:
    """Which nodes belong together: of every set the smallest node speaks for all."""

    def __init__(self) -> None:
        self._above: dict[Node, Node] = {}

    def of(self, node: Node) -> Node:
        while (above := self._above.get(node, node)) != node:
            node = above
        return node

    def tie(self, one: Node, other: Node) -> None:
        first, second = sorted((self.of(one), self.of(other)))
        self._above.setdefault(first, first)
        self._above[second] = first

    def nodes(self) -> Iterable[Node]:
        return list(self._above)


def _pieces(joined: _Joined, nodes: Sequence[tuple[Node, str, int]], letters: Mapping[str, Any]) -> list[Piece]:
    members: dict[Node, set[Node]] = {}
    counts: dict[Node, dict[str, int]] = {}
    for node, name, number in nodes:
        top = joined.of(node)
        members.setdefault(top, set()).add(node)
        counts.setdefault(top, {})[name] = counts.get(top, {}).get(name, 0) + number
    for node in joined.nodes():
        if joined.of(node) in members:
            members[joined.of(node)].add(node)
    found = []
    for top, held in members.items():
        parts = {kind: frozenset(each for known, each in held if known == kind) for kind in (LETTER, TYPE, CASE)}
        told = sorted(f"{letters[each].code} – {letters[each].subject}" for each in parts[LETTER] if each in letters)
        title = "; ".join((*told[:3], *(["…"] if len(told) > 3 else []), *sorted(parts[TYPE]))) or top[1]
        found.append(Piece(key=":".join(top), title=title, letters=parts[LETTER], types=parts[TYPE], cases=parts[CASE], counts=counts[top]))
    return sorted(found, key=lambda each: each.title)


def _counted(unit: str) -> Select[Any]:
    """Count the open rows of every kind by the letter, or the kind of report, to which they belong."""
    received = (dispatch.c.organisation == unit) & dispatch.c.status.not_in(ENDED_DISPATCHES) & (directive.c.status == "issued")
    receipts = select(literal("receipts").label("name"), literal(LETTER).label("kind"), dispatch.c.directive.label("node"))
    every = [receipts.join(directive, directive.c.id == dispatch.c.directive).where(received)]
    for owned in owned_rows():
        kind, node, joins = _node_of(owned)
        query = select(literal(f"{owned.table.name}.{owned.column}").label("name"), literal(kind).label("kind"), node.label("node")).select_from(joins)
        every.append(query.where(owned.table.c[owned.column] == unit, owned.open))
    rows = union_all(*every).subquery()
    return select(rows.c.name, rows.c.kind, rows.c.node, func.count().label("n")).group_by(rows.c.name, rows.c.kind, rows.c.node)


def _node_of(owned: Owned) -> tuple[str, ColumnElement[str], Any]:
    table = owned.table
    if "directive" in table.c:
        return LETTER, table.c.directive, table
    if "change_request" in table.c:
        return LETTER, change_request.c.directive, table.join(change_request, change_request.c.id == table.c.change_request)
    if "report_type" in table.c:
        return TYPE, table.c.report_type, table
    if "consolidation" in table.c:
        return TYPE, consolidation.c.report_type, table.join(consolidation, consolidation.c.id == table.c.consolidation)
    return TYPE, report.c.report_type, table.join(report, report.c.id == table.c.report)


def belonging(owned: Owned, pieces: Sequence[Piece]) -> Owned:
    """Return the part of a table's open rows that belongs to pieces."""
    table = owned.table
    letters, types = (sorted(frozenset().union(*(getattr(each, name) for each in pieces))) for name in ("letters", "types"))
    if "directive" in table.c:
        mine = table.c.directive.in_(letters)
    elif "change_request" in table.c:
        mine = table.c.change_request.in_(select(change_request.c.id).where(change_request.c.directive.in_(letters)))
    elif "report_type" in table.c:
        mine = table.c.report_type.in_(types)
    elif "consolidation" in table.c:
        mine = table.c.consolidation.in_(select(consolidation.c.id).where(consolidation.c.report_type.in_(types)))
    else:
        mine = table.c.report.in_(select(report.c.id).where(report.c.report_type.in_(types)))
    return replace(owned, open=and_(owned.open, mine))


def _cases(unit: str) -> Select[Any]:
    tasks = select(func.count()).where(user_task.c.instance == instance.c.id, user_task.c.status == "open").scalar_subquery()
    query = select(instance.c.id, instance.c.directive, instance.c.business_key, instance.c.period, tasks.label("tasks"))
    return query.where(instance.c.organisation == unit, instance.c.status != "ended").order_by(instance.c.id)


def _owed(unit: str) -> Select[Any]:
    query = select(obligation.c.directive, obligation.c.report_type).distinct()
    return query.where(or_(obligation.c.organisation == unit, obligation.c.superior == unit), obligation.c.status == "open")


def _types_of(connection: Connection, keys: Iterable[str]) -> dict[str, str]:
    """Return the kind of report of those cases that are about a report or a consolidation, by its id."""
    wanted = sorted(set(keys))
    query = union_all(*(select(table.c.id, table.c.report_type).where(table.c.id.in_(wanted)) for table in (report, consolidation)))
    return {row.id: row.report_type for row in connection.execute(query)}


def _node_of_case(row: Row[Any], unit: str, types: Mapping[str, str]) -> Node:
    if row.directive:
        return LETTER, row.directive
    if row.business_key in types:
        return TYPE, types[row.business_key]
    if kind := report_type_of(row.business_key, row.period, unit):
        return TYPE, kind
    return CASE, row.id


def report_type_of(key: str, period: str | None, unit: str) -> str:
    """Return the kind of report of the case that an organisation has for a period (`unit:kind:period`); "" when it is no such case."""
    before, after = f"{unit}:", f":{period}"
    fits = period is not None and key.startswith(before) and key.endswith(after) and len(key) > len(before) + len(after)
    return key[len(before) : -len(after)] if fits else ""


def _letters(connection: Connection, wanted: set[str], unit: str) -> dict[str, Any]:
    """Return letters, and what the organisation handed down from them."""
    columns = (directive.c.id, directive.c.code, directive.c.subject, directive.c.parent, directive.c.issuer)
    down = (directive.c.parent.in_(sorted(wanted))) & (directive.c.issuer == unit)
    found: dict[str, Any] = {}
    for row in connection.execute(select(*columns).where(or_(directive.c.id.in_(sorted(wanted)), down))):
        found[row.id] = row
    return found


def _groups(connection: Connection, unit: str) -> list[Piece]:
    query = select(recipient_group.c.id, recipient_group.c.name).join(recipient_group_member, recipient_group_member.c.recipient_group == recipient_group.c.id)
    rows = connection.execute(query.where(recipient_group_member.c.organisation == unit).order_by(recipient_group.c.name, recipient_group.c.id))
    return [Piece(key=f"{GROUP}:{row.id}", title=row.name, group=row.id, counts={"groups": 1}) for row in rows]
