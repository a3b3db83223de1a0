"""One task: looking at it, filling in its form, keeping what is typed, handing it in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.wrappers import Response

from engine.instances.commands import ClaimTask, CompleteUserTask, ReleaseTask
from engine.kernel.errors import Denied, EngineError, InvalidInput, NotFound
from engine.tasks.drafts import DropDraft, SaveDraft
from engine.tasks.pages import ShowTask, TaskPage, WhatFollows
from web.carried import carried, carried_files, shows_carried
from web.case import beside
from web.door import ask
from web.forms import changed, identity, is_change, render, render_read_only
from web.language.sentences import in_words, judgement, sentence
from web.language.shipped import said as shipped
from web.language.words import moment
from web.once import act
from web.task.filling import Filled, begun, judged, offered, places_with_files, received, schema_of, told, with_uploads
from web.task.panels import PANELS, About
from web.task.receipts import receipt_in_words
from web.visitor import the_visitor

pages = Blueprint("task", __name__, template_folder="templates")
REFUSED, INVALID = 409, 422
Answer = Response | str | tuple[str, int]


@pages.get("/task/<task>")
@shows_carried
def show(task: str) -> str:
    """Show a task: what is asked, the form with what was typed into it, and how it stands."""
    page: TaskPage = ask(ShowTask(task=task))
    typed = carried()
    filled = received(page, typed, blanks=True) if typed is not None else begun(page)
    return _page(page, filled, carried=typed is not None)


@pages.post("/task/<task>")
def hand_in(task: str) -> Answer:
    """Hand in the form, or do what another of its buttons asks: a row more, a file, a draft."""
    page: TaskPage = ask(ShowTask(task=task))
    do = request.form.get("do", "complete")
    if do == "complete":
        return _complete(page)
    if page.kind == "choice":
        return _send(page, {"choose": do.removeprefix("choose:")}, Filled(data={}, choices=offered(page, {})))
    return _keep_typing(page, do)


@pages.post("/task/<task>/draft")
def save(task: str) -> Response:
    """Keep what stands in the form, for the script that saves while somebody types."""
    page: TaskPage = ask(ShowTask(task=task))
    kept = act(SaveDraft(task=task, data=dict(received(page, request.form, blanks=True).data)))
    return jsonify(saved=_("Draft saved at %(moment)s.", moment=moment(kept["saved_at"])))


@pages.post("/task/<task>/claim")
def claim(task: str) -> Answer:
    """Take the task from the queue of the unit."""
    return _change(ClaimTask(task=task), task, _("The task is yours now. Colleagues see that you have taken it."))


@pages.post("/task/<task>/release")
def release(task: str) -> Answer:
    """Give the task back to the unit."""
    reason = request.form.get("reason", "").strip()
    return _change(ReleaseTask(task=task, reason=reason), task, _("The task is back in the queue of the unit."))


@pages.post("/task/<task>/forget")
def forget(task: str) -> Response:
    """Throw one's draft away and begin anew."""
    act(DropDraft(task=task))
    flash(_("The draft is gone; the form is as it was at first."), "good")
    return redirect(_address(task), 303)


def _change(command: ClaimTask | ReleaseTask, task: str, said: str) -> Answer:
    try:
        act(command)
    except (Denied, NotFound):
        raise
    except EngineError as error:
        page: TaskPage = ask(ShowTask(task=task))
        return _page(page, begun(page), problem=in_words(error)), REFUSED
    flash(said, "good")
    return redirect(_address(task), 303)


def _keep_typing(page: TaskPage, do: str) -> Answer:
    """Do what a button inside the form asks, keep everything as a draft, and come back to where the eye was."""
    filled = with_uploads(page, received(page, request.form, blanks=True))
    shown = next(iter(places_with_files()), "")
    data = dict(filled.data)
    if is_change(do):
        data, shown = changed(data, do)
    if not page.may or set(filled.problems) & set(places_with_files()):
        return _page(page, Filled(data=data, choices=filled.choices, problems=filled.problems)), INVALID
    act(SaveDraft(task=page.id, data=data), part="draft")
    if do == "draft":
        flash(_("The draft is kept. Only you see it, until you hand it in."), "good")
    return redirect(_address(page.id) + (f"#{identity(shown)}" if shown else ""), 303)


