"""A form is done once, however often it is sent: each carries a key of its own, by which the door knows it again."""

from __future__ import annotations

import secrets
from typing import Any

from flask import Flask, request
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup

from web.carried import whose_mark
from web.door import the_door
from web.visitor import the_visitor

FIELD = "_once"
_HIDDEN = Markup('<input type="hidden" name="{}" value="{}">')


def install(app: Flask) -> None:
    """Give templates `sealed()`: the hidden fields that every form that changes something has."""
    app.jinja_env.globals["sealed"] = sealed


def sealed(key: str | None = None) -> Markup:
    """Return the hidden fields of a form; `key`: keep this one, because what was sent with it changed nothing."""
    hidden = {"csrf_token": generate_csrf(), FIELD: key or secrets.token_urlsafe(16), "_for": whose_mark()}
    return Markup("").join(_HIDDEN.format(name, value) for name, value in hidden.items() if value)


def act(command: Any, *, part: str = "") -> dict[str, Any]:
    """Execute a command of the visitor's under the key of the form that was sent. `part`: which of several of one form.

    Raises an EngineError when it is refused.
    """
    visitor = the_visitor()
    key = request.form.get(FIELD) or secrets.token_urlsafe(16)
    return the_door().execute(command, visitor.actor, key=f"web:{visitor.person}:{key[:60]}:{part}")
