"""Starting a process about a letter: a difficulty, an extension, an urge, a recall; and leading to its first task."""

from __future__ import annotations

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine.instances.commands import StartProcess
from engine.instances.startable import WhatCanStart
from engine.kernel.errors import Denied, EngineError, NotFound
from engine.tasks.pages import FirstTask
from web.door import ask
from web.language.sentences import in_words
from web.once import act


def starting(*, problem: str = "") -> str:
    """Show what the person may start, about a letter or about none."""
    directive = request.values.get("directive") or None
    return render_template("task/start.html", offered=ask(WhatCanStart(directive=directive)), directive=directive, problem=problem)


def start() -> Response | tuple[str, int]:
    """Start it, and lead to its first task."""
    fields = request.form
    command = StartProcess(process=fields.get("process", ""), organisation=fields.get("organisation", ""), directive=fields.get("directive") or None)
    try:
        instance = act(command)["instance"]
    except (Denied, NotFound):
        raise
    except EngineError as error:
        return starting(problem=in_words(error)), 409
    first = ask(FirstTask(instance=instance))
    if first:
        return redirect(url_for("task.show", task=first), 303)
    flash(_("It has begun. Whoever is to do its first task finds it in the list as soon as the system has prepared it."), "good")
    return redirect(url_for("case.show", instance=instance) if "case.show" in current_app.view_functions else url_for("tasks.inbox"), 303)
