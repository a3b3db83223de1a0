"""The auditor's pages: how the history is kept from being changed, what stands in it, what is unusual there, and what is taken out of it."""

from __future__ import annotations

from web.audit import cascade, dossier, exceptions, knowledge, purpose, replay, retention, timeline
from web.audit import exports as taking_out
from web.audit import pages as verifying
from web.audit.blueprint import pages

__all__ = ["cascade", "dossier", "exceptions", "knowledge", "pages", "purpose", "replay", "retention", "taking_out", "timeline", "verifying"]
