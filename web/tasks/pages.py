"""The lists of work: inbox, queue of the unit, put aside, with colleagues, done; and the way to the next task."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response

from engine.instances.assigning import GIVERS
from engine.tasks.lists import MyWork, NextTask, Tab
from web.door import ask
from web.tasks.addresses import ENDPOINTS, came_from, listed
from web.visitor import the_visitor

pages = Blueprint("tasks", __name__, template_folder="templates")
NAMES: Mapping[Tab, Any] = {
    Tab.INBOX: lazy_gettext("Inbox"),
    Tab.QUEUE: lazy_gettext("Queue of the unit"),
    Tab.COLLEAGUES: lazy_gettext("With colleagues"),
    Tab.LATER: lazy_gettext("Put aside"),
    Tab.DONE: lazy_gettext("Done"),
}
EMPTY: Mapping[Tab, Any] = {
    Tab.INBOX: lazy_gettext("Here you will find the tasks that are yours to do. Look into the queue of the unit for what anybody may take."),
    Tab.QUEUE: lazy_gettext("Here you will find tasks that you or a colleague with the same role may take."),
    Tab.COLLEAGUES: lazy_gettext("Here you will find what colleagues of the unit have taken, to give it to another when somebody is absent."),
    Tab.LATER: lazy_gettext("Here you will find what you have put aside until a day."),
    Tab.DONE: lazy_gettext("Here you will find what you have completed, the newest first."),
}
CHOOSERS = (
    ("directive", lazy_gettext("Directive")),
    ("work", lazy_gettext("Kind of work")),
    ("unit", lazy_gettext("Organisation")),
    ("period", lazy_gettext("Period")),
)


@pages.get("/work")
def inbox() -> str:
    """Show what waits for the person."""
    return show(Tab.INBOX)


@pages.get("/work/queue")
def queue() -> str:
    """Show what waits for anybody of the unit who holds the role."""
    return show(Tab.QUEUE)


@pages.get("/work/colleagues")
def colleagues() -> str:
    """Show what colleagues have taken, to those who may give it to another."""
    return show(Tab.COLLEAGUES)


@pages.get("/work/later")
def later() -> str:
    """Show what the person has put aside until a day."""
    return show(Tab.LATER)


@pages.get("/work/done")
def done() -> str:
    """Show what the person has completed."""
    return show(Tab.DONE)


@pages.get("/work/next", endpoint="next")
def follow() -> Response:
    """Lead to the task that follows `after` in the list `back`, or to the list when it is empty."""
    seen = came_from(request.args.get("back"))
    following = ask(NextTask(after=request.args.get("after", ""), tab=seen.tab, wanted=seen.wanted, sort=seen.sort))
    if following is None:
        flash(_("Nothing more waits in this list."), "good")
        return redirect(seen.address())
    return redirect(url_for("task.show", task=following, back=seen.address()))


def show(tab: Tab) -> str:
    """Show a list as its address asks for it."""
    seen = listed(tab, request.args)
    work = ask(MyWork(tab=tab, wanted=seen.wanted, sort=seen.sort, page=seen.page))
    leads = bool(the_visitor().roles & GIVERS)
    shown = [each for each in Tab if (each is not Tab.COLLEAGUES or leads) and (each is not Tab.LATER or work.counts[each] or tab is each)]
    words = {"names": NAMES, "empty": EMPTY, "endpoints": ENDPOINTS, "choosers": CHOOSERS, "tabs": Tab, "shown": shown, "leads": leads}
    return render_template("tasks/list.html", seen=seen, work=work, kept_address=lambda kept: came_from(kept).address(), **words)
