"""Sets of indicators that are offered to those who draft directives."""

from __future__ import annotations

from itertools import zip_longest

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from engine.audit.installation_pages import EnterAdministration
from engine.directory.indicator_sets import KeepIndicatorSet, ListIndicatorSets, OfferedSet, RetireIndicatorSet, SetRow
from engine.kernel.errors import Denied, EngineError, NotFound
from web.admin.blueprint import pages
from web.admin.change import Form, Typed, change, reason
from web.door import ask
from web.language.sentences import in_words
from web.once import act

BLANK = 3  # rows to write into, beside those that there are
MOST = 60


@pages.get("/indicator-sets")
def indicator_sets() -> str:
    """Show the sets."""
    return render_template("admin/indicator_sets.html", sets=_sets())


@pages.route("/indicator-sets/new", methods=["GET", "POST"])
@pages.route("/indicator-sets/<identity>", methods=["GET", "POST"])
def indicator_set(identity: str | None = None) -> ResponseReturnValue:
    """Make a set, or replace what one holds. “More rows” sends the page back with room for more, and everything that was typed."""
    ask(EnterAdministration())
    kept = _one(identity) if identity else None
    if request.method != "POST":
        rows = [(row.label, row.unit, row.aggregation) for row in kept.rows] if kept else []
        return _page(kept, rows, name=kept.name if kept else "", why="", problem="")
    rows, typed = _typed(), Typed(request.form)
    if "more" in request.form:
        return _page(kept, rows, name=typed.text("name"), why=typed.text("reason"), problem="", blank=BLANK * 2)
    given = tuple(SetRow(label=label, unit=unit, aggregation=way) for label, unit, way in rows)
    try:
        act(KeepIndicatorSet(identity=identity, name=typed.text("name"), rows=given, reason=typed.text("reason")))
    except Denied:
        raise
    except EngineError as error:
        return _page(kept, rows, name=typed.text("name"), why=typed.text("reason"), problem=in_words(error)), 422
    flash(gettext("The set of indicators was kept."), "good")
    return redirect(url_for("admin.indicator_sets"), 303)


@pages.route("/indicator-sets/<identity>/retire", methods=["GET", "POST"])
def retire_indicator_set(identity: str) -> ResponseReturnValue:
    """Offer a set no more."""
    kept = _one(identity)
    form = Form(
        title=_("Withdraw the set"),
        about=kept.name,
        fields=(reason(),),
        button=_("Withdraw the set"),
        back=url_for("admin.indicator_sets"),
        notice=_("Directives that were drafted with it keep their indicators."),
        grave=True,
    )
    return change(
        form,
        lambda typed: RetireIndicatorSet(identity=identity, reason=typed.text("reason")),
        done=_("The set is offered no more."),
        to=url_for("admin.indicator_sets"),
    )


def _typed() -> list[tuple[str, str, str]]:
    columns = [request.form.getlist(name)[:MOST] for name in ("label", "unit", "aggregation")]
    rows = [tuple(each.strip() for each in row) for row in zip_longest(*columns, fillvalue="")]
    return [(label, unit, way) for label, unit, way in rows if label or unit]


def _page(kept: OfferedSet | None, rows: list[tuple[str, str, str]], *, name: str, why: str, problem: str, blank: int = BLANK) -> str:
    shown = [*rows, *([("", "", "sum")] * blank)]
    return render_template("admin/indicator_set.html", kept=kept, rows=shown, name=name, why=why, problem=problem)


def _sets() -> list[OfferedSet]:
    ask(EnterAdministration())  # sets are offered to all who draft; this page is an administrator's
    found: list[OfferedSet] = ask(ListIndicatorSets())
    return found


def _one(identity: str) -> OfferedSet:
    found = next((each for each in _sets() if each.id == identity), None)
    if found is None:
        raise NotFound(f"Expected the id of a set of indicators, but found {identity!r}, which none has.")
    return found
