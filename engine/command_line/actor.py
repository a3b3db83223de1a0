"""Who acts from the command line, through which door, under which key."""

from __future__ import annotations

import click
from sqlalchemy import select

from engine.bootstrap import prepare
from engine.door import Door
from engine.kernel.actor import SYSTEM, Actor
from engine.kernel.errors import NotFound
from engine.kernel.ids import new_id
from engine.storage.address import database_url
from engine.storage.database import Database
from engine.storage.database_clock import clock_of
from engine.storage.schema import person


def database_of(address: str | None) -> Database:
    """Return the database of the option, the environment, or the user's own; its connections are closed when the command ends."""
    database = Database(database_url(address))
    context = click.get_current_context(silent=True)
    if context is not None:
        context.call_on_close(database.dispose)
    return database


def door_of(database: str | None) -> Door:
    """Return the door over the database of the option, the environment, or the user's own."""
    found = database_of(database)
    return prepare(found, clock_of(found))


def new_key(door: Door) -> str:
    """Return the key of a command that is sent once."""
    return f"cli:{new_id(door.clock.now())}"


def acting(database: Database, login: str | None) -> Actor:
    """Return the person with a login, or the system when none is named. Raises NotFound."""
    if login is None:
        return SYSTEM
    with database.reading() as connection:
        found = connection.execute(select(person.c.id).where(person.c.login == login)).scalar_one_or_none()
    if found is None:
        raise NotFound(f"Expected the login of a person, but nobody has {login!r}.")
    return Actor.person(found, method="command line")
