"""The engine's door, for the pages: whatever they show they ask there, whatever they change they send there."""

from __future__ import annotations

from typing import Any, cast

from flask import current_app, g

from engine.door import Door

EXTENSION = "chidao_door"


def the_door() -> Door:
    """Return the door of the application that answers this request."""
    return cast("Door", current_app.extensions[EXTENSION])


def ask(query: Any) -> Any:
    """Return the answer to a query of the visitor's. Raises Denied when it is not theirs to know."""
    return the_door().ask(query, g.visitor.actor)
