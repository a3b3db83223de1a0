"""Notices what a transaction writes: which tables, and of told rows the values before and after, whatever statement writes them.

It stands at the connection and not in the handlers, so that nobody can forget it: some sixty statements write these rows, half of
them several at once by a condition. Before a row is changed it is read, and on PostgreSQL locked as the change itself will.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast
from weakref import WeakKeyDictionary

from sqlalchemy import BindParameter, ColumnElement, Connection, CursorResult, Delete, Insert, RowMapping, Select, Table, Update, select

from engine.storage.told import TOLD, Told

NOTICED = "chidao_written"  # the execution option that says where to put what is noticed


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A told row that was written. `old` is None for a new row, `new` for one that was deleted; else both hold what changed.

    `about`: the row's key and the ids of what it belongs to.
    """

    table: str
    key: str
    old: Mapping[str, Any] | None
    new: Mapping[str, Any] | None
    about: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Noticed:
    """What was noticed on a connection: the told rows in the order in which they were written, and the names of all tables."""

    rows: list[Written] = field(default_factory=list)
    tables: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """How an update is noticed: what asks for the rows as they are, and what it sets. `computed` fields are asked for with them."""

    told: Told
    asks: Select[Any]
    given: Mapping[str, BindParameter[Any]]
    computed: frozenset[str]
    fields: tuple[str, ...]


_plans: WeakKeyDictionary[Update, _Plan] = WeakKeyDictionary()


def notice(
    connection: Connection, statement: object, several: Sequence[Mapping[str, Any]], one: Mapping[str, Any], options: Mapping[str, Any]
) -> None:
    """Remember what `statement` is about to write, where the connection says so. For the event `before_execute`."""
    noticed: Noticed | None = options.get(NOTICED)
    if noticed is None or not isinstance(statement, Insert | Update | Delete):
        return
    told = TOLD.get(cast("Table", statement.table).name)
    if told is None:
        return
    parameters = several or (one,)
    if isinstance(statement, Insert):
        noticed.rows.extend(_inserted(told, statement, parameters))
    elif isinstance(statement, Update):
        noticed.rows.extend(_updated(connection, told, statement, parameters))
    else:
        noticed.rows.extend(_deleted(connection, told, statement, parameters))


def notice_table(
    _connection: Connection,
    statement: object,
    _several: Sequence[Mapping[str, Any]],
    _one: Mapping[str, Any],
    options: Mapping[str, Any],
    result: CursorResult[Any],
) -> None:
    """Remember which table `statement` has changed, unless it found nothing to change. For the event `after_execute`."""
    noticed: Noticed | None = options.get(NOTICED)
    if noticed is not None and isinstance(statement, Insert | Update | Delete) and (isinstance(statement, Insert) or result.rowcount):
        noticed.tables.add(cast("Table", statement.table).name)


def _inserted(told: Told, statement: Insert, parameters: Sequence[Mapping[str, Any]]) -> Iterator[Written]:
    if statement.select is not None or statement._multi_values:  # noqa: SLF001  the library has no public word for it
        raise TypeError(f"Expected the new rows of {told.table.name} as parameters, but found a statement that holds them. Pass them to execute().")
    given = _values(statement)
    for each in parameters:
        row = {**told.blank, **{name: _bound(value, each) for name, value in given.items()}, **{name: each[name] for name in each if name in told.blank}}
        yield Written(table=told.table.name, key=told.key_of(row), old=None, new=told.filled(row), about=_about(told, row))


def _updated(connection: Connection, told: Told, statement: Update, parameters: Sequence[Mapping[str, Any]]) -> Iterator[Written]:
    plan = _plans.get(statement)
    if plan is None:
        plan = _plans[statement] = _planned(told, statement)
    if not plan.fields:
        return
    for each in parameters:
        for row in connection.execute(plan.asks, dict(each)).mappings().all():
            new = {name: row[f"new_{name}"] if name in plan.computed else _bound(plan.given[name], each) for name in plan.fields}
            new = told.plain_row(new, plan.fields)
            old = told.plain_row(row, plan.fields)
            changed = [name for name in plan.fields if old[name] != new[name]]
            if changed:
                yield Written(
                    table=told.table.name,
                    key=told.key_of(row),
                    old={name: old[name] for name in changed},
                    new={name: new[name] for name in changed},
                    about=_about(told, row),
                )


def _planned(told: Told, statement: Update) -> _Plan:
    values = {name: value for name, value in _values(statement).items() if name in told.fields}
    if not statement._values:  # noqa: SLF001  as above
        raise TypeError(f"Expected what to write to {told.table.name} in the statement, but found none. Say it in values().")
    given = {name: value for name, value in values.items() if isinstance(value, BindParameter)}
    computed = {name: value for name, value in values.items() if name not in given}
    columns = told.table.c
    wanted = dict.fromkeys((*told.key, *told.owners, *values))
    asks = select(*(columns[name] for name in wanted), *(value.label(f"new_{name}") for name, value in computed.items()))
    return _Plan(told=told, asks=_held(asks, told, statement), given=given, computed=frozenset(computed), fields=tuple(values))


def _deleted(connection: Connection, told: Told, statement: Delete, parameters: Sequence[Mapping[str, Any]]) -> Iterator[Written]:
    asks = _held(select(told.table), told, statement)
    for each in parameters:
        for row in connection.execute(asks, dict(each)).mappings().all():
            yield Written(table=told.table.name, key=told.key_of(row), old=told.filled(row), new=None, about=_about(told, row))


def _held(asks: Select[Any], told: Told, statement: Update | Delete) -> Select[Any]:
    """Return the question for the rows that a statement will write, and nobody else before it does."""
    if statement.whereclause is not None:
        asks = asks.where(statement.whereclause)
    return asks.with_for_update(of=told.table, key_share=isinstance(statement, Update))


def _values(statement: Insert | Update) -> dict[str, ColumnElement[Any]]:
    values: Mapping[Any, Any] = statement._values or {}  # noqa: SLF001  the library has no public word for it
    return {str(getattr(name, "key", name)): value for name, value in values.items()}


def _bound(value: ColumnElement[Any], parameters: Mapping[str, Any]) -> Any:
    """Return what a place in a statement holds: what is passed under its name, or what was written into it."""
    if not isinstance(value, BindParameter):
        raise TypeError(f"Expected a value for every field of a new row, but found the expression {value}. Compute it before.")
    return parameters.get(value.key, value.effective_value)


def _about(told: Told, row: Mapping[str, Any] | RowMapping) -> frozenset[str]:
    return frozenset({str(row[name]) for name in (*told.key, *told.owners) if row[name] is not None})
