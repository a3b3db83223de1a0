"""Somebody with a working account always administers the installation: the one place of that rule.

What ends a post, closes an account or takes a role is decided through `keeping_an_administrator`; whatever it does, the days to come
are looked at afterwards. A gap that was there before is not its fault, so that it can still be mended step by step.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import wraps
from typing import Any

from sqlalchemy import Connection, Row, exists, or_, select

from engine.directory.checks import hold_directory
from engine.history.transaction import Reading, Transaction
from engine.kernel.clock import from_stamp, local_date
from engine.kernel.errors import Refused
from engine.storage.schema import account, holding, identity, post_role

ADMINISTRATOR = "admin"
Apply = Callable[[Transaction], dict[str, Any]]
Decide = Callable[[Any, Reading], Apply]
_SIGNS_IN = or_(account.c.person.is_not(None), exists().where(identity.c.person == holding.c.person)).label("signs_in")
_HOLDINGS = (
    select(holding.c.valid_from, holding.c.valid_to, account.c.disabled_at, _SIGNS_IN)
    .join(post_role, post_role.c.post == holding.c.post)
    .outerjoin(account, account.c.person == holding.c.person)
    .where(post_role.c.role == ADMINISTRATOR, holding.c.substitute_for.is_(None))
)


def keeping_an_administrator(decide: Decide) -> Decide:
    """Return `decide` with the rule: what it decided is refused when it leaves a day to come on which nobody administers."""

    @wraps(decide)  # the API reads the command's class off it
    def decided(command: Any, reading: Reading) -> Apply:
        before = _holdings(reading.connection)
        apply = decide(command, reading)

        def apply_and_look(transaction: Transaction) -> dict[str, Any]:
            hold_directory(transaction.connection)  # two administrators may end each other's posts at once
            answer = apply(transaction)
            _refuse_gap(before, _holdings(transaction.connection), local_date(transaction.now))
            return answer

        return apply_and_look

    return decided


def _holdings(connection: Connection) -> Sequence[Row[Any]]:
    return connection.execute(_HOLDINGS).all()


def _refuse_gap(before: Sequence[Row[Any]], after: Sequence[Row[Any]], today: date) -> None:
    ends = {date.fromisoformat(row.valid_to) + timedelta(days=1) for row in after if row.valid_to}
    closed = {local_date(from_stamp(row.disabled_at)) for row in after if row.disabled_at}
    for day in sorted(each for each in {today} | ends | closed if each >= today):
        for account_needed in (True, False):  # where nobody has an account (a demonstration), holding the role is what counts
            if _attended(before, day, account_needed=account_needed) and not _attended(after, day, account_needed=account_needed):
                raise Refused(
                    f"Expected somebody with a working account to administer the installation from {day} on, but this would take away "
                    "the last administrator. Appoint another first, with an account."
                )


def _attended(rows: Sequence[Row[Any]], day: date, *, account_needed: bool) -> bool:
    return any(_in_office(row, day) and (row.signs_in or not account_needed) for row in rows)


def _in_office(row: Row[Any], day: date) -> bool:
    held = row.valid_from <= day.isoformat() and (row.valid_to is None or row.valid_to >= day.isoformat())
    return held and (row.disabled_at is None or local_date(from_stamp(row.disabled_at)) > day)
