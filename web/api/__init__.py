"""The same operations for programs: every command and query of the door under /api/v1, described by OpenAPI 3.1."""

from __future__ import annotations

from web.api.pages import pages

__all__ = ["pages"]
