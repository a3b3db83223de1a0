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
from web.task.receipts import receipt_in_words

FEW = 5  # receipts that are shown at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one task; `problem`: why nothing did, for people."""

    item: Item
    problem: str | None
    receipt: str = ""


def do_each(items: Iterable[Item], command: Callable[[str], Any]) -> list[Outcome]:
    """Do to each task what `command` makes of its id, each under a part of the form's key."""
    return [_done(command(item.task), item) for item in items]


def told(outcomes: list[Outcome], *, back: str, onward: str | None = None, kept: bool = False) -> Response | tuple[str, int]:
    """Lead on when everything was done; else say of each task what became of it. `kept`: what was typed is a draft of those that were refused."""
    done = sum(each.problem is None for each in outcomes)
    if done == len(outcomes):
        flash(" ".join([ngettext("%(num)d task: done.", "%(num)d tasks: done.", done), *_receipts(outcomes)]), "good")
        return redirect(onward or back, 303)
    return render_template("tasks/outcome.html", outcomes=outcomes, done=done, back=back, kept=kept), 422


def _done(command: Any, item: Item) -> Outcome:
    try:
        answer = act(command, part=item.task)
    except EngineError as error:
        return Outcome(item=item, problem=in_words(error))
    return Outcome(item=item, problem=None, receipt=receipt_in_words(answer))


def _receipts(outcomes: list[Outcome]) -> list[str]:
    """Return the receipts where they can be read; of many, each stands in the history of its case."""
    return [each.receipt for each in outcomes if each.receipt] if len(outcomes) <= FEW else []
