"""The places of the bar: each for whom it is, in the order in which people meet them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, g, request
from flask_babel import lazy_gettext as _

DESIGNING = frozenset({"exchange", "forming", "running", "tabling", "trying", "versions"})
STAFF = frozenset({"leader", "clerk", "consolidator", "specialist", "office_head", "standing_board"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A place of the bar. `endpoint` begins with the name of its blueprint; `roles` None: for everybody; `also`: further blueprints that belong to it."""

    endpoint: str
    label: Any
    roles: frozenset[str] | None = None
    also: frozenset[str] = frozenset()

    @property
    def rooms(self) -> frozenset[str]:
        """The blueprints whose pages belong to this place."""
        return self.also | {self.endpoint.partition(".")[0]}


ENTRIES = (
    Entry(endpoint="tasks.inbox", label=_("My work")),
    Entry(endpoint="directives.index", label=_("Directives"), roles=STAFF | {"auditor"}),
    Entry(endpoint="reports.index", label=_("Reports"), roles=STAFF | {"auditor"}),
    Entry(endpoint="overview.index", label=_("Overview"), roles=frozenset({"leader", "consolidator", "office_head", "standing_board"})),
    Entry(endpoint="finding.index", label=_("Search"), roles=STAFF | {"auditor"}),
    Entry(endpoint="workbench.index", label=_("Processes"), roles=frozenset({"process_designer", "admin", "auditor"}), also=DESIGNING),
    Entry(endpoint="audit.index", label=_("Audit"), roles=frozenset({"auditor", "admin"})),
    Entry(endpoint="admin.index", label=_("Administration"), roles=frozenset({"admin"})),
)


def install(app: Flask) -> None:
    """Give templates `places()`: the entries of whoever is here, each with whether it is the present one."""
    app.jinja_env.globals["places"] = places


def places() -> list[tuple[Entry, bool]]:
    """Return the entries that this visitor sees, each with whether the page belongs to it."""
    visitor = g.get("visitor")
    if visitor is None:
        return []
    here = (request.endpoint or "").partition(".")[0]
    mine = [each for each in ENTRIES if each.endpoint in current_app.view_functions and (each.roles is None or each.roles & visitor.roles)]
    return [(each, here in each.rooms) for each in mine]
