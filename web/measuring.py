"""How long each request took: for the metrics, and for the log by the rule of its address, never by what was typed there."""

from __future__ import annotations

import logging

from flask import Flask, Response, g, request

from engine.kernel.clock import stopwatch
from engine.observation.metrics import count_request
from web.errors import route

METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
QUIET = {"health", "metrics"}  # machines ask there every few seconds
_log = logging.getLogger(__name__)


def install(app: Flask) -> None:
    """Measure every request of `app`."""
    app.before_request(_begin)
    app.after_request(_end)


def _begin() -> None:
    g.began = stopwatch()


def _end(response: Response) -> Response:
    seconds = stopwatch() - g.get("began", stopwatch())
    method = request.method if request.method in METHODS else "other"
    count_request(route(), method, response.status_code, seconds)
    quiet = request.blueprint in QUIET or request.endpoint == "static"
    fields = {"route": route(), "method": method, "status": response.status_code, "seconds": round(seconds, 4)}
    _log.log(logging.DEBUG if quiet else logging.INFO, "request", extra=fields)
    return response
