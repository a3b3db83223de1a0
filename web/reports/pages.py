"""The pages of reports: the list, a report, a consolidation, a figure, the registers."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, Response, abort, render_template, request

from engine.audit.genealogy_page import ShowFigure
from engine.audit.register_page import RegisterPage, ShowRegister
from engine.directives.printing import as_csv
from engine.kernel.errors import InvalidInput
from engine.reports import consolidation_page, listing
from engine.reports.consolidation_page import ConsolidationPage, ShowConsolidation
from engine.reports.listing import ListReports, ReportList
from engine.reports.page import ReportPage, ShowReport
from web.door import ask
from web.language.words import period
from web.reports.charts import months
from web.reports.told import EVERYWHERE
from web.visitor import the_visitor

pages = Blueprint("reports", __name__, template_folder="templates")
pages.context_processor(lambda: dict(EVERYWHERE))
URGING = "urge_send"  # the process by which a person urges for a directive: the button of the consolidation starts it
URGERS = {"consolidator", "leader"}  # who may start it, as its diagram says
KINDS = ("incoming", "outgoing", "follow_up")
WHO = {"all": (), "missing": ("missing", "overdue", "returned"), "unread": ("unread",), "late": ("late",), "nil": ("nil",), "waiting": ("waiting",)}


@pages.get("/reports")
def index() -> str:
    """Show what is to be reported, what was, and what comes in from below."""
    unit = _unit()
    query = ListReports(
        organisation=unit,
        report_type=request.args.get("type", ""),
        year=_digits("year"),
        state=request.args.get("state", "") if request.args.get("state") in listing.STATES else "",
        page=_page("page"),
        below_page=_page("below"),
    )
    found: ReportList = ask(query)
    return render_template(
        "reports/index.html", found=found, query=query, chart=months(found.below), states=listing.STATES, size=listing.PAGE, kept=_kept("page", "below")
    )


@pages.get("/reports/<report>")
def show(report: str) -> str:
    """Show a report."""
    page: ReportPage = ask(ShowReport(report=report))
    return render_template("reports/show.html", page=page, title=period(page.period))


@pages.get("/consolidations/<consolidation>")
def consolidation(consolidation: str) -> str:
    """Show a consolidation."""
    who = request.args.get("who", "all")
    only = WHO.get(who, ())
    revision = _digits("revision")
    found = ask(ShowConsolidation(consolidation=consolidation, revision=int(revision) if revision else None, only=only, page=_page("page")))
    return render_template("reports/consolidation.html", **around(found), who=who, choices=WHO, kept=_kept("page"), size=consolidation_page.PAGE)


def around(found: ConsolidationPage) -> dict[str, Any]:
    """Return what the parts of a consolidation's page are given."""
    roles = {role for place in the_visitor().places if place.organisation == found.organisation for role in place.roles}
    return {"page": found, "may_urge": bool(roles & URGERS) and bool(found.counts["not_in"]), "urging": URGING}


@pages.get("/figures/<total>")
def figure(total: str) -> str:
    """Show where a consolidated figure comes from."""
    return render_template("reports/figure.html", page=ask(ShowFigure(total=total)))


@pages.get("/registers")
def registers() -> str:
    """Show a register."""
    everything = request.args.get("all") == "1"
    query, problem = _register_query(whole=everything)
    found: RegisterPage = ask(query)
    return render_template(
        "reports/registers.html",
        found=found,
        lines=found.printed.lines,
        query=query,
        problem=problem,
        kinds=KINDS,
        at=found.page,
        last=found.last,
        count=found.count,
        everything=everything,
        kept=_kept("page", "all"),
    )


@pages.get("/registers.csv")
def register_file() -> Response:
    """Give a register as a file for a spreadsheet."""
    query, problem = _register_query(whole=True)
    if problem:
        abort(400)
    found: RegisterPage = ask(query)
    name = f"so-{query.kind}-{query.term or 'tat-ca'}.csv".replace("/", "-")
    return Response(
        "\ufeff" + as_csv(found.printed),  # the mark without which a spreadsheet takes the text for Windows-1252
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{"".join(sign for sign in name if sign.isascii())}"'},
    )


def _register_query(*, whole: bool) -> tuple[ShowRegister, bool]:
    """Return what the address asks for, and whether a day in it could not be read."""
    kind = request.args.get("kind", KINDS[0])
    begin, end = (_day(request.args.get(name, "")) for name in ("from", "to"))
    query = ShowRegister(
        organisation=_unit(),
        kind=kind if kind in KINDS else KINDS[0],
        term=request.args.get("term", ""),
        begin=begin or "",
        end=end or "",
        page=_page("page") if "page" in request.args else None,
        whole=whole,
    )
    return query, begin is None or end is None


def _day(text: str) -> str | None:
    """Return dd/mm/yyyy (or ISO) as ISO; "" for nothing, None when it is no day."""
    text = text.strip()
    try:
        if "/" in text:
            day, month, year = (int(part) for part in text.split("/"))
            return date(year, month, day).isoformat()
        return date.fromisoformat(text).isoformat() if text else ""
    except ValueError:
        return None


def _unit() -> str:
    """Return the organisation that the address names; else the first in which the visitor stands."""
    wanted = request.args.get("unit", "")
    units = the_visitor().units
    if wanted:
        return wanted
    if not units:
        raise InvalidInput("Expected an organisation in which you hold a post, but found none. Ask the administrator of your office.")
    return units[0]


def _page(name: str) -> int:
    """Return the page of a list that the address names, counted from 0."""
    text = _digits(name)
    return max(0, int(text) - 1) if text else 0


def _digits(name: str) -> str:
    text = request.args.get(name, "")
    return text if text.isascii() and text.isdigit() and len(text) < 7 else ""


def _kept(*without: str) -> dict[str, str]:
    """Return what stands in the address, without what a link is about to say."""
    return {name: value for name, value in request.args.items() if name not in without}
