"""What was sent from the page of a trial: the steps so far, and what a button asks for as the next step."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import request
from flask_babel import gettext as _

from engine.definitions.dry_run_scenario import read_json, read_scenario
from engine.definitions.trial_pages import Trial, Waiting
from engine.kernel.errors import InvalidInput
from engine.tasks.choices import Choice, Choices
from web.forms import digests_of, parse, problems_of, with_file
from web.forms.shapes import Schema, resolved
from web.forms.written import NotRead, read_day
from web.task.filling import FILES
from web.trying.asking import Asked, Given, given, together

NO_FIELDS: Mapping[str, Any] = {"type": "object", "properties": {}}
ANSWERED = ("operation", "message", "signal")
SAMPLES = 3  # figures of a form for which the installation's register would name them
_MOMENT = re.compile(r"(?P<day>\S+)(?:\s+(?P<hour>\d{1,2})[:h](?P<minute>\d{2}))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What stands in the form that is open: `data` of its fields, and `text` beside them as JSON. `problems`: JSON pointer → sentence."""

    data: Mapping[str, Any] = field(default_factory=dict)
    text: str = ""
    key: str = ""
    error: str = ""
    problems: Mapping[str, str] = field(default_factory=dict)


def sent_scenario() -> dict[str, Any]:
    """Return the steps so far. Raises InvalidInput for what is no scenario."""
    plain = read_json(request.form.get("scenario", "").encode("utf-8", "replace"), _("the steps of the trial"))
    read_scenario(plain)
    return {**plain, "steps": list(plain.get("steps", []))}


def sent_moment(name: str) -> str:
    """Return a moment that is written as day/month/year, with or without hour:minute, as a scenario says it. Raises InvalidInput."""
    text = request.form.get(name, "").strip()
    found = _MOMENT.fullmatch(text)
    try:
        day = read_day(found["day"] if found else text)
    except NotRead as problem:
        raise InvalidInput(str(problem)) from None
    if found is None or found["hour"] is None:
        return day
    if int(found["hour"]) > 23 or int(found["minute"]) > 59:
        raise InvalidInput(_("Write the time as hour:minute, for example 15/04/2024 08:30."))
    return f"{day}T{int(found['hour']):02d}:{found['minute']}"


def opened(trial: Trial) -> Waiting | None:
    """Return what is open for an answer: what was chosen, else the first that waits for a person, an operation or a message."""
    wanted = request.form.get("open", "")
    do = request.form.get("do", "")
    if do.startswith("open:"):
        wanted = do.removeprefix("open:")
    for each in trial.waiting:
        if handle(each) == wanted:
            return each
    kinds = ("user", *ANSWERED)
    able = [each for each in trial.waiting if each.kind in kinds]
    return min(able, key=lambda each: kinds.index(each.kind), default=None)


def handle(waiting: Waiting) -> str:
    """Return by what a button names something that waits."""
    return f"{waiting.kind}:{waiting.index}:{waiting.element}"


def schema_of(trial: Trial, waiting: Waiting) -> Mapping[str, Any]:
    """Return the schema of a task's form; one without fields when it has none."""
    form = trial.forms.get(str(waiting.says.get("form", "")))
    return form.schema if form else NO_FIELDS


def offered(schema: Schema, data: Mapping[str, Any]) -> Choices:
    """Return what stands in for an installation: figures without a register get samples, files are called by what they are.

    People, organisations and letters, which staff choose from lists, are typed: a design knows no installation.
    """
    figures = tuple(
        Choice(value=f"mau_{number}", label=_("Sample figure %(number)s", number=number), kind="integer")
        for number in range(1, SAMPLES + 1)
    )
    files = {digest: _("a sample file") for digest in digests_of(data)}
    return Choices(by_source=dict.fromkeys(_figure_sources(schema, schema), figures), files=files)


def begun(schema: Schema) -> Filled:
    """Return a form as its person finds it, without what an installation would know."""
    parts = {name: resolved(part, schema) for name, part in schema.get("properties", {}).items()}
    return Filled(data={name: part["default"] for name, part in parts.items() if "default" in part})


