"""What the editor of decision tables says: the script gets these words with the page. A word in braces is filled in by the script."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _

from web.workbench.diagram_words import KEEPING, PROBLEMS

SAID: Mapping[str, Any] = {
    **KEEPING,
    **PROBLEMS,
    "not_drawn": _("This table cannot be drawn. Mend it as text; the lines are named below."),
    "not_this_edition": _("Only a file of DMN 1.3 with one decision table and nothing beside it can be drawn; others run, and are changed as text."),
    "rule": _("rule {number}"),
    "no_table": _("There is no decision table in the file."),
}
POLICIES: Mapping[str, Any] = {
    "UNIQUE": _("exactly one rule fits"),
    "FIRST": _("the first rule that fits counts"),
    "ANY": _("several may fit when they say the same"),
    "PRIORITY": _("of those that fit, the one of the highest priority counts"),
    "COLLECT": _("all rules that fit count, as a list or a sum"),
    "RULE ORDER": _("all rules that fit count, in their order"),
    "OUTPUT ORDER": _("all rules that fit count, by their priority"),
}
