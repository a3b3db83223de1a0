"""Forms on pages: any JSON Schema of a form as fields, and what was sent as its data. Works without scripts.

    problems = problems_of(form, *parse(form.schema, request.form, choices=choices), choices=choices)
    render(form.schema, data, problems=problems, choices=choices)

Data that is being typed is one tree (a draft): what could not be read stands in it as it was typed. Buttons inside the form are
named `do` (`add:/items`, `del:/items:2`, `up:/items:2`, `down:/items:2`): see `is_change`, `changed`. Files are sent under
`file:/pointer`; store them and put their digest into the data with `with_file`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, render_template
from markupsafe import Markup

from engine.tasks.choices import NO_CHOICES, Choices
from web.forms.drawing import Drawer, Field
from web.forms.explain import place_of, problems_of
from web.forms.reading import parse
from web.forms.rows import changed, is_change, with_file
from web.forms.shapes import digests_of, identity, sources_of

__all__ = ["changed", "digests_of", "identity", "is_change", "pages", "parse", "place_of", "problems_of", "render", "render_read_only", "sources_of", "with_file"]

pages = Blueprint("forms", __name__, template_folder="templates")


def render(schema: Mapping[str, Any], data: Mapping[str, Any], *, problems: Mapping[str, str] | None = None, choices: Choices = NO_CHOICES) -> Markup:
    """Return the fields of a form, without the form element around them; before them the summary of what is wrong, with links.

    `problems`: JSON pointer → sentence; the empty pointer is the whole form. `choices`: the answer to `FieldChoices`.
    """
    told = dict(problems or {})
    fields = _fields(schema, data, told, choices)
    return Markup(render_template("forms/form.html", fields=fields, summary=list(_summary(told, fields))))  # noqa: S704  escaped by the template


def render_read_only(schema: Mapping[str, Any], data: Mapping[str, Any], *, choices: Choices = NO_CHOICES) -> Markup:
    """Return what stands in a form, to be read and copied: fields in which nothing stands are left out."""
    return Markup(render_template("forms/read.html", fields=_fields(schema, data, {}, choices)))  # noqa: S704  escaped by the template


def _fields(schema: Mapping[str, Any], data: Mapping[str, Any], problems: Mapping[str, str], choices: Choices) -> tuple[Field, ...]:
    return Drawer(root=schema, choices=choices, problems=problems).group(schema, data, "")


def _summary(problems: Mapping[str, str], fields: tuple[Field, ...]) -> list[tuple[str, str, str]]:
    """Return (id of the field or "", its name, sentence), in the order of the page; what has no field comes first."""
    places = dict(_places(fields, ()))
    shown = [(identity(place), places[place], problems[place]) for place in places if place in problems]
    return [("", "", sentence) for place, sentence in problems.items() if place not in places] + shown


def _places(fields: tuple[Field, ...], above: tuple[str, ...]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for each in fields:
        found.append((each.place, " – ".join((*above, each.label))))
        found += _places((*each.fields, *each.rows), (*above, each.label))
    return found
