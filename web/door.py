"""The engine's door, for the pages: whatever they show they ask there, whatever they change they send there."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, cast

from flask import current_app, g, request

from engine.access.places import PLACES
from engine.door import Door

EXTENSION = "chidao_door"
LOOKING = ("GET", "HEAD")


def the_door() -> Door:
    """Return the door of the application that answers this request."""
    return cast("Door", current_app.extensions[EXTENSION])


def ask(query: Any) -> Any:
    """Return the answer to a query of the visitor's. Raises Denied when it is not theirs to know.

    The questions of one page share what they read of who asks and of its task; where something may be changed, nothing is shared.
    """
    return the_door().ask(query, g.visitor.actor, common=_read_for_this_page() if request.method in LOOKING else None)


def _read_for_this_page() -> dict[Hashable, Any]:
    if "read" not in g:
        g.read = {(PLACES, g.visitor.person): g.visitor.places}
    return cast("dict[Hashable, Any]", g.read)
