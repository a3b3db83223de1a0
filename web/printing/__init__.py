"""What leaves the pages as files: letters, reports and registers to print, the calendar that a program fetches; and who wants the morning mail."""

from web.printing import mail
from web.printing.pages import pages

__all__ = ["mail", "pages"]
