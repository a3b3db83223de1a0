"""Finding documents, tasks, reports and comments by words."""

from __future__ import annotations

from web.finding.pages import pages

__all__ = ["pages"]
