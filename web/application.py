"""The application: one door, a blueprint per audience, the same headers, errors and measurements for all of them."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import Any

from flask import Flask

from engine.door import Door
from web import errors, health, home, measuring, metrics, security
from web.door import EXTENSION

MAX_REQUEST = 32 * 1024 * 1024  # bytes: a scanned document (engine.documents.limits) in a form, and room beside it
AN_HOUR = 3600  # seconds that a browser keeps a file of ours without asking
BLUEPRINTS = (home.pages, health.pages, metrics.pages)


def create_app(door: Door, *, demo: bool = False) -> Flask:
    """Return the application over `door`. `demo`: a demo database, whose people may be chosen at sign-in."""
    app = Flask("web")
    app.config.update(MAX_CONTENT_LENGTH=MAX_REQUEST, SEND_FILE_MAX_AGE_DEFAULT=AN_HOUR, DEMO=demo)
    app.extensions[EXTENSION] = door
    for install in (security.install, errors.install, measuring.install):
        install(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    app.context_processor(_everywhere)
    return app


def _everywhere() -> dict[str, Any]:
    """Return what every template may name."""
    return {"product_version": _version()}


def _version() -> str:
    try:
        return version("chidao")
    except PackageNotFoundError:
        return ""
