"""The application over an empty database, and a client of it that comes from this machine."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from engine.bootstrap import prepare
from engine.kernel.clock import SystemClock
from engine.storage import Database
from web.application import create_app


@pytest.fixture
def app(sqlite_database: Database) -> Flask:
    return create_app(prepare(sqlite_database, SystemClock()))


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()
