"""E-mail addresses as mail servers everywhere accept them: the dot-atom of RFC 5321 4.1.2 in ASCII, without quotes and comments.

What is accepted holds no space, no line break and no character that a header or a mail command gives a meaning to.
"""

from __future__ import annotations

import re

from engine.kernel.errors import InvalidInput

MAX_ADDRESS, MAX_LOCAL = 254, 64  # RFC 5321 4.5.3.1
_LOCAL = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"({_LOCAL})@({_LABEL}(?:\.{_LABEL})*)")
_IN_TEXT = re.compile(r"[^\s<>,;:\"()\[\]]+@[^\s<>,;:\"()\[\]]+")


def email_address(text: object) -> str:
    """Return an address without the blanks around it. Raises InvalidInput."""
    found = text.strip() if isinstance(text, str) else ""
    match = _ADDRESS.fullmatch(found)
    if match is None or len(found) > MAX_ADDRESS or len(match[1]) > MAX_LOCAL:
        raise InvalidInput(f"Expected an e-mail address such as van.thu@example.vn, but found {str(text)[:80]!r}. Correct it.")
    return found


def without_addresses(text: str) -> str:
    """Return a text in which no e-mail address can be read: what a mail server says goes to the history, which is for ever."""
    return _IN_TEXT.sub("…", text)
