"""An administrator ends every session of somebody: a device was lost, or somebody else may know the password."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from engine.access.accounts import account_of
from engine.access.sessions import end_all
from engine.history.record import Change, Fact, Subject
from engine.history.transaction import Reading, Transaction
from engine.kernel.errors import InvalidInput, Refused
from engine.storage.schema import sign_in


@dataclass(frozen=True, slots=True, kw_only=True)
class EndSessionsOf:
    """End every session of a person, for a reason; the password stays as it is."""

    login: str
    reason: str


def decide_end_sessions(command: EndSessionsOf, reading: Reading) -> Callable[[Transaction], dict[str, Any]]:
    """Refuse somebody who is signed in nowhere."""
    found = account_of(reading.connection, command.login)
    if not command.reason.strip():
        raise InvalidInput("Expected a reason, but found none. Say who decided it and why.")
    running = select(func.count()).select_from(sign_in).where(sign_in.c.person == found.id, sign_in.c.ended_at.is_(None))
    counted = reading.connection.execute(running).scalar_one()
    if not counted:
        raise Refused(f"Expected somebody who is signed in, but {found.name} is not. Nothing is to be done.")

    def apply(transaction: Transaction) -> dict[str, Any]:
        end_all(transaction, found.id)
        reason = {"code": "decided", "text": command.reason}
        changes = (Change(field="ended", new=counted),)
        transaction.record(Fact(action="session.ended", subject=Subject(type="person", id=found.id), changes=changes, reason=reason))
        return {"ended": counted}

    return apply
