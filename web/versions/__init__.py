"""Versions: which a process has, two beside each other on the drawing, what is said of elements, deployments, running cases moved on."""

from __future__ import annotations

from web.versions import comparing, deploying, history, merging, migrating, proposals, remarks, withdrawing
from web.versions.blueprint import pages

__all__ = ["comparing", "deploying", "history", "merging", "migrating", "pages", "proposals", "remarks", "withdrawing"]
