"""Fills a database with many instances, for measuring beside them: what is there is copied, organisations, directives, tasks, history
and all, as often as it takes, in statements that each copy a whole table. Nothing here goes through the door: only for measurements.

A copy has ids of its own (RFC 9562 version 8, with the number of the copy), and what would come due in it comes due in the year 2096.
Its history stands in a log of its own, so that the sealed one is as it was. Fill when nothing is due: copies would be due as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    FromClause,
    Table,
    case,
    func,
    insert,
    literal,
    null,
    select,
    union_all,
)

from engine.history.record import LOG
from engine.kernel.errors import InvalidInput
from engine.storage.database import Database
from engine.storage.schema import (
    command,
    history_record,
    history_stream,
    instance,
    metadata,
    stream_head,
)
from engine.storage.unit_of_work import UnitOfWork

MOST = 4095  # copies: three hexadecimal digits of an id
AT_ONCE = 200  # copies in one statement
YEAR = "2096"
CACHE = 400_000  # kilobytes
ONE_ROOT = 40  # characters of a JSON list with one id
COPIED_LOG = "chidao/crowd"
UNTOUCHED = {  # of the whole installation, or what would be done again
    *("definition_file", "definition_part", "definition_start", "definition_version", "document", "permission", "separation", "setting"),
    *("calendar_day", "history_head", "checkpoint", "checkpoint_place", "proposal", "migration", "migration_refusal", "reporting_regime", "indicator_set", "indicator_set_row", "account", "worker", "effect"),
    *("search_text", "search_mark", "element_count"),
    *("process_withdrawal", "office_hours"),
    *("retention_class", "retention_rule", "retention_hold", "disposal", "sealed_value", "erasure"),
    *("design", "design_file", "element_remark", "trial_scenario"),
    *("sign_in", "sign_in_failure", "password_link", "identity", "access_token", "carried_input"),
}
MARKED: Mapping[str, tuple[str, ...]] = {  # texts that must differ, or must not be found for the original
    "organisation": ("code",),
    "person": ("login",),
    "command": ("key",),
    "instance": ("business_key",),
    "subscription": ("key",),
    "inbox": ("idempotency", "key"),
    "incident": ("work",),
}
HISTORY = (command, history_record, history_stream, stream_head)
LATER: Mapping[str, tuple[str, ...]] = {
    "timer": ("due_at",),
    "incident": ("next_attempt",),
    "obligation": ("next_period", "end_period", "due_date", "opens_on"),
}
NAMED: Mapping[str, tuple[str, ...]] = {"history_record": ("subject", "instance"), "history_stream": ("stream",), "stream_head": ("stream",)}


def fill(database: Database, instances: int, *, history: bool = True) -> int:
    """Copy until the database holds at least `instances` of them, ended and active as they are; return how many it holds.

    `history`: also the records and the commands, which are most of the bytes. Raises InvalidInput when there is nothing to copy,
    or so little that it would take more than 4,095 copies.
    """
    with database.reading() as connection:
        there, first = _count(connection), _last_copy(connection) + 1
        originals = int(connection.execute(select(func.count()).where(_original(instance.c.id))).scalar_one())
    copies = -(-(instances - there) // originals) if originals else 0
    if not originals or first + copies - 1 > MOST:
        raise InvalidInput(
            f"Expected at least {-(-instances // MOST)} instances to copy until there are {instances}, but found {originals}. Run a larger example first."
        )
    tables = [table for table in metadata.sorted_tables if table.name not in UNTOUCHED and (history or table not in HISTORY)]
    for start in range(first, first + copies, AT_ONCE):
        _copy_all(database, tables, range(start, min(start + AT_ONCE, first + copies)))
    if database.dialect == "postgresql":  # which does so by itself, a little later
        with UnitOfWork(database) as unit:
            unit.connection.exec_driver_sql("ANALYZE")
            unit.commit()
    with database.reading() as connection:
        return _count(connection)


def _copy_all(database: Database, tables: Sequence[Table], copies: range) -> None:
    with UnitOfWork(database) as unit:
        if database.dialect == "sqlite":  # the ids of a copy fall everywhere into the indexes
            unit.connection.exec_driver_sql(f"PRAGMA cache_size = -{CACHE}")
        numbers = _numbers(copies)
        for table in tables:
            _copy(unit.connection, table, numbers)
        if database.dialect == "sqlite":
            unit.connection.exec_driver_sql("PRAGMA cache_size = -2000")  # as it was
        unit.commit()


def _count(connection: Connection) -> int:
    return int(connection.execute(select(func.count()).select_from(instance)).scalar_one())


def _last_copy(connection: Connection) -> int:
    copied = select(func.max(func.substr(instance.c.id, 16, 3))).where(~_original(instance.c.id))
    return int(connection.execute(copied).scalar_one() or "0", 16)


def _original(identity: ColumnElement[Any]) -> ColumnElement[bool]:
    return func.substr(identity, 15, 1) != "8"


def _numbers(copies: range) -> FromClause:
    """Return a table of the numbers of the copies, as three hexadecimal digits."""
    return union_all(*(select(literal(f"{number:03x}").label("copy")) for number in copies)).subquery("numbers")


def _copy(connection: Connection, table: Table, numbers: FromClause) -> None:
    copied = select(*(_value(each, numbers.c.copy).label(each.name) for each in table.columns)).select_from(table.join(numbers, literal(1) == 1))
    for condition in _originals(table):
        copied = copied.where(condition)
    connection.execute(insert(table).from_select([each.name for each in table.columns], copied))


def _originals(table: Table) -> Iterator[ColumnElement[bool]]:
    if "log" in table.c:
        yield table.c.log == LOG
    elif table is command:
        yield ~table.c.key.like("%#___")
    else:
        yield _original(next(each for each in table.primary_key.columns if _is_identity(each)))


def _is_identity(of: Column[Any]) -> bool:
    """Tell whether a column holds the id of a row that is copied too."""
    targets = {key.column.table.name for key in of.foreign_keys}
    return (of.name == "id" and of.primary_key) or bool(targets and not targets & UNTOUCHED)


def _value(of: Column[Any], copy: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return what a column of the copy holds."""
    name = of.table.name
    if _is_identity(of) or of.name in NAMED.get(name, ()):
        return func.substr(of, 1, 14).concat("8").concat(copy).concat(func.substr(of, 19))
    if of.name in MARKED.get(name, ()):
        return of.concat("#").concat(copy)
    if of.name in LATER.get(name, ()):
        return case((of.is_(None), null()), (func.substr(of, 1, 2) == "20", literal(YEAR).concat(func.substr(of, 5))), else_=of)
    if of.name == "log":
        return literal(f"{COPIED_LOG}/").concat(copy)
    if of.name == "roots":  # one of them, as nearly always
        return case((func.length(of) == ONE_ROOT, _root(of, copy)), else_=of)
    return of


def _root(of: Column[Any], copy: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.substr(of, 1, 16).concat("8").concat(copy).concat(func.substr(of, 21))
