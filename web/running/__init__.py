"""Seeing a process run: counts on its diagram, where time is spent, which ways are taken, and the cases behind each figure."""

from __future__ import annotations

from web.running.pages import pages

__all__ = ["pages"]
