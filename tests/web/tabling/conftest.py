"""A design of the demonstration's designer, and the pages of its files."""

from __future__ import annotations

import pytest
from flask import Flask

from engine.definitions.designs import BeginDesign
from engine.kernel.actor import Actor
from tests.pages import person_of
from web.door import EXTENSION

DESIGNER = "nguyenducbinh.145"


@pytest.fixture
def design(demo_app: Flask) -> str:
    door = demo_app.extensions[EXTENSION]
    mine = Actor.person(person_of(door, DESIGNER), method="password")
    return str(door.execute(BeginDesign(name="Thêm thẩm định pháp lý"), mine, key="test:design")["design"])
