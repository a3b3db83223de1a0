"""The application: one door, a blueprint per audience, the same headers, errors, language and measurements for all of them."""

from __future__ import annotations

import secrets
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from flask import Flask
from flask_wtf.csrf import CSRFProtect

from engine.door import Door
from engine.kernel.clock import stamp
from web import (
    admin,
    api,
    audit,
    case,
    directives,
    entry,
    errors,
    exchange,
    finding,
    forming,
    forms,
    health,
    language,
    measuring,
    metrics,
    navigation,
    once,
    overview,
    printing,
    proxies,
    reports,
    running,
    security,
    tabling,
    task,
    tasks,
    trying,
    versions,
    visitor,
    workbench,
)
from web.door import EXTENSION, the_door

MAX_REQUEST = 32 * 1024 * 1024  # bytes: a scanned document (engine.documents.limits) in a form, and room beside it
MAX_FIELDS = 512 * 1024  # bytes of a form without its files: the longest report
MAX_PARTS = 5_000  # fields of a form: a table of a report with many rows
AN_HOUR = 3600  # seconds that a browser keeps a file of ours without asking
SETTINGS: dict[str, Any] = {
    "MAX_CONTENT_LENGTH": MAX_REQUEST,
    "MAX_FORM_MEMORY_SIZE": MAX_FIELDS,
    "MAX_FORM_PARTS": MAX_PARTS,
    "SEND_FILE_MAX_AGE_DEFAULT": AN_HOUR,
    "SESSION_COOKIE_NAME": "chidao",
    "SESSION_COOKIE_HTTPONLY": True,
    "SESSION_COOKIE_SAMESITE": "Lax",
    "WTF_CSRF_TIME_LIMIT": None,  # as long as the session
    "WTF_CSRF_CHECK_DEFAULT": False,  # web.visitor checks, after it knows whether somebody is signed in
}
INSTALLED = (proxies.install, security.install, errors.install, measuring.install, language.install, visitor.install, once.install, navigation.install)
BLUEPRINTS = (admin.pages, api.pages, audit.pages, directives.pages, finding.pages, entry.pages, exchange.pages, forming.pages, forms.pages, health.pages, metrics.pages, task.pages, tasks.pages, overview.pages, printing.pages, reports.pages, tabling.pages, case.pages, running.pages, trying.pages, versions.pages, workbench.pages)


def create_app(door: Door, *, demo: bool = False, secret: str | None = None) -> Flask:
    """Return the application over `door`.

    `demo`: a demo database, whose people may be chosen at sign-in. `secret` signs the cookies; without one they end with the process.
    """
    app = Flask("web")
    app.config.update(SETTINGS, DEMO=demo)
    app.secret_key = secret or secrets.token_urlsafe(48)
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    app.extensions[EXTENSION] = door
    CSRFProtect(app)
    for install in INSTALLED:
        install(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    app.context_processor(_everywhere)
    return app


def _everywhere() -> dict[str, Any]:
    """Return what every template may name."""
    return {"product_version": _version(), "now": lambda: stamp(the_door().clock.now())}


@cache
def _version() -> str:
    try:
        return version("chidao")
    except PackageNotFoundError:
        return ""
