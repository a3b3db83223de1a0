"""Coming in and going out: signing in, the language, one's own account."""

from __future__ import annotations

from web.entry import account, openid, password
from web.entry.pages import pages

__all__ = ["account", "openid", "pages", "password"]
