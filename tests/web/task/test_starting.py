"""Starting something about a letter leads to its first task."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from engine.storage import Database
from engine.storage.schema import dispatch, holding, instance, person, post, post_role
from tests.pages import send, signed_in


@pytest.fixture
def recipient(demonstration_database: Database) -> tuple[str, str, str]:
    """A specialist (login) of an organisation that received a letter: login, organisation, directive."""
    query = (
        select(person.c.login, dispatch.c.organisation, dispatch.c.directive)
        .join(holding, holding.c.person == person.c.id)
        .join(post, post.c.id == holding.c.post)
        .join(post_role, (post_role.c.post == post.c.id) & (post_role.c.role == "specialist"))
        .join(dispatch, dispatch.c.organisation == post.c.organisation)
        .order_by(dispatch.c.id)
    )
    with demonstration_database.reading() as connection:
        row = connection.execute(query).first()
    assert row is not None
    return row.login, row.organisation, row.directive


def test_a_specialist_raises_a_difficulty_about_a_letter(demo_app: Flask, demonstration_database: Database, recipient: tuple[str, str, str]) -> None:
    login, unit, letter = recipient
    client = signed_in(demo_app, login)
    page = f"/start?directive={letter}"
    shown = client.get(page).text
    assert "Nêu khó khăn, vướng mắc" in shown
    answer = send(client, page, {"process": "difficulty_raise", "organisation": unit, "directive": letter}, to="/start")
    assert answer.status_code == 303
    assert "/task/" in answer.location
    assert "Nêu khó khăn" in client.get(answer.location).text
    with demonstration_database.reading() as connection:
        assert connection.execute(select(instance.c.organisation).where(instance.c.directive == letter).order_by(instance.c.id.desc())).first() == (unit,)


def test_what_nobody_may_start_is_said(demo_app: Flask, recipient: tuple[str, str, str]) -> None:
    login, unit, letter = recipient
    client = signed_in(demo_app, login)
    page = f"/start?directive={letter}"
    assert send(client, page, {"process": "none", "organisation": unit, "directive": letter}, to="/start").status_code == 404
    assert send(client, page, {"process": "difficulty_raise", "organisation": "none", "directive": letter}, to="/start").status_code in {403, 404}
    refused = send(client, page, {"process": "report_review", "organisation": unit, "directive": letter}, to="/start")
    assert refused.status_code == 409
    assert 'id="problem"' in refused.text
