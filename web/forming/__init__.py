"""The editor of forms: the fields of a JSON Schema as a list, one of them as controls, and beside them the form as staff see it."""

from __future__ import annotations

from web.forming import making
from web.forming.pages import pages

__all__ = ["making", "pages"]
