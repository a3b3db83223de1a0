"""Administration: organisations, people, accounts, calendars, settings, and what has failed. Never what stands in a task or report."""

from __future__ import annotations

from web.admin import (
    calendar,
    departures,
    effects,
    groups,
    incidents,
    indicator_sets,
    installation,
    mergers,
    organisations,
    people,
    posts,
    proposals,
    regimes,
    registers,
    substitutions,
)
from web.admin.blueprint import pages

__all__ = [
    "calendar",
    "departures",
    "effects",
    "groups",
    "incidents",
    "indicator_sets",
    "installation",
    "mergers",
    "organisations",
    "pages",
    "people",
    "posts",
    "proposals",
    "regimes",
    "registers",
    "substitutions",
]
