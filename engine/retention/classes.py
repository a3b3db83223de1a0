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

from sqlalchemy import Connection, Row, insert, select, update

from engine.directory.checks import reason_of
from engine.history.record import Change, Fact, Subject
from engine.history.transaction import Reading, Transaction
from engine.kernel.clock import from_stamp, local_date
from engine.kernel.errors import InvalidInput, NotFound, Refused
from engine.storage.schema import directive, history_record, retention_class, retention_rule

ALL_OTHERS = "*"  # in place of a process: those that have no rule of their own
ENDINGS = ("directive.closed", "directive.recalled", "directive.replaced")
IN_FORCE = "issued"


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
    """Return how long a root directive is kept with all below it. `root` has id and process; the clock starts when the last of them is closed."""
    rules = select(retention_rule.c.process, retention_class.c.key, retention_class.c.name, retention_class.c.years).join(
        retention_class, retention_class.c.key == retention_rule.c.retention_class
    )
    rows = {row.process: row for row in connection.execute(rules.where(retention_rule.c.process.in_((root.process, ALL_OTHERS))))}
    rule = rows.get(root.process) or rows[ALL_OTHERS]
    closed_on = closed_since(connection, root.id)
    until = years_after(closed_on, rule.years) if closed_on is not None and rule.years is not None else None
    return Kept(key=rule.key, name=rule.name, years=rule.years, closed_on=closed_on, until=until)


def closed_since(connection: Connection, root: str) -> date | None:
    """Return the day on which the last directive of a cascade was closed; None while one of them is in force."""
    cascade = connection.execute(select(directive.c.id, directive.c.status).where(directive.c.root == root)).all()
    if not cascade or any(row.status == IN_FORCE for row in cascade):
        return None
    columns = history_record.c
    moments = select(columns.recorded_at).where(columns.subject.in_(select(directive.c.id).where(directive.c.root == root)))
    last = connection.execute(moments.where(columns.action.in_(ENDINGS), columns.outcome == "done").order_by(columns.recorded_at.desc()).limit(1)).scalar_one_or_none()
    return local_date(from_stamp(last)) if last else None


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
