"""That an auditor has looked through the exceptions is itself in the history: which ones, how many, up to which record, and what was thought of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from engine.access.remit import sight_of
from engine.audit.desk import rules
from engine.audit.desk.exceptions import Looked, ShowExceptions, look_through
from engine.audit.desk.gaps import REVIEWED, REVIEWS
from engine.audit.desk.sight import SEE, remit_of
from engine.history.record import Change, Fact, Subject, opened
from engine.history.transaction import Reading, Transaction
from engine.kernel.errors import InvalidInput
from engine.storage.schema import history_record

SHOWN = 10
LONGEST = 2000  # characters of a note
ASKED = ("kind", "since", "until", "returns")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordReview:
    """Record that the exceptions of a period were looked through, as `ShowExceptions` asks for them, and what was found."""

    kind: str
    since: str
    until: str
    returns: int
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListReviews:
    """Ask for the last reviews."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """A review that was recorded. `asked`: what was looked at; `findings`: how many; `record`: the highest number that had been read, of `log`."""

    seq: int
    in_log: str
    at: str
    by: str
    asked: Mapping[str, Any]
    findings: int
    log: str
    record: int
    note: str


def decide_record_review(command: RecordReview, reading: Reading) -> Callable[[Transaction], dict[str, Any]]:
    """Look at what is said to have been looked at, and return what records it. Raises InvalidInput for a note that is too long."""
    if len(command.note) > LONGEST:
        raise InvalidInput(f"Expected a note of at most {LONGEST} characters, but found {len(command.note)}. Shorten it.")
    looked = look_through(ShowExceptions(**{name: getattr(command, name) for name in ASKED}), reading)
    findings, last = _count(looked, command.kind), looked.spans[-1] if looked.spans else None
    told: dict[str, Any] = {"kind": command.kind, "since": looked.since.isoformat(), "until": looked.until.isoformat(), "returns": command.returns}
    told |= {"findings": findings, "log": last.log if last else "", "record": last.last if last else 0, "unread": looked.skipped}
    units = tuple(Subject(type="organisation", id=unit, qualifier="unit") for unit in sight_of(reading, SEE).own)

    def apply(transaction: Transaction) -> dict[str, Any]:
        changes = tuple(Change(field=name, new=value) for name, value in told.items())
        reason = {"code": "review", "text": command.note.strip()} if command.note.strip() else None
        transaction.record(Fact(action=REVIEWED, subject=Subject(type="review", id=REVIEWS), objects=units, changes=changes, reason=reason))
        return {"findings": findings, "record": told["record"]}

    return apply


def answer_reviews(_query: ListReviews, reading: Reading) -> list[Review]:
    """Return the newest reviews of auditors whom the actor may see, the last first."""
    return reviews(reading.connection, reading)


def reviews(connection: Connection, reading: Reading) -> list[Review]:
    """Return them; reading them again on one page costs one statement."""
    columns, remit = history_record.c, remit_of(reading)
    query: Select[Any] = select(columns.log, columns.seq, columns.body).where(columns.subject == REVIEWS, columns.action == REVIEWED, columns.outcome == "done")
    query = query.order_by(columns.recorded_at.desc(), columns.seq.desc())
    sealed = ((row, opened(row.body)) for row in connection.execute(query))
    return [_review(row, each) for row, each in islice(((row, each) for row, each in sealed if remit.sees(each, None)), SHOWN)]


def _review(row: Row[Any], sealed: Mapping[str, Any]) -> Review:
    told = {each["field"]: each["new"] for each in sealed["changes"]}
    return Review(
        seq=row.seq,
        in_log=row.log,
        at=sealed["recorded_at"],
        by=str(sealed["actor"]["name"] or sealed["actor"]["id"]),
        asked={name: told[name] for name in ASKED},
        findings=int(told["findings"]),
        log=str(told["log"]),
        record=int(told["record"]),
        note=str((sealed["reason"] or {}).get("text", "")),
    )


def _count(looked: Looked, kind: str) -> int:
    return looked.counts[kind] if kind else sum(looked.counts[each] for each in rules.KINDS)
