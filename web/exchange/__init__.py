"""Process files that come and go: files of other tools taken into a design, what runs as files, pictures of a diagram."""

from __future__ import annotations

from web.exchange import bringing, taking_out
from web.exchange.blueprint import pages

__all__ = ["bringing", "pages", "taking_out"]
