"""Reports: what is owed and what was submitted, consolidations, figures down to their leaves, the registers."""

from web.reports import panels
from web.reports.pages import pages

__all__ = ["pages", "panels"]
