"""The scenarios of a process beside a design: run, opened, downloaded, removed; and finished cases from which one is made."""

from __future__ import annotations

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Answer

from engine.audit.trials_of_instances import FinishedInstances
from engine.definitions.dry_run_scenario import write_scenario
from engine.definitions.trial_pages import BeginTrial, TrialStart
from engine.definitions.trial_runs import RunScenarios, ScenarioRuns
from engine.definitions.trial_scenarios import DropScenario, KnownScenario, ReadScenario
from engine.kernel.errors import DefinitionInvalid
from web.door import ask
from web.language.sentences import sentence
from web.once import act
from web.trying.pages import DESIGNER, INVALID, Page, as_file, pages
from web.visitor import the_visitor


@pages.get("/try/scenarios")
def scenarios(design: str) -> Page:
    """List the scenarios of a process; with `run` what comes of each in this design, and what none reaches."""
    process = request.args.get("process", "")
    found: TrialStart = ask(BeginTrial(design=design, process=process))
    runs: ScenarioRuns | None = None
    findings: DefinitionInvalid | None = None
    if request.args.get("run") and process:
        try:
            runs = ask(RunScenarios(design=design, process=process))
        except DefinitionInvalid as error:
            findings = error
    results = {each.scenario.id: each for each in runs.results} if runs else {}
    page = render_template(
        "trying/scenarios.html",
        found=found,
        runs=runs,
        results=results,
        differences={name: [sentence(each) for each in result.differences] for name, result in results.items()},
        passed=sum(each.outcome == "passed" for each in results.values()),
        findings=findings.findings if findings else (),
        finished=ask(FinishedInstances(process=process)),
        may_keep=DESIGNER in the_visitor().roles,
    )
    return (page, INVALID) if findings else page


@pages.get("/try/scenario.json")
def download(design: str) -> Response:  # noqa: ARG001  a scenario is the process's, whatever the design
    """Hand a scenario out as a file that `chidao try` reads."""
    process = request.args.get("process", "")
    known: KnownScenario = ask(ReadScenario(process=process, scenario=request.args.get("scenario", "")))
    return as_file(process, write_scenario(known.plain))


@pages.post("/try/scenarios/<scenario>/remove")
def remove(design: str, scenario: str) -> Answer:
    """Remove a saved scenario."""
    dropped = act(DropScenario(scenario=scenario))
    flash(_("The scenario “%(name)s” is removed.", name=dropped["name"]), "good")
    return redirect(url_for("trying.scenarios", design=design, process=dropped["process"]), 303)
