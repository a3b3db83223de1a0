"""How large a document may be, and the one sentence that refuses a file."""

from __future__ import annotations

from engine.kernel.errors import InvalidInput

MAX_BYTES = 20 * 1024 * 1024
MAX_UNPACKED = 100 * 1024 * 1024
MAX_XML = 30 * 1024 * 1024
MAX_ENTRIES = 2_000
MAX_CHARACTERS = 500_000
MAX_PAGES = 500
MAX_SCANNED_PAGES = 40


def refusal(name: str, message: str) -> InvalidInput:
    """Make the error for one file; the message says what was expected and what was found."""
    return InvalidInput(message, file=name)
