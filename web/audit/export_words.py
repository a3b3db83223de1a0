"""What a reader of the exports reads where the engine keeps a word of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _

FORMATS: Mapping[str, tuple[Any, Any]] = {
    "csv": (_("Table (CSV)"), _("A line for each record; Excel opens it. Where Excel puts all of a line into one column: Data, From Text/CSV.")),
    "ocel": (_("OCEL 2.0 (JSON)"), _("Every event with all its objects and their values over time, for programs that mine processes.")),
    "xes": (_("XES (XML)"), _("A trace for each directive with everything beneath it, for programs that mine processes; IEEE 1849-2023.")),
    "prov": (_("PROV-JSON"), _("Who made what from what, down to the report from which a figure came; W3C PROV.")),
}


def what(form: str) -> Any:
    """Return what a format is called."""
    return FORMATS[form][0] if form in FORMATS else form
