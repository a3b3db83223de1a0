"""Trying a design: a process led step by step in memory, with the forms that staff see; its scenarios."""

from __future__ import annotations

from web.trying import scenarios
from web.trying.pages import pages

__all__ = ["pages", "scenarios"]
