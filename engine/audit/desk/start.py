"""What an auditor sees first: whether the history holds, how much of what there is in it of late, and what people did last."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select

from engine.audit.desk.asked import KINDS, NOT_DONE, STEPS, Asked, Sieve
from engine.audit.desk.names import Name
from engine.audit.desk.sight import Remit, Sight, remit_of
from engine.audit.desk.told import Told, tell
from engine.audit.desk.walk import Found, Way, walk
from engine.audit.verifying import Run, runs
from engine.history.record import ACCESS_LOG, LOG
from engine.history.series import members, records_before
from engine.history.transaction import Reading
from engine.kernel.clock import stamp
from engine.storage.schema import checkpoint, history_record

DAYS = 30  # of which is counted what was done
COUNTED = 20_000  # records that are counted at most, the newest ones
SHOWN = 12  # of the last acts of people
LOOKED_AT = 2_000  # records among which these are looked for


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowDesk:
    """Ask for the auditor's first page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """`last`: the last recorded check, None when there was none; `sealed`: the last checkpoint of the history; `records`, `looks`: how many
    there are in all. `kinds`: of the last DAYS days how many records of each kind, `refused` how many attempts were not let through, both
    among the newest `counted`. `newest`: what people did last. `partial`: only of the auditor's organisations."""

    last: Run | None
    sealed: Row[Any] | None
    records: int
    looks: int
    kinds: Mapping[str, int]
    refused: int
    counted: int
    since: str
    newest: tuple[Told, ...]
    names: Mapping[str, Name]
    partial: bool


def answer_desk(_query: ShowDesk, reading: Reading) -> Desk:
    """Return the first page. Some twenty statements, however long the history is."""
    connection, remit, since = reading.connection, remit_of(reading), stamp(reading.now - timedelta(days=DAYS))
    logs = members(connection)
    newest: Select[Any] = select(checkpoint).where(checkpoint.c.log == (logs[-1].log if logs else LOG)).order_by(checkpoint.c.size.desc()).limit(1)
    counts, counted = _counts(connection, since) if remit.whole else _counts_within(connection, remit, since)
    told, names = tell(connection, [(each.log, each.seq, each.number, each.sealed, each.whole) for each in _newest(connection, remit)])
    return Desk(
        last=next(iter(runs(connection, 1)), None),
        sealed=connection.execute(newest).one_or_none(),
        records=sum(each.seq for each in logs),
        looks=sum(each.seq for each in members(connection, ACCESS_LOG)),
        kinds=_by_kind(counts),
        refused=sum(count for (_, outcome), count in counts.items() if outcome in NOT_DONE),
        counted=counted,
        since=since,
        newest=tuple(told),
        names=names,
        partial=not remit.whole,
    )


def _counts(connection: Connection, since: str) -> tuple[dict[tuple[str, str], int], int]:
    """Return how many records there are of each action and outcome, and of how many they were counted."""
    columns, found, left = history_record.c, dict[tuple[str, str], int](), COUNTED
    for each in reversed(members(connection)):
        first = max(records_before(connection, each, since), each.seq - left)
        query = select(columns.action, columns.outcome, func.count().label("number")).where(columns.log == each.log, columns.seq > first)
        for row in connection.execute(query.group_by(columns.action, columns.outcome)):
            found[row.action, row.outcome] = found.get((row.action, row.outcome), 0) + row.number
        left -= each.seq - first
    return found, sum(found.values())


def _counts_within(connection: Connection, remit: Remit, since: str) -> tuple[dict[tuple[str, str], int], int]:
    """Count only what belongs to a remit, among fewer records: each has to be read."""
    way = Way(since=since, most=LOOKED_AT, looked_at=LOOKED_AT)
    page = walk(connection, way, (), _fitting(connection, remit))
    found: dict[tuple[str, str], int] = {}
    for each in page.records:
        place = str(each.sealed["action"]), str(each.sealed["outcome"])
        found[place] = found.get(place, 0) + 1
    return found, LOOKED_AT if page.on else sum(found.values())


def _by_kind(counts: Mapping[tuple[str, str], int]) -> dict[str, int]:
    """Return how many records each kind has, without those that only say that the system went on, and without kinds that have none."""
    done = {action: sum(count for (name, _), count in counts.items() if name == action) for action, _ in counts if action not in STEPS}
    kinds = {kind: sum(count for action, count in done.items() if action.startswith(begins)) for kind, begins in KINDS.items()}
    return {kind: count for kind, count in kinds.items() if count}


def _newest(connection: Connection, remit: Remit) -> Sequence[Found]:
    conditions = [*Sieve(connection, Asked()).conditions(), history_record.c.actor != "system"]
    return walk(connection, Way(most=SHOWN, looked_at=LOOKED_AT), conditions, _fitting(connection, remit)).records[:SHOWN]


def _fitting(connection: Connection, remit: Remit) -> Callable[[Found, bytes], bool]:
    sight = Sight(connection, remit)
    return lambda found, _content: sight.sees(found.sealed)
