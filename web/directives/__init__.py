"""Directives: the list, registering from a file, and the pages of one directive with its cascade."""

from __future__ import annotations

from web.directives import listing, panels, registering, standing
from web.directives.blueprint import pages

__all__ = ["listing", "pages", "panels", "registering", "standing"]
