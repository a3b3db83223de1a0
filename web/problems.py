"""What went wrong, for programs: problem details (RFC 9457)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import Response

from engine.kernel.errors import Busy, Conflict, Denied, EngineError, InvalidInput, NotFound, Refused

ADDRESS = "/api/"
TYPE = "application/problem+json"
STATUS: Mapping[type[EngineError], int] = {Denied: 403, NotFound: 404, Busy: 503, Conflict: 409, Refused: 409, InvalidInput: 422}
CANNOT_GO_ON = 409  # a process that cannot go on: an administrator is told, and the same may be sent again later
RETRY_AFTER = "5"  # seconds


def problem(status: int, detail: str, *, code: str = "", details: Mapping[str, Any] | None = None) -> Response:
    """Return an answer that says what went wrong: `code` is stable, `detail` is for people."""
    told: dict[str, Any] = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    if code:
        told["code"] = code
    if details:
        told["details"] = details
    answer = Response(json.dumps(told, ensure_ascii=False, default=str), status, content_type=TYPE)
    if status == HTTPStatus.UNAUTHORIZED:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="chidao"'
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        answer.headers["Retry-After"] = RETRY_AFTER
    return answer


def problem_of(error: EngineError) -> Response:
    """Return the answer to what the engine refused."""
    status = next((found for kind, found in STATUS.items() if isinstance(error, kind)), CANNOT_GO_ON)
    return problem(status, error.message, code=error.code, details=error.details)
