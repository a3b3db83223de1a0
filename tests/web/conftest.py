"""The application over an empty database, over the scenarios' offices, and over the demonstration; clients that are signed in."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from engine.bootstrap import open_door, prepare
from engine.kernel.clock import SystemClock
from engine.storage import Database
from tests.pages import application, clock_after, signed_in
from web.application import create_app

SignIn = Callable[[str], FlaskClient]


@pytest.fixture
def app(sqlite_database: Database) -> Flask:
    return create_app(prepare(sqlite_database, SystemClock()))


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def office_app(furnished_database: Database) -> Flask:
    """The scenarios' offices, on SQLite and PostgreSQL, with nothing on any desk yet."""
    return application(open_door(furnished_database, clock_after(furnished_database)))


@pytest.fixture
def demo_app(demonstration_database: Database) -> Flask:
    """The demonstration's offices, with work on everybody's desk."""
    return application(open_door(demonstration_database, clock_after(demonstration_database)), demo=True)


@pytest.fixture
def sign_in_to_demo(demo_app: Flask) -> SignIn:
    """A client of the demonstration who is signed in as the person with a login."""
    return lambda login: signed_in(demo_app, login)
