"""Failed attempts to sign in: counted by login and by address, whoever they are, so that guessing takes ever longer.

Kept are digests only, for a day. Nothing here depends on whether the login exists, so the wait does not tell who does
(NIST SP 800-63B 3.2.2, OWASP Authentication Cheat Sheet).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, or_, select

from engine.history.record import Fact, Subject
from engine.history.transaction import Reading, Transaction
from engine.kernel.clock import from_stamp, stamp
from engine.storage.schema import person, sign_in_failure

Write = Callable[[Transaction], dict[str, Any]]
LOGIN, ADDRESS = "login", "address"
FREE = {LOGIN: 5, ADDRESS: 100}  # failures that cost no wait; behind one address there may be a whole office
FIRST = timedelta(seconds=30)  # the wait after the first failure that is too many; each further one doubles it
LONGEST = timedelta(minutes=15)  # so that nobody can keep somebody else out for long
KEPT = timedelta(days=1)
COUNTED = {LOGIN: KEPT, ADDRESS: timedelta(hours=1)}  # who comes in is forgiven the login's; the address's are forgiven by time alone
_FAILURES = (
    select(sign_in_failure.c.about, func.count().label("number"), func.max(sign_in_failure.c.at).label("last"))
    .where(
        or_(
            (sign_in_failure.c.about == bindparam("b_login")) & (sign_in_failure.c.at > bindparam("b_login_since")),
            (sign_in_failure.c.about == bindparam("b_address")) & (sign_in_failure.c.at > bindparam("b_address_since")),
        )
    )
    .group_by(sign_in_failure.c.about)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFailure:
    """Somebody typed what opens nothing. `login`: as it was typed; it is recorded only when it is somebody's."""

    login: str
    about_login: str
    about_address: str


def about(kind: str, text: str, secret: str) -> str:
    """Return what we keep of a login or an address: who reads the database without the secret cannot try all there are."""
    return hmac.new(secret.encode(), f"{kind}:{text.strip().casefold()}".encode(), hashlib.sha256).hexdigest()


def wait_before(connection: Connection, about_login: str, about_address: str, now: datetime) -> timedelta:
    """Return how long whoever tries has to wait before the next attempt is looked at; zero: not at all."""
    kinds = {about_login: LOGIN, about_address: ADDRESS}
    since = {f"b_{kind}_since": stamp(now - time) for kind, time in COUNTED.items()}
    rows = connection.execute(_FAILURES, {"b_login": about_login, "b_address": about_address, **since})
    waits = (from_stamp(row.last) + _pause(row.number - FREE[kinds[row.about]]) - now for row in rows)
    return max(waits, default=timedelta())


def decide_record_failure(command: RecordFailure, reading: Reading) -> Write:
    """Find out whether the login is somebody's: only for the history, never for whoever tried."""
    found = reading.connection.execute(select(person.c.id).where(person.c.login == command.login)).scalar_one_or_none()
    subject = Subject(type="person", id=found) if found else Subject(type="login", id=command.about_login)

    def apply(transaction: Transaction) -> dict[str, Any]:
        connection = transaction.connection
        connection.execute(delete(sign_in_failure).where(sign_in_failure.c.at <= stamp(transaction.now - KEPT)))
        rows = [{"id": transaction.new_id(), "about": each, "at": transaction.at} for each in (command.about_login, command.about_address)]
        connection.execute(insert(sign_in_failure), rows)
        from_where = (Subject(type="address", id=command.about_address, qualifier="from"),)
        transaction.record(Fact(action="session.failed", subject=subject, objects=from_where, outcome="denied", code="denied"))
        return {}

    return apply


def forgive(transaction: Transaction, about_login: str) -> None:
    """Forget the failures of a login whose person has proved who they are; not those of the address."""
    transaction.connection.execute(delete(sign_in_failure).where(sign_in_failure.c.about == about_login))


def _pause(too_many: int) -> timedelta:
    if too_many < 0:
        return timedelta()
    doubled = 1 << min(too_many, 10)
    return min(FIRST * doubled, LONGEST)
