"""The auditor's pages: how the history is kept from being changed, what stands in it, and what is unusual there."""

from __future__ import annotations

from web.audit import pages as verifying
from web.audit.blueprint import pages

__all__ = ["pages", "verifying"]
