"""A task's form while it is filled in: what it offers, what stands in it, what was sent with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import request
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from engine.directives.task_files import StoreForTask
from engine.documents.limits import MAX_BYTES
from engine.tasks.choices import NO_CHOICES, Choices, FieldChoices
from engine.tasks.known import AGAIN
from engine.tasks.pages import TaskPage
from web.door import ask
from web.forms import digests_of, parse, problems_of, sources_of, with_file
from web.forms.shapes import resolved
from web.once import act

FILES = "file:"
MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What stands in the form. `problems`: JSON pointer → sentence; `choices`: what its fields offer."""

    data: Mapping[str, Any]
    choices: Choices
    problems: Mapping[str, str] = field(default_factory=dict)


def schema_of(page: TaskPage) -> Mapping[str, Any]:
    """Return the schema of the task's form; one without fields when it has none."""
    return page.form.schema if page.form else {"type": "object", "properties": {}}


def offered(page: TaskPage, data: Mapping[str, Any], *, facts: tuple[str, ...] = ()) -> Choices:
    """Return what the fields of the form offer; the database is asked only when they offer something."""
    sources, digests = sources_of(schema_of(page)), digests_of(data)
    if not sources and not digests and not facts:
        return NO_CHOICES
    found: Choices = ask(FieldChoices(task=page.id, sources=sources, digests=digests, facts=facts))
    return found


def begun(page: TaskPage) -> Filled:
    """Return the form as its person finds it: the draft, else what was handed in last time, else what is known already."""
    if page.draft:
        return Filled(data=page.draft.data, choices=offered(page, page.draft.data))
    parts = {name: resolved(part, schema_of(page)) for name, part in schema_of(page).get("properties", {}).items()}
    named = {name: part["x-from"] for name, part in parts.items() if "x-from" in part}
    again = (AGAIN,) if schema_of(page).get("x-again") else ()
    choices = offered(page, {}, facts=(*dict.fromkeys(named.values()), *again))
    if before := choices.known.get(AGAIN):
        return Filled(data=before, choices=offered(page, before))
    usual = {name: part["default"] for name, part in parts.items() if "default" in part}
    return Filled(data=usual | {name: choices.known[source] for name, source in named.items() if source in choices.known}, choices=choices)


def received(page: TaskPage, sent: MultiDict[str, str], *, blanks: bool) -> Filled:
    """Return the form as it was sent. `blanks`: keep empty rows, because somebody is still writing."""
    first, _unread = parse(schema_of(page), sent)
    choices = offered(page, first)
    data, unread = parse(schema_of(page), sent, choices=choices, blanks=blanks)
    return Filled(data=data, choices=choices, problems=unread)


def judged(page: TaskPage, filled: Filled) -> Filled:
    """Return the form with everything that is wrong with it."""
    if page.form is None:
        return filled
    return Filled(data=filled.data, choices=filled.choices, problems=problems_of(page.form, filled.data, filled.problems, choices=filled.choices))


def with_uploads(page: TaskPage, filled: Filled) -> Filled:
    """Store the files that came with the form, so that a form that is sent again carries them; a file that is too large is a problem."""
    data, problems, stored = dict(filled.data), dict(filled.problems), False
    for number, (name, file) in enumerate(request.files.items(multi=True)):
        place = name.removeprefix(FILES)
        if not name.startswith(FILES) or not file.filename:
            continue
        content = file.read()
        if not 0 < len(content) <= MAX_BYTES:
            problems[place] = _("The file %(name)s is empty or larger than %(most)d MB. Choose another one.", name=file.filename, most=MAX_BYTES // MEGABYTE)
            continue
        command = StoreForTask(task=page.id, name=file.filename[:200], media_type=file.mimetype or "application/octet-stream", content=content.hex())
        data, stored = with_file(data, schema_of(page), place, act(command, part=f"file{number}")["sha256"]), True
    choices = offered(page, data) if stored else filled.choices
    return Filled(data=data, choices=choices, problems=problems)


def places_with_files() -> list[str]:
    """Return the JSON pointers of the fields for which files were sent."""
    return [name.removeprefix(FILES) for name, file in request.files.items(multi=True) if name.startswith(FILES) and file.filename]


def own_names(page: TaskPage) -> tuple[str, ...]:
    """Return the names by which the form tells of the process (`"x-tells"`): sentences that were found wrong before, to be shown above it."""
    told = schema_of(page).get("x-tells", ())
    return tuple(str(each) for each in told) if isinstance(told, list) else ()


def told(page: TaskPage) -> list[str]:
    """Return what the process tells whoever does the task."""
    found: list[str] = []
    for name in own_names(page):
        value = page.context.get(name)
        found += [str(each) for each in (value if isinstance(value, list) else [value]) if isinstance(each, str) and each.strip()]
    return found

