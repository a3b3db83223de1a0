"""Who works on what in the demonstration, found in its database: a person with an open task, and the case of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from sqlalchemy import select

from engine.storage import Database
from engine.storage.schema import directive, holding, instance, organisation, person, post, post_role, user_task


@dataclass(frozen=True)
class Desk:
    """A task, its case and letter, and the login of who has it."""

    login: str
    task: str
    instance: str
    unit: str
    letter: str | None
    document: str | None


Find = Callable[..., Desk]


@pytest.fixture
def desk(demonstration_database: Database) -> Find:
    """Find the first open task of a kind: `desk("check_incoming", level="province")`."""

    def find(form: str, level: str | None = None) -> Desk:
        query = (
            select(person.c.login, user_task.c.id, user_task.c.instance, user_task.c.organisation, instance.c.directive, directive.c.document)
            .join(instance, instance.c.id == user_task.c.instance)
            .join(organisation, organisation.c.id == user_task.c.organisation)
            .join(post, post.c.organisation == user_task.c.organisation)
            .join(post_role, (post_role.c.post == post.c.id) & (post_role.c.role == user_task.c.role))
            .join(holding, holding.c.post == post.c.id)
            .join(person, person.c.id == holding.c.person)
            .outerjoin(directive, directive.c.id == instance.c.directive)
            .where(user_task.c.status == "open", user_task.c.form == form)
            .order_by(user_task.c.created_at, user_task.c.id)
        )
        if level:
            query = query.where(organisation.c.level == level)
        with demonstration_database.reading() as connection:
            row = connection.execute(query.limit(1)).one()
        return Desk(login=row.login, task=row.id, instance=row.instance, unit=row.organisation, letter=row.directive, document=row.document)

    return find


@pytest.fixture
def stranger(demonstration_database: Database) -> str:
    """A login in a cell that has nothing to do with the offices of the province."""
    query = (
        select(person.c.login)
        .join(holding, holding.c.person == person.c.id)
        .join(post, post.c.id == holding.c.post)
        .join(organisation, organisation.c.id == post.c.organisation)
        .where(organisation.c.level == "cell")
        .order_by(organisation.c.code)
    )
    with demonstration_database.reading() as connection:
        return str(connection.execute(query.limit(1)).scalar_one())
