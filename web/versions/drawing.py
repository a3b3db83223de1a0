"""What the script needs to draw one side or two, with its words in the reader's language."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _

from engine.definitions.sides import Compared
from web.versions import words
from web.versions.rows import marks


def drawn_together(found: Compared) -> dict[str, Any]:
    """Return both sides with the marks of what differs."""
    marked = marks(found.found, found.drawn)
    sides = [{"place": place, "xml": side.xml, "marks": marked[place]} for place, side in (("old", found.old), ("new", found.new)) if side.xml]
    return {"sides": sides, "said": _said()}


def drawn_alone(found: Compared) -> dict[str, Any]:
    """Return one side, without marks."""
    return {"sides": [{"place": "new", "xml": found.new.xml, "marks": {}}] if found.new.xml else [], "said": _said()}


def _said() -> dict[str, Any]:
    return {
        "closer": _("Closer"),
        "farther": _("Farther"),
        "whole": _("Whole"),
        "find": _("Show in the drawing"),
        "problem": _("The drawing cannot be shown. The table says the same."),
        "signs": {change: sign for change, (sign, _word) in words.CHANGES.items()},
    }
