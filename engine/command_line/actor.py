"""Who acts from the command line."""

from __future__ import annotations

from sqlalchemy import select

from engine.kernel.actor import SYSTEM, Actor
from engine.kernel.errors import NotFound
from engine.storage.database import Database
from engine.storage.schema import person


def acting(database: Database, login: str | None) -> Actor:
    """Return the person with a login, or the system when none is named. Raises NotFound."""
    if login is None:
        return SYSTEM
    with database.reading() as connection:
        found = connection.execute(select(person.c.id).where(person.c.login == login)).scalar_one_or_none()
    if found is None:
        raise NotFound(f"Expected the login of a person, but nobody has {login!r}.")
    return Actor.person(found, method="command line")
