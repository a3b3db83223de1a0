"""What was refused: each refusal leaves a record in the history, and what the failure of its command leaves behind, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError, InternalError, OperationalError

from engine.access.authorise import Standing
from engine.access.sealing import seal
from engine.history.record import Fact, Subject
from engine.history.transaction import Transaction
from engine.kernel.actor import Actor
from engine.kernel.errors import Conflict, Denied, EngineError
from engine.kernel.ids import new_id
from engine.kernel.patience import FEW, rest_before
from engine.kernel.points import reach
from engine.storage.database import Database
from engine.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """What was refused to whom: a command of this action, known by its `key`, about a subject."""

    action: str
    key: str
    actor: Actor
    error: EngineError
    subject: Subject
    streams: tuple[str, ...]

    @property
    def outcome(self) -> str:
        """Whether it was not allowed, or allowed and not possible."""
        return "denied" if isinstance(self.error, Denied) else "refused"


def record_refusal(
    database: Database,
    refusal: Refusal,
    *,
    now: Callable[[], datetime],
    remains: Callable[[datetime], Callable[[Transaction], Any] | None],
    wake: Callable[[Transaction], None],
    rest: Callable[[float], None],
) -> None:
    """Record a refusal together with what `remains` of the command, read anew each time when another writer was faster."""
    for attempt in range(FEW):
        rest(rest_before(attempt))
        moment = now()
        try:
            _record(database, refusal, moment, remains(moment), wake)
            break
        except (Conflict, IntegrityError, InternalError, OperationalError):  # what the failure leaves behind may be there
            if attempt == FEW - 1:
                raise


def _record(
    database: Database, refusal: Refusal, now: datetime, leave: Callable[[Transaction], Any] | None, wake: Callable[[Transaction], None]
) -> None:
    error, actor = refusal.error, refusal.actor
    fact = Fact(
        action=refusal.action,
        subject=refusal.subject,
        outcome=refusal.outcome,
        code=error.code,
        reason={"code": error.code, "text": error.message},
        streams=refusal.streams,
    )
    who = {"type": actor.type.value, "id": actor.id, "name": None, "post": None}
    with UnitOfWork(database) as unit:
        transaction = Transaction(connection=unit.connection, now=now, actor=actor, facts=[fact])
        if leave is not None:
            leave(transaction)
        wake(transaction)
        seal([(transaction, Standing(policy=f"{refusal.action}:{refusal.outcome}", actor=who), f"{refusal.key}:{new_id(now)}")])
        reach("refusal.sealed")
        unit.commit()
