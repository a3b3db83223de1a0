"""How an organisation stands to a directive: whether its case is still going on, whom it turns to, what it may be called."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, select

from engine.directory.organisations import organisation_by_id
from engine.instances.operations import Call
from engine.messages.inbox import send
from engine.storage.schema import directive, dispatch, inbox, organisation, organisation_edge, subscription

WITHDRAWN = "directive.withdrawn"
OVER = {
    "02": "it was sent back to the issuer",
    "06": "it has been completed",
    "15": "it was recalled or replaced",
}  # exchange codes (DOMAIN.md 2.10) after which nothing is asked for any more
LINES = ("committee", "professional", "government")


def directive_by_id(connection: Connection, directive_id: str) -> Row[Any]:
    """Return the row of a directive."""
    return connection.execute(select(directive).where(directive.c.id == directive_id)).one()


def name_of(connection: Connection, organisation_id: str) -> str:
    """Return what people call an organisation."""
    return str(organisation_by_id(connection, organisation_id).name)


def receipt(connection: Connection, directive_id: str, organisation_id: str) -> Row[Any] | None:
    """Return the row of the organisation's receipt of a directive, or None."""
    place = (dispatch.c.directive == directive_id) & (dispatch.c.organisation == organisation_id)
    return connection.execute(select(dispatch).where(place)).one_or_none()


def closed_case(connection: Connection, directive_id: str, organisation_id: str) -> str | None:
    """Say why nothing can be asked about a received directive any more; None while the case is open."""
    letter, unit = directive_by_id(connection, directive_id), name_of(connection, organisation_id)
    row = receipt(connection, directive_id, organisation_id)
    if row is None:
        return f"Expected a directive that {unit} has received, but {letter.code} was not sent to it. Open one that it has received."
    if letter.status == "closed":
        return f"Expected an open case, but {name_of(connection, letter.issuer)} has closed {letter.code}. Write to the issuer instead."
    if row.status in OVER:
        return f"Expected an open case, but that of {letter.code} at {unit} is over: {OVER[row.status]}. Write to the issuer instead."
    return None


def end_case(call: Call, directive_id: str, organisation_id: str) -> bool:
    """Tell the organisation's case of a directive that it is withdrawn; False when no case is waiting to hear it."""
    connection = call.transaction.connection
    waiting = select(subscription.c.id).where(
        subscription.c.message == WITHDRAWN, subscription.c.key == directive_id, subscription.c.organisation == organisation_id
    )
    told = select(inbox.c.id).where(
        inbox.c.name == WITHDRAWN, inbox.c.key == directive_id, inbox.c.organisation == organisation_id, inbox.c.consumed_ver.is_(None)
    )
    if connection.execute(waiting.limit(1)).first() is None:
        return False
    if connection.execute(told.limit(1)).first() is None:
        send(
            call.transaction,
            message=WITHDRAWN,
            key=directive_id,
            to=[organisation_id],
            payload={},
            source=f"withdraw:{call.case.id}:{directive_id}",
            roots=call.case.roots,
        )
    return True


def superior_of(connection: Connection, organisation_id: str, directive_id: str, day: date) -> str | None:
    """Return whom an organisation turns to above itself about a directive; None at the top.

    Whoever issued the directive that it carries out comes first; for one of its own, the superior on the committee line,
    then on the professional one.
    """
    letter = directive_by_id(connection, directive_id)
    if letter.issuer != organisation_id:
        return str(letter.issuer)
    if letter.parent is not None:
        return str(directive_by_id(connection, letter.parent).issuer)
    today = day.isoformat()
    edges = select(organisation_edge.c.parent, organisation_edge.c.line).where(
        organisation_edge.c.child == organisation_id,
        organisation_edge.c.valid_from <= today,
        (organisation_edge.c.valid_to.is_(None)) | (organisation_edge.c.valid_to >= today),
    )
    found = {row.line: str(row.parent) for row in connection.execute(edges.order_by(organisation_edge.c.parent.desc()))}
    return next((found[line] for line in LINES if line in found), None)


def above(connection: Connection, organisation_id: str, directive_id: str) -> str:
    """Return the directive about which the organisation speaks to its superior: the one that this one carries out, if any."""
    letter = directive_by_id(connection, directive_id)
    return str(letter.parent) if letter.issuer == organisation_id and letter.parent else directive_id


def unit_called(connection: Connection, text: str | None) -> str | None:
    """Return the organisation with this code or exact name, or None."""
    if not text:
        return None
    query = select(organisation.c.id).where((organisation.c.code == text) | (organisation.c.name == text))
    return connection.execute(query.order_by(organisation.c.code).limit(1)).scalar_one_or_none()