def received(schema: Schema, *, blanks: bool) -> Filled:
    """Return a form as it was sent. A file is not stored: it counts as its digest. `blanks`: keep empty rows."""
    choices = offered(schema, {})
    data, unread = parse(schema, request.form, choices=choices, blanks=blanks)
    for name, file in request.files.items(multi=True):
        if name.startswith(FILES) and file.filename:
            data = with_file(data, schema, name.removeprefix(FILES), hashlib.sha256(file.read()).hexdigest())
    return Filled(data=data, problems=unread)


def judged(trial: Trial, waiting: Waiting, filled: Filled) -> Filled:
    """Return the form with everything that is wrong with it, as staff would be told."""
    form = trial.forms.get(str(waiting.says.get("form", "")))
    if form is None:
        return filled
    return Filled(data=filled.data, problems=problems_of(form, filled.data, filled.problems, choices=offered(form.schema, filled.data)))


def handed_in(trial: Trial, waiting: Waiting, filled: Filled) -> dict[str, Any]:
    """Return the step by which a person does a task: with what the form hands to the process, no more."""
    form = trial.forms.get(str(waiting.says.get("form", "")))
    data = form.route(filled.data) if form else {}
    return {"complete": waiting.element, **({"with": data} if data else {}), **_which(waiting)}


def asked_of(trial: Trial, waiting: Waiting) -> Asked:
    """Return what is asked for to answer an operation, or to let a message or a signal come."""
    return Asked(proposed=waiting.proposed, pieces=trial.pieces, keeps=waiting.kind == "operation")


def answered(trial: Trial, waiting: Waiting, filled: Filled) -> dict[str, Any]:
    """Return the step that answers an operation or brings a message or a signal. Raises InvalidInput for data that are none."""
    data = together(asked_of(trial, waiting), Given(data=filled.data, text=filled.text), _("the data"))
    given = {"with": data} if data else {}
    if waiting.kind == "operation":
        return {"complete": waiting.element, **given, **_which(waiting)}
    name = str(waiting.says.get(waiting.kind) or waiting.says["name"])
    if waiting.kind == "signal":
        return {"signal": name, **given}
    key = request.form.get("key", "").strip()
    return {"message": name, **({"key": key} if key else {}), **given}


def failed(waiting: Waiting) -> dict[str, Any]:
    """Return the step by which a task or an operation fails with an error, which an error event catches."""
    return {"fail": waiting.element, "error": request.form.get("error", "").strip(), **_which(waiting)}


def chosen(do: str) -> dict[str, Any]:
    """Return the step that takes a way: `choose:<which>:<flow>`."""
    _verb, index, flow = do.split(":", 2) if do.count(":") >= 2 else ("", "1", "")
    return {"choose": flow, **({"index": int(index)} if index.isdecimal() and int(index) > 1 else {})}


def typed(trial: Trial, waiting: Waiting | None, do: str) -> Filled:
    """Return what was typed, to be taken or shown again; fields of a person's form are read by `received`."""
    key, error = request.form.get("key", ""), request.form.get("error", "")
    if waiting is None or waiting.kind not in ANSWERED:
        return Filled(key=key, error=error)
    found = given(asked_of(trial, waiting), do=do)
    return Filled(data=found.data, text=found.text, key=key, error=error, problems=found.problems)


def _which(waiting: Waiting) -> dict[str, int]:
    return {"index": waiting.index} if waiting.index > 1 else {}


def _figure_sources(part: Any, root: Schema) -> list[str]:
    """Return the sources that name figures: objects whose names are not in the form."""
    here = resolved(part, root)
    found = [str(here["x-source"])] if "x-source" in here and isinstance(here.get("additionalProperties"), dict) else []
    inside = [*here.get("properties", {}).values(), *([here["items"]] if "items" in here else []), *here.get("anyOf", ())]
    return [*found, *(name for each in inside if isinstance(each, dict) for name in _figure_sources(each, root))]
