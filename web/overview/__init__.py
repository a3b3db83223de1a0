"""The page of those who lead a unit or consolidate its reports: what is late, what soon will be, and urging."""

from __future__ import annotations

from web.overview.pages import pages

__all__ = ["pages"]
