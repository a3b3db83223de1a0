"""Finding a letter by its printed code, which is no identity (DOMAIN.md 1.4.1): only among those that an organisation knows."""

from __future__ import annotations

from sqlalchemy import Connection, select

from engine.storage.schema import directive, dispatch


def known_directive(connection: Connection, organisation_id: str, code: str, issued: str | None = None) -> str | None:
    """Return the letter with this code that the organisation issued or received; its own first, then the newest."""
    received = select(dispatch.c.directive).where(dispatch.c.organisation == organisation_id)
    query = select(directive.c.id).where(directive.c.code == code)
    query = query.where((directive.c.issuer == organisation_id) | directive.c.id.in_(received))
    if issued:
        query = query.where(directive.c.issued_date == issued)
    order = (directive.c.issuer != organisation_id, directive.c.issued_date.desc(), directive.c.id.desc())
    return connection.execute(query.order_by(*order).limit(1)).scalar_one_or_none()
