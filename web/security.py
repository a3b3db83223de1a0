"""Headers that every answer carries: nothing runs, loads or frames these pages but what we serve ourselves.

Sources: UI.md 5 (the policy was tried with every part of the pages), https://owasp.org/www-project-secure-headers/.
"""

from __future__ import annotations

from flask import Flask, Response, request

DIRECTIVES = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
POLICY = "; ".join(f"{name} {sources}" for name, sources in DIRECTIVES.items())
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",  # for browsers that do not know frame-ancestors
}
NEVER_KEPT = "no-store"  # pages name people; a shared computer keeps none of them
A_YEAR = "max-age=31536000"


def install(app: Flask) -> None:
    """Give every answer of `app` the headers, errors included. A page may set a policy of its own, as the editor has to (UI.md 5)."""
    app.after_request(_add)


def _add(response: Response) -> Response:
    for name, text in HEADERS.items():
        response.headers.setdefault(name, text)
    response.headers.setdefault("Cache-Control", NEVER_KEPT)  # what is served as a file says for itself how long it lasts
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", A_YEAR)
    return response
