"""What is wrong with a form, in the reader's language: one sentence for each keyword of JSON Schema, said here and nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from engine.definitions.forms import Form, Problem
from engine.tasks.choices import NO_CHOICES, Choices
from web.forms.shapes import PERIOD, Schema, pointer, resolved, shape_of
from web.forms.written import show_integer

Problems = dict[str, str]


def problems_of(form: Form, data: Mapping[str, Any], unread: Mapping[str, str] | None = None, *, choices: Choices = NO_CHOICES) -> Problems:
    """Return what is wrong with the data: JSON pointer → sentence. `unread`: what `parse` could not read, which comes first.

    The judgement is the engine's own (`Form.problems`, the same as `Form.validate`); only the words are ours.
    """
    found: Problems = dict(unread or {})
    for problem in form.problems(data):
        found.setdefault(place_of(problem.path), explain(problem, form.schema, choices))
    return found


def place_of(path: tuple[str | int, ...]) -> str:
    """Return the JSON pointer of a path."""
    place = ""
    for step in path:
        place = pointer(place, step)
    return place


def part_at(schema: Schema, path: tuple[str | int, ...]) -> Schema:
    """Return the part of a schema that says what stands at a path; empty when none does."""
    here: Any = schema
    for step in path:
        here = resolved(here, schema)
        branches = [resolved(each, schema) for each in here.get("anyOf", ())]
        here = next((each for each in branches if each.get("properties")), here)
        inside = here.get("items", {}) if isinstance(step, int) else here.get("properties", {}).get(step, here.get("additionalProperties"))
        here = inside if isinstance(inside, dict) else {}
    return resolved(here, schema)


def explain(problem: Problem, schema: Schema, choices: Choices = NO_CHOICES) -> str:
    """Return the sentence for one problem."""
    part = part_at(schema, problem.path)
    if problem.keyword == "required" or (problem.keyword in EMPTY and (problem.wanted == 1 or not problem.found)):
        return _missing(part, schema, choices)
    said = SENTENCES.get(problem.keyword)
    return str(said(part, problem) if said else _("What stands here does not fit the rest of the form. Check it."))


def _missing(part: Schema, schema: Schema, choices: Choices) -> str:
    match shape_of(part, schema, choices).kind:
        case "radios" | "select" | "answer" | "fixed":
            said = _("Choose one.")
        case "checks":
            said = _("Choose at least one.")
        case "rows" | "lines":
            said = _("Enter at least one.")
        case "file" | "files":
            said = _("Choose a file.")
        case "day":
            said = _("Enter the day.")
        case _other:
            said = _("Fill this in.")
    return str(said)


def _form(_part: Schema, problem: Problem) -> Any:
    wanted = problem.wanted if isinstance(problem.wanted, list) else [problem.wanted]
    if problem.found is None or problem.found == "":
        return _("Fill this in.")
    if "date" in wanted:
        return _("Write the day as day/month/year, for example 15/04/2024.")
    if "email" in wanted:
        return _("Write an e-mail address, for example van.thu@example.vn.")
    if "date-time" in wanted:
        return _("Write the moment with its zone, for example 2024-04-15T08:00:00+07:00.")
    if "integer" in wanted:
        return _("Write a whole number, for example 1.250.000.")
    return _("What stands here does not fit the rest of the form. Check it.")


def _pattern(part: Schema, _problem: Problem) -> Any:
    if part.get("x-pattern"):
        return part["x-pattern"]
    if part.get("x-widget") == PERIOD:
        return _("Write the period as 04/2024, Q2/2024 or W16/2024.")
    return _("This is not written as it is asked for (%(pattern)s).", pattern=part.get("pattern", ""))


def _unknown(part: Schema, problem: Problem) -> Any:
    known = part.get("properties", {})
    names = [str(name) for name in problem.found if name not in known][:5] if isinstance(problem.found, dict) else []
    return _("This form does not ask for: %(names)s. Leave it out.", names=", ".join(names))


def _longest(_part: Schema, problem: Problem) -> Any:
    return _("Write at most %(most)s characters; there are %(found)s now.", most=show_integer(problem.wanted), found=show_integer(len(problem.found)))


def _offered(_part: Schema, _problem: Problem) -> Any:
    return _("Choose one of the choices that are offered.")


EMPTY = frozenset({"minLength", "minItems"})  # keywords that an empty field offends
SENTENCES: Mapping[str, Callable[[Schema, Problem], Any]] = {
    "minLength": lambda _part, problem: ngettext("Write at least %(num)d character.", "Write at least %(num)d characters.", problem.wanted),
    "maxLength": _longest,
    "minItems": lambda _part, problem: ngettext("Enter at least %(num)d entry.", "Enter at least %(num)d entries.", problem.wanted),
    "maxItems": lambda _part, problem: ngettext("Enter at most %(num)d entry.", "Enter at most %(num)d entries.", problem.wanted),
    "uniqueItems": lambda _part, _problem: _("Something stands here twice. Leave one of them."),
    "minimum": lambda _part, problem: _("Enter a number from %(bound)s up.", bound=show_integer(problem.wanted)),
    "maximum": lambda _part, problem: _("Enter a number up to %(bound)s.", bound=show_integer(problem.wanted)),
    "exclusiveMinimum": lambda _part, problem: _("Enter a number above %(bound)s.", bound=show_integer(problem.wanted)),
    "exclusiveMaximum": lambda _part, problem: _("Enter a number below %(bound)s.", bound=show_integer(problem.wanted)),
    "multipleOf": lambda _part, problem: _("Enter a multiple of %(bound)s.", bound=show_integer(problem.wanted)),
    "type": _form,
    "format": _form,
    "pattern": _pattern,
    "enum": _offered,
    "oneOf": _offered,
    "const": _offered,
    "anyOf": _offered,
    "additionalProperties": _unknown,
    "unevaluatedProperties": _unknown,
    "storable": lambda _part, _problem: _("There is a character here that cannot be kept. Write it anew."),
}
