"""What leaves the pages as files: letters, reports and registers to print, and the calendar that a program fetches."""

from web.printing.pages import pages

__all__ = ["pages"]
