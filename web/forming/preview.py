"""The form as staff see it, drawn by the same renderer: with samples in the place of what an installation would offer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from markupsafe import Markup

from engine.tasks.choices import Choice, Choices
from web.forming.kinds import SOURCES, inside, kind_of
from web.forms import render, sources_of
from web.forms.shapes import Schema

SAMPLES = 2


def preview(root: Mapping[str, Any]) -> Markup | None:
    """Return the fields of a form; None of one that cannot be drawn, because a keyword of ours holds something else than forms of staff have."""
    try:
        return render(root, begun(root), choices=samples(root))
    except (AttributeError, KeyError, TypeError, ValueError):  # the schema is valid JSON Schema, but "x-when": 5 is nothing to draw
        return None


def samples(root: Schema) -> Choices:
    """Return choices for every source that a form names, called by what they stand for."""
    return Choices(by_source={source: tuple(_sample(source, number) for number in range(1, SAMPLES + 1)) for source in sources_of(root)})


def _sample(source: str, number: int) -> Choice:
    label = _("%(what)s: sample %(number)s", what=SOURCES.get(source, source), number=number)
    return Choice(value=f"sample_{number}", label=label[:1].upper() + label[1:], kind="integer" if source == "indicators" else "")


def begun(holder: Schema) -> dict[str, Any]:
    """Return the data of a form that somebody has just opened: what it begins with, and one row of each repeating group."""
    data: dict[str, Any] = {}
    for key, part in holder.get("properties", {}).items():
        held = inside(part)
        if isinstance(part, dict) and "default" in part:
            data[key] = part["default"]
        elif held is not None:
            data[key] = [begun(held)] if kind_of(part) == "rows" else begun(held)
    return data
