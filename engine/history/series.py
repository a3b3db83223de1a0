"""Logs that follow each other: after a restore the records go on in another log, whose first record cites the end of the one before.

A log must not sign two different trees (AUDIT.md 3, note 8): chidao/log1 ends where the backup was made, chidao/log2 begins.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, insert, select, update

from engine.history.log import GENESIS
from engine.history.record import ACCESS_LOG, LOG
from engine.storage.schema import history_head, history_record

_NUMBERED = re.compile(r"(?P<before>.*/log)(?P<number>[1-9][0-9]*)(?P<behind>/access)?")
CURRENT = select(history_head.c.log).where(history_head.c.series == LOG, history_head.c.succeeded_by.is_(None)).scalar_subquery()


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One log of a series. `offset`: how many records the logs before it have, so that offset + seq grows through all of them."""

    log: str
    seq: int
    record_hash: str
    offset: int


def members(connection: Connection, series: str = LOG) -> list[Member]:
    """Return the logs of a series, the first one first."""
    query = select(history_head.c.log, history_head.c.seq, history_head.c.record_hash).where(history_head.c.series == series)
    found: list[Member] = []
    for row in sorted(connection.execute(query), key=lambda each: _number(each.log)):
        offset = found[-1].offset + found[-1].seq if found else 0
        found.append(Member(log=row.log, seq=row.seq, record_hash=row.record_hash, offset=offset))
    return found


def offsets(connection: Connection, series: str = LOG) -> dict[str, int]:
    """Return by log how many records came before its first one."""
    return {each.log: each.offset for each in members(connection, series)}


_MOMENT = select(history_record.c.recorded_at).where(history_record.c.log == bindparam("b_log"), history_record.c.seq == bindparam("b_seq"))


def records_before(connection: Connection, log: Member, moment: str) -> int:
    """Return how many records of a log were made before a moment (UTC text as the tables keep it).

    Moments never decrease, so some twenty records are looked at, whatever their number. One that is gone, which a check names, splits like any other.
    """
    low, high = 0, log.seq
    while low < high:
        middle = (low + high) // 2
        at = connection.execute(_MOMENT, {"b_log": log.log, "b_seq": middle + 1}).scalar_one_or_none()
        if at is not None and at < moment:
            low = middle + 1
        else:
            high = middle
    return low


def begin_anew(connection: Connection, taken: Iterable[str]) -> None:
    """Let another log go on in each series: its number is one that nobody has used, neither here nor among `taken`.

    Also where a series has not begun: in what was lost it may have. The key of the new period is that of the machine on which it begins.
    """
    going_on = {row.series: row for row in connection.execute(select(history_head).where(history_head.c.succeeded_by.is_(None)))}
    there = connection.execute(select(history_head.c.log)).scalars().all()
    number = 1 + max(1, *(_number(log) for log in (*there, *taken)))
    for series in sorted({LOG, ACCESS_LOG, *going_on}):
        log, before = _named(series, number), going_on.get(series)
        if before:
            connection.execute(update(history_head).where(history_head.c.log == before.log).values(succeeded_by=log))
        at = before.recorded_at if before else ""
        connection.execute(insert(history_head).values(log=log, series=series, seq=0, record_hash=GENESIS, recorded_at=at))


def _number(log: str) -> int:
    found = _NUMBERED.fullmatch(log)
    return int(found["number"]) if found else 0


def _named(series: str, number: int) -> str:
    found = _NUMBERED.fullmatch(series)
    return f"{found['before']}{number}{found['behind'] or ''}" if found else f"{series}/log{number}"
