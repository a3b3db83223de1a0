"""Whether somebody is still there to read a message: the case of a directive in an organisation, and its people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Connection, exists, select

from engine.definitions.repository import begins_with
from engine.directives.issue import MESSAGE
from engine.directory.organisations import holders, organisation_by_id
from engine.instances.operations import Call
from engine.kernel.clock import local_date
from engine.storage.schema import definition_version, directive, dispatch, inbox, instance, subscription

ENDED = frozenset({"02", "06", "15"})  # refused, completed, withdrawn: nothing more is owed (DOMAIN.md 2.10)
CLOSED = "directive.closed"
READER = "leader"  # who reads what other organisations send
CHUNK = 500  # organisations asked about at once: SQLite allows a bounded number of parameters


def with_active_case(connection: Connection, directive_id: str, organisations: Sequence[str]) -> list[str]:
    """Return those of the organisations whose case of the directive is open or about to begin, in the order of their ids."""
    waits = exists().where(subscription.c.instance == instance.c.id, subscription.c.message == CLOSED)  # completed, and tracking below
    found: set[str] = set()
    for first in range(0, len(organisations), CHUNK):
        units = organisations[first : first + CHUNK]
        begun = (
            select(instance.c.organisation)
            .join(definition_version, definition_version.c.id == instance.c.definition_version)
            .join(dispatch, (dispatch.c.directive == instance.c.directive) & (dispatch.c.organisation == instance.c.organisation))
            .where(instance.c.directive == directive_id, instance.c.status != "ended", begins_with(MESSAGE))
            .where(dispatch.c.status.not_in(ENDED) | waits, instance.c.organisation.in_(units))
        )
        coming = select(inbox.c.organisation).where(
            inbox.c.name == MESSAGE, inbox.c.key == directive_id, inbox.c.organisation.in_(units), inbox.c.consumed_ver.is_(None)
        )
        for query in (begun, coming):
            found.update(connection.execute(query).scalars())
    return sorted(found)


def has_active_case(connection: Connection, directive_id: str, organisation_id: str) -> bool:
    """Tell whether the organisation's case of the directive is still open."""
    return bool(with_active_case(connection, directive_id, [organisation_id]))


def is_played(connection: Connection, organisation_id: str, day: date) -> bool:
    """Tell whether anybody in this installation can answer for the organisation: one known from paper has nobody."""
    return bool(holders(connection, organisation_id, READER, day))


def nobody_answers(call: Call, directive_id: str) -> str | None:
    """Say that the issuer of a directive is known from paper only, so that a request to it would wait for ever; else None."""
    connection = call.transaction.connection
    issuer = organisation_by_id(
        connection, connection.execute(select(directive.c.issuer).where(directive.c.id == directive_id)).scalar_one()
    )
    if issuer.represented_by or is_played(connection, issuer.id, local_date(call.transaction.now)):
        return None
    return f"Expected an issuer that works in this installation, but {issuer.name} has nobody here. Write to it on paper."
