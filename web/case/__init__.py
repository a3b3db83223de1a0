"""A case: where it stands in its diagrams, who did what and why; what stands beside a task; stored files and what they say."""

from __future__ import annotations

from web.case.beside import beside
from web.case.pages import pages

__all__ = ["beside", "pages"]
