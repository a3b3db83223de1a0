"""Retention classes: for how many years after its closing what belongs to a directive is kept, by the process of the directive.

Classes and rules are data: the shipped ones stand in `processes/retention.toml`, those of an installation in two tables.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, insert, select, update

from engine.directory.checks import reason_of
from engine.history.record import Change, Fact, Subject
from engine.history.series import members
from engine.history.transaction import Reading, Transaction
from engine.kernel.clock import from_stamp, local_date
from engine.kernel.errors import InvalidInput, NotFound, Refused
from engine.storage.schema import directive, history_record, history_stream, instance, retention_class, retention_rule

ALL_OTHERS = "*"  # in place of a process: those that have no rule of their own
ABOUT_KEEPING = frozenset({  # records that do not lengthen the time for which something is kept
    *("hold.set", "hold.lifted", "disposal.proposed", "disposal.refused", "erasure.proposed", "erasure.refused", "value.erased"),
    *("dossier.exported", "history.exported", "review.made"),
})
FEW, MOST = 20, 1_000  # records of a stream that are looked at together, and at all, for the last act


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRetention:
    """Put the directives of a process (`*`: of all that have no rule of their own) into another retention class, for a reason."""

    process: str
    retention_class: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """How long a directive is kept: its class, since when it is closed, and from which day on it may be disposed of; None: never, or not yet known."""

    key: str
    name: str
    years: int | None
    closed_on: date | None
    until: date | None

    def is_over(self, today: date) -> bool:
        """Tell whether the time is over."""
        return self.until is not None and self.until <= today


def load_retention(connection: Connection) -> None:
    """Fill empty tables with the classes and rules that the product ships. Raises InvalidInput when a rule names no class."""
    if connection.execute(select(retention_class.c.key).limit(1)).first():
        return
    shipped = tomllib.loads(files("processes").joinpath("retention.toml").read_text("utf-8"))
    classes = [{"key": each["key"], "name": each["name"], "years": each.get("years"), "basis": each["basis"]} for each in shipped["class"]]
    rules = {**shipped["processes"], ALL_OTHERS: shipped["default"]}
    if unknown := sorted(set(rules.values()) - {each["key"] for each in classes}):
        raise InvalidInput(f"Expected the classes that retention.toml itself describes, but found {', '.join(unknown)}. Describe them there.")
    connection.execute(insert(retention_class), classes)
    connection.execute(insert(retention_rule), [{"process": process, "retention_class": key} for process, key in rules.items()])


def kept(connection: Connection, root: Row[Any]) -> Kept:
    """Return how long a root directive is kept with all below it. `root` has id and process; the clock starts with the last act."""
    rules = select(retention_rule.c.process, retention_class.c.key, retention_class.c.name, retention_class.c.years).join(
        retention_class, retention_class.c.key == retention_rule.c.retention_class
    )
    rows = {row.process: row for row in connection.execute(rules.where(retention_rule.c.process.in_((root.process, ALL_OTHERS))))}
    rule = rows.get(root.process) or rows[ALL_OTHERS]
    closed_on = closed_since(connection, root.id)
    until = years_after(closed_on, rule.years) if closed_on is not None and rule.years is not None else None
    return Kept(key=rule.key, name=rule.name, years=rule.years, closed_on=closed_on, until=until)


def closed_since(connection: Connection, root: str) -> date | None:
    """Return the day of the last act in a cascade of which no case is open any more; None while somebody works on it, or nobody has begun.

    A letter from outside is never closed here: its case is. The history says when; what concerns only its keeping does not count.
    """
    closed = connection.execute(select(directive.c.id).where(directive.c.id == root, is_closed())).first()
    return last_act(connection, root) if closed else None


def last_act(connection: Connection, root: str) -> date | None:
    """Return the day of the last record of a cascade that is not only about its keeping; None when there is none among the last thousand."""
    columns = history_record.c
    query = select(columns.action, columns.recorded_at).join(history_stream, (history_stream.c.log == columns.log) & (history_stream.c.seq == columns.seq))
    newest = query.where(history_stream.c.stream == root, columns.outcome == "done").order_by(history_stream.c.stream_seq.desc())
    for log in reversed(members(connection)):
        for first in range(0, MOST, FEW):
            rows = connection.execute(newest.where(history_stream.c.log == log.log).offset(first).limit(FEW)).all()
            for row in rows:
                if row.action not in ABOUT_KEEPING:
                    return local_date(from_stamp(row.recorded_at))
            if len(rows) < FEW:
                break
    return None


def is_closed() -> ColumnElement[bool]:
    """Return the condition that the cascade of a root directive has had cases, and that all of them have ended."""
    below = directive.alias("below")
    cases = select(instance.c.id).join(below, below.c.id == instance.c.directive).where(below.c.root == directive.c.id)
    return and_(cases.exists(), ~cases.where(instance.c.status == "active").exists())


def years_after(day: date, years: int) -> date:
    """Return the day that many years later; of 29 February the first of March where there is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def decide_change_retention(command: ChangeRetention, reading: Reading) -> Callable[[Transaction], dict[str, Any]]:
    """Return what changes the rule. Raises NotFound for an unknown class, Refused when the rule says so already."""
    why = reason_of(command.reason)
    known = select(retention_class.c.name).where(retention_class.c.key == command.retention_class)
    if reading.connection.execute(known).first() is None:
        raise NotFound(f"Expected the key of a retention class, but found {command.retention_class!r}, which none has. Choose one of the list.")
    before = reading.connection.execute(select(retention_rule.c.retention_class).where(retention_rule.c.process == command.process)).scalar_one_or_none()
    if before == command.retention_class:
        raise Refused(f"Expected another class than the present one, but {command.process!r} is of {before} already. Nothing is to be changed.")

    def apply(transaction: Transaction) -> dict[str, Any]:
        if before is None:
            transaction.connection.execute(insert(retention_rule).values(process=command.process, retention_class=command.retention_class))
        else:
            same = update(retention_rule).where(retention_rule.c.process == command.process)
            transaction.connection.execute(same.values(retention_class=command.retention_class))
        transaction.record(
            Fact(
                action="retention.changed",
                subject=Subject(type="definition", id=command.process),
                changes=(Change(field="retention_class", old=before, new=command.retention_class),),
                reason={"code": "retention", "text": why},
            )
        )
        return {"process": command.process, "retention_class": command.retention_class}

    return apply
