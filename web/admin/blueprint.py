"""The blueprint of administration, and the list of its pages that stands on each of them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request
from flask_babel import lazy_gettext as _

from web.admin import words
from web.forms.written import day_or_none
from web.language.words import today
from web.visitor import the_visitor

pages = Blueprint("admin", __name__, url_prefix="/admin", template_folder="templates")
SECTIONS: tuple[tuple[str, Any], ...] = (
    ("admin.index", _("Today")),
    ("admin.organisations", _("Organisations")),
    ("admin.people", _("People and accounts")),
    ("admin.substitutions", _("Substitutions")),
    ("admin.calendar", _("Working calendar")),
    ("admin.regimes", _("Due days of reports")),
    ("admin.indicator_sets", _("Sets of indicators")),
    ("admin.registers", _("Registers of numbers")),
    ("admin.settings", _("Settings")),
    ("admin.incidents", _("Incidents")),
    ("admin.effects", _("E-mail and webhooks")),
    ("admin.health", _("Health")),
)
PAGE = 50


@pages.context_processor
def everywhere() -> dict[str, Any]:
    """Return what every page of administration may name."""
    mine = SECTIONS if "admin" in the_visitor().roles else tuple(each for each in SECTIONS if each[0] == "admin.substitutions")
    return {"sections": mine, "words": words, "page_size": PAGE}


def page_number() -> int:
    """Return the page of a list that the address asks for: 1 when it asks for none."""
    text = request.args.get("page", "1")
    return max(1, int(text)) if text.isdecimal() and len(text) < 6 else 1


def day_asked() -> str:
    """Return the day as of which a page is asked for (ISO): today when the address says none that is a day."""
    return day_or_none(request.args.get("day", "")) or today().isoformat()
