"""Metrics for a collector. Nobody else is answered: whoever may ask is on this machine itself, or sends the token.

Behind a proxy everybody seems to come from this machine. So a request that was forwarded is not one of this machine's own, and once
there is a token everybody has to send it.
"""

from __future__ import annotations

import hmac
from ipaddress import ip_address

from flask import Blueprint, Response, request

from engine.kernel import environment
from engine.observation.metrics import exposition
from web.door import the_door
from web.errors import page
from web.visitor import own_keys

TEXT = "text/plain; version=0.0.4; charset=utf-8"
FORWARDED = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip")
pages = Blueprint("metrics", __name__)


@pages.get("/metrics")
@own_keys
def metrics() -> Response:
    """Return the metrics, to whoever may have them."""
    return Response(exposition(the_door()), content_type=TEXT) if _may_ask() else page(403)


def _may_ask() -> bool:
    token = environment.value("CHIDAO_METRICS_TOKEN")
    if token:
        kind, _, sent = request.headers.get("Authorization", "").partition(" ")
        return kind.lower() == "bearer" and hmac.compare_digest(sent.strip().encode(), token.encode())
    return not any(name in request.headers for name in FORWARDED) and _is_this_machine(request.remote_addr)


def _is_this_machine(address: str | None) -> bool:
    try:
        found = ip_address(address or "")
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return (mapped or found).is_loopback
