"""The demonstration's process designer, with a design of theirs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from engine.definitions.designs import BeginDesign
from engine.door import Door
from engine.kernel.actor import Actor
from engine.storage.schema import holding, person, post_role
from tests.pages import person_of
from web.door import EXTENSION

DRAWN = "coordination_monthly/coordination_monthly.bpmn"


@dataclass(frozen=True, slots=True)
class Designer:
    """A designer who is signed in, and their open design."""

    login: str
    actor: Actor
    client: FlaskClient
    design: str
    door: Door

    @property
    def room(self) -> str:
        """The address of the design."""
        return f"/workbench/designs/{self.design}"


_DESIGNERS = (
    select(person.c.login)
    .join(holding, holding.c.person == person.c.id)
    .join(post_role, post_role.c.post == holding.c.post)
    .where(post_role.c.role == "process_designer")
    .order_by(person.c.id)
)


def designer_of(app: Flask) -> str:
    """Return the login of a process designer of the demonstration."""
    door: Door = app.extensions[EXTENSION]
    with door.database.reading() as connection:
        return str(connection.execute(_DESIGNERS).scalars().first())


def begin_design(app: Flask, name: str = "Thêm bước thẩm định") -> tuple[str, Actor, str]:
    """Begin a design; return the designer's login, the designer and the design."""
    door: Door = app.extensions[EXTENSION]
    login = designer_of(app)
    actor = Actor.person(person_of(door, login), method="password")
    return login, actor, str(door.execute(BeginDesign(name=name), actor, key=f"test:{name}")["design"])


@pytest.fixture
def designer(demo_app: Flask, sign_in_to_demo: Callable[[str], FlaskClient]) -> Designer:
    login, actor, design = begin_design(demo_app)
    return Designer(login=login, actor=actor, client=sign_in_to_demo(login), design=design, door=demo_app.extensions[EXTENSION])
