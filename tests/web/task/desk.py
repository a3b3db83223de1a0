"""Tasks of the demonstration, and who may do them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from engine.storage import Database
from engine.storage.schema import directive, holding, instance, organisation, person, post, post_role, user_task


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """An open task, and somebody (a login) who may do it."""

    task: str
    login: str
    person: str

    @property
    def page(self) -> str:
        return f"/task/{self.task}"


def desks(database: Database, form: str, *, level: str | None = None) -> list[Desk]:
    """Return the open tasks with a form that nobody has taken, each with somebody who holds its role."""
    query = (
        select(user_task.c.id, person.c.login, person.c.id.label("person"))
        .join(post, post.c.organisation == user_task.c.organisation)
        .join(post_role, (post_role.c.post == post.c.id) & (post_role.c.role == user_task.c.role))
        .join(holding, (holding.c.post == post.c.id) & holding.c.substitute_for.is_(None) & holding.c.valid_to.is_(None))
        .join(person, person.c.id == holding.c.person)
        .join(organisation, organisation.c.id == user_task.c.organisation)
        .join(instance, instance.c.id == user_task.c.instance)
        .outerjoin(directive, directive.c.id == instance.c.directive)
        .where(user_task.c.form == form, user_task.c.status == "open", user_task.c.assignee.is_(None))
        .order_by(organisation.c.code, directive.c.code, user_task.c.created_at, user_task.c.id)
    )
    if level:
        query = query.where(organisation.c.level == level)
    with database.reading() as connection:
        return [Desk(task=row.id, login=row.login, person=row.person) for row in connection.execute(query)]


def desk(database: Database, form: str) -> Desk:
    """Return the first of them."""
    return desks(database, form)[0]
