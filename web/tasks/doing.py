"""The same done to several tasks: each by itself, so that one that is refused keeps none of the others back."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template
from flask_babel import ngettext
from werkzeug.wrappers import Response

from engine.kernel.errors import EngineError
from engine.tasks.list_rows import Item
from web.language.sentences import in_words
from web.once import act


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one task; `problem`: why nothing did, for people."""

    item: Item
    problem: str | None


def do_each(items: Iterable[Item], command: Callable[[str], Any]) -> list[Outcome]:
    """Do to each task what `command` makes of its id, each under a part of the form's key."""
    return [Outcome(item=item, problem=_done(command(item.task), item.task)) for item in items]


def told(outcomes: list[Outcome], *, back: str, onward: str | None = None, kept: bool = False) -> Response | tuple[str, int]:
    """Lead on when everything was done; else say of each task what became of it. `kept`: what was typed is a draft of those that were refused."""
    done = sum(each.problem is None for each in outcomes)
    if done == len(outcomes):
        flash(ngettext("%(num)d task: done.", "%(num)d tasks: done.", done), "good")
        return redirect(onward or back, 303)
    return render_template("tasks/outcome.html", outcomes=outcomes, done=done, back=back, kept=kept), 422


def _done(command: Any, task: str) -> str | None:
    try:
        act(command, part=task)
    except EngineError as error:
        return in_words(error)
    return None
