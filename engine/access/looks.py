"""Who looked at what: reads leave records in a sealed log of their own kind, beside the history (AUDIT.md 4, FHIR AuditEvent)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.exc import IntegrityError, InternalError, OperationalError

from engine.access.authorise import Standing
from engine.history.log import append_all
from engine.history.record import ACCESS_LOG, Circumstances, Fact, Subject
from engine.kernel.actor import Actor
from engine.kernel.clock import stamp
from engine.kernel.errors import Busy
from engine.kernel.ids import new_id
from engine.kernel.patience import FEW, rest_before
from engine.storage.database import Database
from engine.storage.unit_of_work import UnitOfWork

PURPOSE = "purpose"  # the code of the reason that a look was given


def record_look(
    database: Database, actor: Actor, *, action: str, subject: Subject, standing: Standing | None, now: datetime, rest: Callable[[float], None]
) -> None:
    """Record that somebody looked, or, without a standing, was not let, and what for, where that was said.

    Raises Busy when it cannot be recorded: then nothing is shown.
    """
    purpose = {"code": PURPOSE, "text": actor.purpose} if actor.purpose else None
    fact = Fact(action=action, subject=subject, outcome="done" if standing else "denied", reason=purpose)
    who = standing.actor if standing else {"type": actor.type.value, "id": actor.id, "name": None, "post": None}
    identity = new_id(now)
    seen = Circumstances(
        recorded_at=stamp(now),
        actor=who,
        on_behalf_of=standing.on_behalf_of if standing else None,
        delegation=standing.delegation if standing else None,
        auth=actor.auth,
        policy=standing.policy if standing else f"{action}:denied",
        command=identity,
        correlation=identity,
    )
    for attempt in range(FEW):
        rest(rest_before(attempt))
        try:
            with UnitOfWork(database) as unit:
                append_all(unit.connection, [(fact, seen)], [identity], log=ACCESS_LOG)
                unit.commit()
            return
        except (IntegrityError, InternalError, OperationalError) as error:
            if attempt == FEW - 1:
                raise Busy("Expected to record who looks at this, but others are writing at this moment. Open it again.", kind="busy") from error
