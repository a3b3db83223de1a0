"""What is believed of the proxies before us (CHIDAO_TRUSTED_PROXIES), and a cookie that never leaves https again."""

from __future__ import annotations

from flask import Flask, request
from flask.sessions import SecureCookieSessionInterface
from werkzeug.middleware.proxy_fix import ProxyFix

from engine.kernel import environment


class _Sessions(SecureCookieSessionInterface):
    """The cookie is marked Secure whenever it was set over https: the same process may serve both."""

    def get_cookie_secure(self, app: Flask) -> bool:
        del app
        return request.is_secure


def install(app: Flask) -> None:
    """Take address, scheme and host of whoever asks from the last trusted proxies, and from nobody else."""
    app.session_interface = _Sessions()
    hops = int(environment.number("CHIDAO_TRUSTED_PROXIES"))
    if hops:
        setattr(app, "wsgi_app", ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops))  # noqa: B010  as Flask's documentation has it
