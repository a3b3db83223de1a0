"""What tests of pages share: a clock, and clients that are signed in and send forms as a browser does."""

from __future__ import annotations

import re
import secrets
from functools import cache
from html import unescape
from typing import Any, cast

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from engine.access.sessions import BeginSession, digest
from engine.directory.organisations import holders
from engine.door import Door
from engine.kernel.clock import SimulatedClock, from_stamp, local_date
from engine.storage import Database
from engine.storage.schema import history_record, person, user_task
from web.application import create_app
from web.door import EXTENSION
from web.visitor import PAGES

_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


def application(door: Door, *, demo: bool = False) -> Flask:
    """Return the application over `door`: the same one for every test of this process, since making it and its templates takes its time.

    Its cookies of an earlier test are worth nothing. Whoever adds to an application, or needs two at once, makes their own.
    """
    app = _application()
    app.extensions[EXTENSION] = door
    app.config["DEMO"] = demo
    app.secret_key = secrets.token_urlsafe(48)
    return app


@cache
def _application() -> Flask:
    return create_app(cast("Door", None))


def clock_after(database: Database) -> SimulatedClock:
    """Return a clock that stands where the history of the database ends."""
    with database.reading() as connection:
        last = connection.execute(select(func.max(history_record.c.recorded_at))).scalar_one()
    return SimulatedClock(from_stamp(last))


def signed_in(app: Flask, login: str) -> FlaskClient:
    """Return a client in which the person with a login is signed in."""
    client = app.test_client()
    client.set_cookie("chidao", session_cookie(app, login))
    return client


def person_of(door: Door, login: str) -> str:
    """Return the id of the person with a login."""
    with door.database.reading() as connection:
        return str(connection.execute(select(person.c.id).where(person.c.login == login)).scalar_one())


def session_cookie(app: Flask, login: str) -> str:
    """Return the cookie of a browser in which the person with a login has just signed in."""
    door = app.extensions[EXTENSION]
    identity = person_of(door, login)
    token = secrets.token_urlsafe(16)
    door.execute(BeginSession(person=identity, token_hash=digest(token), method="password"), PAGES, key=f"test:{token}")
    signer = app.session_interface.get_signing_serializer(app)
    assert signer is not None
    return str(signer.dumps({"token": token}))


def send(client: FlaskClient, page: str, fields: dict[str, Any], *, to: str | None = None, **how: Any) -> TestResponse:
    """Send a form as a browser does: with the hidden fields of the page on which it stands."""
    hidden = {unescape(name): unescape(value) for name, value in _HIDDEN.findall(client.get(page).text)}
    return client.post(to or page, data={**{name: hidden[name] for name in ("csrf_token", "_once")}, **fields}, **how)


def somebody_with_work(app: Flask, form: str | None = None) -> tuple[str, str]:
    """Return the login of somebody in whose lane and office a task (with this form) waits that nobody has claimed, and the task."""
    door = app.extensions[EXTENSION]
    waiting = select(user_task).where(user_task.c.status == "open", user_task.c.assignee.is_(None)).order_by(user_task.c.id)
    if form:
        waiting = waiting.where(user_task.c.form == form)
    with door.database.reading() as connection:
        for row in connection.execute(waiting):
            for each in holders(connection, row.organisation, row.role, local_date(door.clock.now())):
                return str(connection.execute(select(person.c.login).where(person.c.id == each.person)).scalar_one()), str(row.id)
    raise AssertionError("Expected somebody with work in the demonstration, but nothing waits.")
