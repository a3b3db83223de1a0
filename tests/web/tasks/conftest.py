"""A second specialist in the department of the demonstration, so that there are colleagues to share work with."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from engine.directory.directory_import import ImportDirectory
from engine.kernel.actor import SYSTEM
from engine.storage.schema import holding, organisation, person, post
from tests.pages import signed_in
from web.door import EXTENSION

SPECIALIST, LEADER = "dothimai.9", "vungocha.6"
COLLEAGUE, NAME = "dong.nghiep", "Giàng Thị Sung"


@pytest.fixture
def sign_in(demo_app: Flask) -> Callable[[str], FlaskClient]:
    door = demo_app.extensions[EXTENSION]
    query = select(organisation.c.code).join(post, post.c.organisation == organisation.c.id).join(holding, holding.c.post == post.c.id)
    with door.database.reading() as connection:
        code = connection.execute(query.join(person, person.c.id == holding.c.person).where(person.c.login == SPECIALIST)).scalar_one()
    text = f"login,name,organisation,title,roles\n{COLLEAGUE},{NAME},{code},Chuyên viên,specialist\n"
    door.execute(ImportDirectory(kind="people", text=text, file="people.csv"), SYSTEM, key="test:colleague")
    return lambda login: signed_in(demo_app, login)
