"""The task page: what is asked, the form, and what stands beside it."""

from __future__ import annotations

from web.task.pages import pages
from web.task.starting import start, starting

__all__ = ["pages"]

pages.add_url_rule("/start", "starting", starting)
pages.add_url_rule("/start", "start", start, methods=["POST"])
