"""For whoever watches over the processes: does this one live, and can the installation do its work?"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Blueprint

from engine.observation.readiness import readiness
from web.door import the_door
from web.visitor import own_keys

pages = Blueprint("health", __name__, url_prefix="/health")


@pages.get("/live")
@own_keys
def live() -> dict[str, Any]:
    """Say that this process answers. It asks nobody else: a database that is down is no reason to start the process again."""
    return {"live": True}


@pages.get("/ready")
@own_keys
def ready() -> tuple[dict[str, Any], int]:
    """Say whether work gets done here, with each check and its sentence."""
    checks = readiness(the_door())
    whole = all(check.ok or not check.needed for check in checks.values())
    return {"ready": whole, "checks": {name: asdict(check) for name, check in checks.items()}}, 200 if whole else 503
