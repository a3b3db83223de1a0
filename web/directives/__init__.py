"""Directives: the list, registering from a file, and the pages of one directive with its cascade."""

from __future__ import annotations

from web.directives import listing, registering, standing
from web.directives.blueprint import pages
from web.directives.panels import OURS

__all__ = ["OURS", "listing", "pages", "registering", "standing"]
