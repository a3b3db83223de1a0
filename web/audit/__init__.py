"""The auditor's pages: how the history is kept from being changed, what stands in it, what is unusual there, and what is taken out of it."""

from __future__ import annotations

from web.audit import cascade, exceptions, knowledge, purpose, replay, timeline
from web.audit import exports as taking_out
from web.audit import pages as verifying
from web.audit.blueprint import pages

__all__ = ["cascade", "exceptions", "knowledge", "pages", "purpose", "replay", "taking_out", "timeline", "verifying"]
