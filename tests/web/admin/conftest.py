"""The administrator of the demonstration, and others of whom the pages are not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, Engine, Row, Select, event, select

from engine.storage import Database
from engine.storage.schema import holding, organisation, person, post, post_role
from tests.pages import signed_in
from web.door import EXTENSION


@dataclass(frozen=True, slots=True, kw_only=True)
class Offices:
    """The demonstration, and who and what is found in it."""

    app: Flask
    client: FlaskClient

    @property
    def database(self) -> Database:
        database: Database = self.app.extensions[EXTENSION].database
        return database

    def one(self, query: Any) -> Any:
        """Return what a query finds first."""
        with self.database.reading() as connection:
            return connection.execute(query).scalars().first()

    def row(self, query: Any) -> Row[Any]:
        """Return the first row of a query."""
        with self.database.reading() as connection:
            return connection.execute(query).one()

    def unit(self, name: str) -> str:
        """Return the id of the organisation with a name."""
        return str(self.one(select(organisation.c.id).where(organisation.c.name == name)))

    def seat(self, unit: str, role: str) -> Row[Any]:
        """Return (post, title, holding, person, login, name) of who holds a role in an organisation."""
        columns = (post.c.id.label("post"), post.c.title, holding.c.id.label("holding"), person.c.id.label("person"), person.c.login, person.c.name)
        query: Select[Any] = select(*columns).join(holding, holding.c.post == post.c.id).join(person, person.c.id == holding.c.person)
        query = query.join(post_role, post_role.c.post == post.c.id).where(post.c.organisation == unit, post_role.c.role == role)
        with self.database.reading() as connection:
            return connection.execute(query.order_by(holding.c.id).limit(1)).one()


def login_with(connection: Connection, role: str) -> str:
    """Return the login of somebody who holds a role."""
    query = select(person.c.login).join(holding, holding.c.person == person.c.id).join(post_role, post_role.c.post == holding.c.post)
    return str(connection.execute(query.where(post_role.c.role == role).order_by(person.c.login)).scalars().first())


@pytest.fixture
def offices(demo_app: Flask) -> Offices:
    """The demonstration, with its administrator signed in."""
    with demo_app.extensions[EXTENSION].database.reading() as connection:
        login = login_with(connection, "admin")
    return Offices(app=demo_app, client=signed_in(demo_app, login))


@pytest.fixture
def specialist(demo_app: Flask) -> FlaskClient:
    """Somebody who administers nothing."""
    with demo_app.extensions[EXTENSION].database.reading() as connection:
        login = login_with(connection, "specialist")
    return signed_in(demo_app, login)


def count(offices: Offices, address: str) -> int:
    """Return how many statements a page takes."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        assert offices.client.get(address).status_code == 200
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    return len([each for each in seen if not each.startswith(("BEGIN", "COMMIT", "ROLLBACK", "PRAGMA", "SAVEPOINT"))])
