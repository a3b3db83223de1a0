"""A design put in force: what would change, what stands in the way, which cases run, what the scenarios say; then a reason and the deployment."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from engine.definitions.design_deployment import DeployDesign, ForeseeDeployment, Foreseen
from engine.definitions.trial_runs import RunScenarios, ScenarioRuns
from engine.instances.affected import AffectedInstances
from engine.kernel.errors import Conflict, Denied, EngineError, NotFound, Refused
from web.door import ask
from web.language.sentences import in_words
from web.once import act
from web.versions import words
from web.versions.blueprint import Page, pages
from web.versions.rows import counts, rows_of

AT_ONCE = 500  # running cases that are looked at while the page is made; of more only when asked for


@pages.route("/designs/<design>/deploy", methods=["GET", "POST"])
def deploy(design: str) -> Page:
    """Show what a deployment would do, or do it."""
    if request.method == "GET":
        return _page(design)
    try:
        done = act(DeployDesign(design=design, reason=request.form.get("reason", ""), confirmed=request.form.get("confirmed", "")))
    except (Denied, NotFound):
        raise
    except EngineError as error:
        return _page(design, problem=in_words(error), typed=request.form.get("reason", "")), 409 if isinstance(error, (Conflict, Refused)) else 422
    if "proposal" in done:
        flash(_("The deployment waits for a second person. The design cannot be changed until it is decided."), "good")
    else:
        told = ", ".join(_("%(process)s %(number)s", process=each["process"], number=each["version"]) for each in done["deployed"])
        flash(_("Deployed: %(processes)s. Cases that run stay on their version.", processes=told), "good")
    return redirect(url_for("versions.deploy", design=design), 303)


def _page(design: str, *, problem: str = "", typed: str = "") -> str:
    found: Foreseen = ask(ForeseeDeployment(design=design))
    errors = [each for each in found.problems if each.severity == "error"]
    warnings = [each for each in found.problems if each.severity != "error"]
    told = [(each, rows_of(each.found, each.names), counts(each.found)) for each in found.processes]
    running = sum(number for each in found.processes for _version, number in each.running)
    look = found.processes and running and (running <= AT_ONCE or "running" in request.args)
    return render_template(
        "versions/deploy.html", found=found, errors=errors, warnings=warnings, told=told, running=running, affected=_affected(found) if look else None,
        runs=_runs(found) if found.status == "open" else {}, problem=problem, typed=typed, confirmed=request.form.get("confirmed", ""), words=words,
    )  # fmt: skip


def _affected(found: Foreseen) -> dict[str, dict[str, Any]]:
    """Return process → where its running cases stand against what would be deployed."""
    told = ask(AffectedInstances(files=dict(found.files)))
    touched = {each.process for each in found.processes}
    return {each["process"]: each for each in told["processes"] if each["process"] in touched and each["instances"]}


def _runs(found: Foreseen) -> dict[str, ScenarioRuns]:
    """Return process → what came of its scenarios, of those that have any."""
    runs = {each.process: ask(RunScenarios(design=found.design, process=each.process)) for each in found.processes}
    return {process: run for process, run in runs.items() if run.results}
