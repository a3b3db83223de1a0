"""The receipt for a task that was done, in words: which record tells of it. Whoever notes it down can compare it with the history later."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _


def receipt_in_words(answer: Mapping[str, Any]) -> str:
    """Return the sentence of the receipt in a command's answer; nothing where there is none."""
    found = answer.get("receipt")
    return str(_("Receipt: record %(number)s, code %(hash)s.", number=found["record"], hash=found["hash"])) if found else ""
