"""The first page. Until the pages of staff are built it says honestly what runs here and what does not."""

from __future__ import annotations

from flask import Blueprint, current_app, render_template

from engine.observation.readiness import readiness
from web.door import the_door

pages = Blueprint("home", __name__)


@pages.get("/")
def home() -> str:
    """Say what runs."""
    checks = readiness(the_door())
    return render_template("home.html", ok={name: check.ok for name, check in checks.items()}, demo=current_app.config["DEMO"])
