"""That the history was checked is itself in the history: who, when, what was compared, how far, and with which result."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select

from engine.audit.nights import last_night, overdue_since
from engine.audit.verification import INTACT, Verification
from engine.history.finding import Finding
from engine.history.record import Change, Fact, Subject, opened
from engine.history.transaction import Reading, Transaction
from engine.storage.schema import checkpoint, checkpoint_place, history_head, history_record

VERIFIED = "history.verified"
_HISTORY = Subject(type="history", id="history")
NAMED = 5  # findings that the record repeats; the rest is told where the check was run
LONGEST = 80  # characters of a value that is repeated there
NEWEST = 10  # runs that are shown
LOOKED_THROUGH = 50  # runs among which the last good one is looked for


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordVerification:
    """Record a check.

    `logs`: of each log its name, records, where the check began, the last good checkpoint, the number of findings. `findings`: of the
    first ones their level, log, records from and to, field, expected, found. `missing`: sentences.
    """

    result: str
    levels: tuple[int, ...]
    logs: tuple[Mapping[str, Any], ...]
    findings: tuple[Mapping[str, Any], ...]
    missing: tuple[str, ...]

    @classmethod
    def of(cls, found: Verification) -> RecordVerification:
        """Return what is recorded of a check."""
        logs = tuple({"log": each.log, "records": each.records, "since": each.since, "good": each.good, "findings": each.count} for each in found.logs)
        findings = tuple(_short(each) for each in found.findings[:NAMED])
        return cls(result=found.result, levels=tuple(found.levels), logs=logs, findings=findings, missing=tuple(found.missing[:NAMED]))


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowSeal:
    """Ask how the history is kept from being changed: the last checks, the last checkpoints, and where copies lie."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A check that was recorded."""

    seq: int
    at: str
    by: str
    result: str
    levels: Sequence[int]
    logs: Sequence[Mapping[str, Any]]
    findings: Sequence[Mapping[str, Any]]
    missing: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """How the history is kept. `sizes`: records of each log that goes on; `checkpoints`: the last of each log; `places`: rows of checkpoint_place.

    `overdue`: since when it has not been checked, when that is too long ago; `night`: when the nightly check was to begin last, if one is made.
    """

    runs: Sequence[Run]
    sizes: Mapping[str, int]
    checkpoints: Mapping[str, Row[Any]]
    places: Sequence[Row[Any]]
    overdue: datetime | None
    night: datetime | None


def decide_record_verification(command: RecordVerification, _reading: Reading) -> Callable[[Transaction], dict[str, Any]]:
    """Return what records the check."""

    def apply(transaction: Transaction) -> dict[str, Any]:
        fields = ("result", "levels", "logs", "findings", "missing")
        changes = tuple(Change(field=name, new=getattr(command, name)) for name in fields)
        transaction.record(Fact(action=VERIFIED, subject=_HISTORY, changes=changes))
        return {"recorded": True}

    return apply


def answer_seal(_query: ShowSeal, reading: Reading) -> Seal:
    """Return what is known here; whether it is so, only a check tells."""
    connection = reading.connection
    heads = select(history_head.c.log, history_head.c.seq).where(history_head.c.succeeded_by.is_(None)).order_by(history_head.c.log)
    newest = select(checkpoint.c.log, func.max(checkpoint.c.size).label("size")).group_by(checkpoint.c.log).subquery()
    query: Select[Any] = select(checkpoint.c.log, checkpoint.c.size, checkpoint.c.root, checkpoint.c.made_at)
    query = query.join(newest, (newest.c.log == checkpoint.c.log) & (newest.c.size == checkpoint.c.size))
    newest_runs = runs(connection, NEWEST)
    return Seal(
        runs=newest_runs,
        sizes={row.log: row.seq for row in connection.execute(heads)},
        checkpoints={row.log: row for row in connection.execute(query)},
        places=connection.execute(select(checkpoint_place).order_by(checkpoint_place.c.place, checkpoint_place.c.log)).all(),
        overdue=overdue_since(connection, reading.now, newest_runs[0].at if newest_runs else None),
        night=last_night(connection, reading.now),
    )


def runs(connection: Connection, number: int) -> list[Run]:
    """Return the newest recorded checks, the last first."""
    columns = history_record.c
    about = (columns.subject == _HISTORY.id, columns.action == VERIFIED, columns.outcome == "done")
    query: Select[Any] = select(columns.seq, columns.body).where(*about).order_by(columns.recorded_at.desc(), columns.seq.desc()).limit(number)
    return [_run(row) for row in connection.execute(query)]


def last_good(connection: Connection) -> dict[str, int]:
    """Return of each log how many records the last check has proved that found it intact; nothing when there is none."""
    found = next((each for each in runs(connection, LOOKED_THROUGH) if each.result == INTACT), None)
    return {each["log"]: each["good"] for each in found.logs if each["good"]} if found else {}


def _short(found: Finding) -> dict[str, Any]:
    values = {"expected": found.expected[:LONGEST], "found": found.found[:LONGEST]}
    return {"level": found.level, "log": found.log, "record": found.record, "last": found.until, "field": found.field[:LONGEST], **values}


def _run(row: Row[Any]) -> Run:
    body = opened(row.body)
    told = {change["field"]: change["new"] for change in body["changes"]}
    by = str(body["actor"]["name"] or body["actor"]["id"])
    fields = {name: told.get(name) or () for name in ("levels", "logs", "findings", "missing")}
    return Run(seq=row.seq, at=body["recorded_at"], by=by, result=str(told["result"]), **fields)
