"""The designer's workbench: what is in force, designs, the editor of diagrams, and what is wrong as one draws."""

from __future__ import annotations

from web.workbench import diagram, new_file
from web.workbench.pages import pages

__all__ = ["diagram", "new_file", "pages"]
