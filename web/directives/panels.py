"""What this audience puts beside forms: what was given to do, whom a draft reaches, what is open with those to be urged, what a change touches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.directives.given_work import ShowGivenWork
from engine.directives.resolving import ResolveRecipients
from engine.directives.standing_parts import ShowChanges, ShowUrging
from engine.kernel.errors import NotFound
from web.directives.words import RECEIPTS
from web.door import ask
from web.task.panels import PANELS, About, Panel


def _codes(value: Any) -> tuple[str, ...]:
    """Return the codes in a field that may hold a list or a text of several lines."""
    if isinstance(value, str):
        return tuple(line.strip() for line in value.replace(",", "\n").splitlines() if line.strip())
    return tuple(str(each) for each in value) if isinstance(value, list) else ()


def recipients(about: About) -> Mapping[str, Any]:
    """Whom the chosen groups reach as of today."""
    return {"resolved": ask(ResolveRecipients(organisation=about.organisation, codes=_codes(about.data.get("recipient_groups"))))}


def work(about: About) -> Mapping[str, Any]:
    """What the assignment at hand is about: a letter may give one office several, and their tasks are called the same."""
    given = about.context.get("assignment")
    if about.directive is None or not isinstance(given, dict):
        return {"work": None}
    try:
        return {"work": ask(ShowGivenWork(directive=about.directive, assignment=str(given["id"])))}
    except NotFound:  # of an office that one enters for, and whose work one may not know otherwise
        return {"work": None}


def urging(about: About) -> Mapping[str, Any]:
    """With whom the directive is still open, and what."""
    return {"urging": ask(ShowUrging(directive=about.directive)) if about.directive else None, "receipts": RECEIPTS}


def change(about: About) -> Mapping[str, Any]:
    """What a change of the directive would touch."""
    return {"changes": ask(ShowChanges(directive=about.directive)) if about.directive else None}


OURS = {
    "work": Panel(template="directives/panel_work.html", load=work),
    "recipients": Panel(template="directives/panel_recipients.html", load=recipients),
    "urging": Panel(template="directives/panel_urging.html", load=urging),
    "change": Panel(template="directives/panel_change.html", load=change),
}
PANELS.update(OURS)