def _complete(page: TaskPage) -> Answer:
    filled = received(page, request.form, blanks=False)
    if page.may:
        filled = judged(page, with_uploads(page, filled))
    if page.may and filled.problems:
        _keep(page, filled)
        return _page(page, filled), INVALID
    return _send(page, dict(filled.data), filled)


def _send(page: TaskPage, data: dict[str, Any], filled: Filled) -> Answer:
    try:
        answer = act(CompleteUserTask(task=page.id, data=data))
    except (Denied, NotFound):
        raise
    except EngineError as error:
        _keep(page, filled)
        page = ask(ShowTask(task=page.id))
        return _page(page, filled, problem=in_words(error)), INVALID if isinstance(error, InvalidInput) else REFUSED
    act(DropDraft(task=page.id), part="draft")
    flash(f"{_what_happened(page)} {receipt_in_words(answer)}".strip(), "good")
    return redirect(_onward(page.id), 303)


def _keep(page: TaskPage, filled: Filled) -> None:
    """Keep what could not be handed in, so that it is there whatever happens next."""
    if filled.data:
        act(SaveDraft(task=page.id, data=dict(filled.data)), part="kept")


def _what_happened(page: TaskPage) -> str:
    """Return what was done, and what comes next as far as it is known."""
    done = _("“%(task)s” is done.", task=shipped(page.name))
    following = ask(WhatFollows(task=page.id))
    if not following:
        return str(done)
    names = "; ".join(f"{shipped(each.name)} ({each.holder or each.organisation_name})" for each in following)
    then = _("Next in this case: %(tasks)s.", tasks=names)
    return f"{done} {then}"


def _onward(task: str) -> str:
    """Return the address of the next task of the list from which this one was opened."""
    return url_for("tasks.next", after=task, back=_back() or url_for("tasks.inbox"))


def _address(task: str) -> str:
    return url_for("task.show", task=task, back=_back() or None)


def _back() -> str:
    """Return the list from which the task was opened; "" when none of ours is named: nobody is led elsewhere by a link."""
    named = request.values.get("back", "")
    return named if named.startswith("/") and not named.startswith(("//", "/\\")) else ""


def _page(page: TaskPage, filled: Filled, *, problem: str = "", carried: bool = False) -> str:
    """Draw the page. `problem`: what the engine refused; `carried`: what was typed before the session had ended is in the form."""
    schema = schema_of(page)
    about = _about(page, filled.data)
    return render_template(
        "task/task.html",
        page=page,
        title=shipped(page.form.title) if page.form else "",
        description=shipped(schema.get("description")),
        documentation=shipped(page.documentation),
        told=[judgement(each) for each in told(page)],
        form=render(schema, filled.data, problems=filled.problems, choices=filled.choices) if page.may and page.kind != "choice" else "",
        typed=render_read_only(schema, filled.data, choices=filled.choices) if not page.may and filled.data and (page.draft or carried or problem) else "",
        handed_in=render_read_only(schema, page.data, choices=offered(page, page.data)) if page.status == "completed" and page.data else "",
        chosen=next((shipped(way.name) for way in page.ways if way.flow == page.data.get("choose")), ""),
        why=sentence(page.why) if page.why else "",
        problem=problem,
        carried=carried,
        lost_files=carried_files() if carried else (),
        back=_back(),
        panels=_panels(schema, about),
        mine=page.assignee == the_visitor().person,
        **_beside(page),
    )


def _about(page: TaskPage, data: Mapping[str, Any]) -> About:
    return About(
        task=page.id,
        organisation=page.organisation,
        instance=page.instance,
        element=page.element,
        form=page.form.key if page.form else "",
        directive=page.directive,
        period=page.period,
        business_key=page.business_key,
        context=page.context,
        data=data,
    )


def _panels(schema: Mapping[str, Any], about: About) -> list[Markup]:
    """Return the panels that the form names, drawn; those that are not for this person are left out."""
    found: list[Markup] = []
    for name in schema.get("x-panels", ()):
        if name in PANELS:
            try:
                values = PANELS[name].load(about)
            except Denied:
                continue
            found.append(Markup(render_template(PANELS[name].template, panel=values, **values)))  # noqa: S704  escaped by the template
    return found


def _beside(page: TaskPage) -> Mapping[str, Any]:
    """Return what stands beside the form; nothing for who may do the task but not see its case."""
    try:
        return beside(page.id, page.directive, page.instance)
    except Denied:
        return {}
