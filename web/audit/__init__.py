"""The auditor's pages: how the history is kept from being changed, and what the last checks of it found."""

from __future__ import annotations

from web.audit.pages import pages

__all__ = ["pages"]
