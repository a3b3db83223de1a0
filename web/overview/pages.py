"""How the work of a unit and of those below it stands."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request

from engine.access.places import Place
from engine.audit.overview import DRAFTS, Overview
from engine.instances.assigning import GIVERS
from web.door import ask
from web.visitor import the_visitor

pages = Blueprint("overview", __name__, template_folder="templates")
LEADING = frozenset({"leader", "consolidator", "office_head", "standing_board"})


@pages.get("/overview")
def index() -> str:
    """Show the unit of the address, else the first one that the person leads or consolidates for."""
    own = {place.organisation: place for place in _led()}
    unit = request.args.get("unit") or next(iter(own), None) or next(iter(the_visitor().units), None)  # who leads none is denied by the door, which records it
    if unit is None:
        abort(403)
    standing = ask(Overview(organisation=unit))
    roles = frozenset(role for place in the_visitor().places if place.organisation == unit for role in place.roles)
    may_urge = standing.urging is not None and bool(standing.urging[1] & roles)
    urging = {"may_urge": may_urge and (DRAFTS in roles or standing.drafts), "drafts_it": DRAFTS in roles}
    return render_template("overview/index.html", standing=standing, own=own, **urging, may_see_colleagues=bool(roles & GIVERS), home=next(iter(own), None))


def _led() -> list[Place]:
    return [place for place in the_visitor().places if place.roles & LEADING]
