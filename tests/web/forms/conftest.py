"""One application for all tests of forms: they only draw and read."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from engine.bootstrap import open_door
from engine.kernel.clock import SystemClock
from engine.storage import Database
from tests.pages import application
from tests.templates import EMPTY, Templates


@pytest.fixture(scope="session")
def app(templates: Templates) -> Iterator[Flask]:
    database = Database(templates.url("sqlite", *EMPTY))
    yield application(open_door(database, SystemClock()))
    database.dispose()
