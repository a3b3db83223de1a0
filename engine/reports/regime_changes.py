"""Due days as an administrator changes them: the default of a level, and what one superior asks of a level below it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from engine.directory.bodies import LEVELS
from engine.directory.checks import reason_of
from engine.directory.organisations import organisation_by_id
from engine.history.record import Change, Fact, Subject
from engine.history.transaction import Reading, Transaction
from engine.kernel.errors import Conflict, InvalidInput, NotFound
from engine.kernel.periods import MONTHLY, QUARTERLY, WEEKLY
from engine.storage.schema import organisation, reporting_regime

Write = Callable[[Transaction], dict[str, Any]]
LATEST = {MONTHLY: 28, QUARTERLY: 28, WEEKLY: 7}  # a day that every month has; of a week its days, Monday first


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRegime:
    """Set the due day of a level's reports: for one `superior` (id), or by default. Periods that are open keep their due day."""

    superior: str | None
    level: str
    frequency: str
    due_day: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EndRegime:
    """Let a superior have no due day of its own for a level: the default holds again."""

    regime: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRegimes:
    """Ask for all due days, the defaults first."""


def decide_change_regime(command: ChangeRegime, reading: Reading) -> Write:
    """Refuse a day that not every period has, and a change that changes nothing."""
    why = reason_of(command.reason)
    if command.level not in LEVELS or command.frequency not in LATEST:
        raise InvalidInput(f"Expected a level of {', '.join(LEVELS)} and one of {', '.join(LATEST)}, but found {command.level!r}, {command.frequency!r}.")
    if not 1 <= command.due_day <= LATEST[command.frequency]:
        raise InvalidInput(f"Expected a due day from 1 to {LATEST[command.frequency]}, but found {command.due_day}. Correct it.")
    if command.superior is not None:
        organisation_by_id(reading.connection, command.superior)
    place = (
        reporting_regime.c.superior.is_not_distinct_from(command.superior),
        reporting_regime.c.level == command.level,
        reporting_regime.c.frequency == command.frequency,
    )
    found = reading.connection.execute(select(reporting_regime).where(*place)).one_or_none()
    if found is not None and found.due_day == command.due_day:
        raise InvalidInput(f"Expected another due day, but it is {command.due_day} already. Change it, or leave the page.")

    def apply(transaction: Transaction) -> dict[str, Any]:
        row = {"superior": command.superior, "level": command.level, "frequency": command.frequency, "due_day": command.due_day}
        identity = found.id if found else transaction.new_id()
        if found is None:
            transaction.connection.execute(insert(reporting_regime).values(id=identity, **row))
        else:
            _write(transaction, found, command.due_day)
        label = ".".join((command.superior or "default", command.level, command.frequency))
        transaction.record(_fact("regime.changed", identity, Change(field=label, old=found.due_day if found else None, new=command.due_day), why))
        return {"regime": identity}

    return apply


def decide_end_regime(command: EndRegime, reading: Reading) -> Write:
    """Refuse the default of a level: without it no report of the level has a due day."""
    why = reason_of(command.reason)
    mine = reporting_regime.c.id == command.regime
    row = reading.connection.execute(select(reporting_regime).where(mine)).one_or_none()
    if row is None or row.superior is None:
        raise NotFound(f"Expected the id of a superior's own due day, but found {command.regime!r}, which is none.")

    def apply(transaction: Transaction) -> dict[str, Any]:
        if transaction.connection.execute(delete(reporting_regime).where(mine, reporting_regime.c.due_day == row.due_day)).rowcount != 1:
            raise Conflict("Expected the due day as it was read, but it has just changed.")
        label = f"{row.superior}.{row.level}.{row.frequency}"
        transaction.record(_fact("regime.ended", row.id, Change(field=label, old=row.due_day), why))
        return {"regime": row.id}

    return apply


def answer_regimes(_query: ListRegimes, reading: Reading) -> list[Row[Any]]:
    """Return the due days with the superior's name, those of no superior first."""
    query = select(reporting_regime, organisation.c.name.label("unit")).outerjoin(organisation, organisation.c.id == reporting_regime.c.superior)
    rows = reading.connection.execute(query.order_by(organisation.c.name, reporting_regime.c.frequency)).all()
    return sorted(rows, key=lambda row: (row.unit or "", row.frequency, LEVELS.index(row.level) if row.level in LEVELS else len(LEVELS)))


def _write(transaction: Transaction, found: Row[Any], due_day: int) -> None:
    same = (reporting_regime.c.id == found.id, reporting_regime.c.due_day == found.due_day)
    if transaction.connection.execute(update(reporting_regime).where(*same).values(due_day=due_day)).rowcount != 1:
        raise Conflict("Expected the due day as it was read, but it has just changed.")


def _fact(action: str, identity: str, change: Change, why: str) -> Fact:
    return Fact(action=action, subject=Subject(type="regime", id=identity), changes=(change,), reason={"code": "decided", "text": why})
