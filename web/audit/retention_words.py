"""What a reader of the page of retention reads where the engine keeps a word of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _

STATES: Mapping[str, tuple[Any, str]] = {
    "open": (_("waits for a second person"), "watch"),
    "refused": (_("not agreed"), "quiet"),
    "done": (_("carried out"), "good"),
}
DONE: Mapping[str, Any] = {
    "class": _("The retention class was changed."),
    "hold": _("It is held back from now on."),
    "lift": _("The hold was lifted."),
    "dispose": _("The disposal was proposed. A second person decides."),
    "erase": _("The erasure was proposed. A second person decides."),
}


def done(what: str, answer: Mapping[str, Any]) -> str:
    """Return what to say after a form was done."""
    if what in DONE:
        return str(DONE[what])
    if answer.get("status") != "done":
        return str(gettext("The proposal was not agreed to. Nothing was taken away."))
    if what == "decide_disposal":
        return str(gettext("Disposed of: the content of %(records)d records and %(documents)d documents. Numbers, dates and proofs stay.", records=answer["records"], documents=answer["documents"]))
    return str(gettext("Erased. The values cannot be read any more, in copies neither."))


def about(row: Any) -> str:
    """Return what a hold is about."""
    if row.code:
        return str(gettext("Directive %(code)s with all below it", code=row.code))
    if row.person_name:
        return str(gettext("Whatever %(name)s took part in", name=row.person_name))
    return str(gettext("Whatever was done from %(first)s to %(last)s", first=_day(row.from_day), last=_day(row.to_day)))


def whose(row: Any) -> str:
    """Return what an erasure is about."""
    return str(gettext("Address of a person") if row.subject.startswith("person:") else gettext("What was typed into a form"))


def _day(iso: str) -> str:
    return "/".join(reversed(iso.split("-")))
