"""Who is who in the demonstration."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import Select, select

from engine.storage.schema import holding, organisation, person, post, post_role
from web.door import EXTENSION


def ask(app: Flask, query: Select[tuple[str]]) -> list[str]:
    with app.extensions[EXTENSION].database.reading() as connection:
        return list(connection.execute(query).scalars())


def unit(app: Flask, code: str) -> str:
    return ask(app, select(organisation.c.id).where(organisation.c.code == code))[0]


def login(app: Flask, code: str, role: str) -> str:
    """The login of somebody who holds a role in an organisation of this code."""
    query = (
        select(person.c.login)
        .join(holding, holding.c.person == person.c.id)
        .join(post, post.c.id == holding.c.post)
        .join(post_role, post_role.c.post == post.c.id)
        .where(post.c.organisation == unit(app, code), post_role.c.role == role, holding.c.substitute_for.is_(None))
        .order_by(person.c.login)
    )
    return ask(app, query)[0]
