"""Decision tables of a design: drawn with dmn-js, or read as a plain table and changed as text."""

from __future__ import annotations

from web.tabling.pages import pages

__all__ = ["pages"]
