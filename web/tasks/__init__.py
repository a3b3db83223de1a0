"""My work: the lists from which people open their tasks, and what they do with several of them."""

from __future__ import annotations

from web.tasks import several, together
from web.tasks.pages import pages

__all__ = ["pages", "several", "together"]
