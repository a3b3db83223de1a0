"""The pages of a trial: how it begins, where it stands, and what each button does. Every request carries all steps; nothing is stored."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Answer

from engine.audit.trials_of_instances import RecordedTrial, RecordTrial
from engine.definitions.dry_run_scenario import write_scenario
from engine.definitions.trial import MOST_STEPS
from engine.definitions.trial import said as as_written
from engine.definitions.trial_pages import BeginTrial, LeadTrial, Trial, TrialStart, Waiting
from engine.definitions.trial_scenarios import KeepScenario, KnownScenario, ReadScenario
from engine.kernel.clock import ZONE, stamp
from engine.kernel.errors import DefinitionInvalid, Denied, EngineError, InvalidInput, NotFound, Refused
from web.case import words
from web.door import ask
from web.forms import changed, is_change, render
from web.language.sentences import in_words, sentence
from web.language.shipped import said
from web.once import act
from web.trying.asking import Asked, Given, given, together
from web.trying.asking import drawn as fields_of
from web.trying.sending import (
    ANSWERED,
    Filled,
    answered,
    asked_of,
    begun,
    chosen,
    failed,
    handed_in,
    handle,
    judged,
    offered,
    opened,
    received,
    schema_of,
    sent_moment,
    sent_scenario,
    typed,
)
from web.trying.showing import drawn, due_of, steps_of, tree, ways_of, why
from web.visitor import the_visitor

pages = Blueprint("trying", __name__, template_folder="templates", url_prefix="/workbench/designs/<design>")
INVALID = 422
Page = tuple[str, int] | str
DESIGNER = "process_designer"
TAKEN = ("hand-in", "answer")  # buttons by which a form is taken


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is said on top of a trial. `problem`: what could not be done; `notes`: what differs from a case that it was made from."""

    problem: str = ""
    notes: tuple[str, ...] = ()
    name: str = ""
    taken: bool = False


@pages.get("/try")
def show(design: str) -> Page:
    """Choose what is tried and how it begins; or go on from a scenario, or from a finished case."""
    process = request.args.get("process", "")
    if process and (scenario := request.args.get("scenario")):
        known: KnownScenario = ask(ReadScenario(process=process, scenario=scenario))
        return _led(design, process, known.plain, told=Told(name=known.name))
    if process and (instance := request.args.get("instance")):
        try:
            found: RecordedTrial = ask(RecordTrial(process=process, instance=instance))
        except Refused as error:
            return _start(design, process, problem=in_words(error)), INVALID
        return _led(design, process, found.scenario, told=Told(notes=tuple(sentence(each) for each in found.differences)))
    return _start(design, process)


@pages.post("/try")
def step(design: str) -> Page | Answer:
    """Do what a button of the page asks: the next step, a step back, another diagram, a row more in a form, saving."""
    process, do = request.form.get("process", ""), request.form.get("do", "")
    if "scenario" not in request.form:
        return _beginning(design, process, do)
    try:
        scenario = sent_scenario()
    except InvalidInput as error:
        return _start(design, process, problem=in_words(error)), INVALID
    if do == "save":
        return _save(design, process, scenario)
    if do == "download":
        return _download(process, scenario)
    if do == "back" or do.startswith("back:"):
        kept = do.partition(":")[2]
        steps = scenario["steps"]
        return _led(design, process, {**scenario, "steps": steps[: int(kept)] if kept.isdecimal() else steps[:-1]})
    if do == "play":
        return _led(design, process, scenario, play=True)
    if do.startswith(("open:", "show:")):
        return _led(design, process, scenario)
    return _next(design, process, scenario, do)


def _next(design: str, process: str, scenario: dict[str, Any], do: str) -> Page:
    """Do one more step. What cannot be done is said, and what was typed stands there again."""
    trial = _trial(design, process, scenario)
    if isinstance(trial, EngineError):
        return _start(design, process, problem=in_words(trial)), INVALID
    waiting = opened(trial)
    filled = typed(trial, waiting, do)
    try:
        if is_change(do) or do in TAKEN:
            filled = _filled(trial, waiting, filled, do)
            if is_change(do) or filled.problems or waiting is None:
                return _drawn(trial, waiting, filled), INVALID if filled.problems else 200
        wanted = _wanted(trial, waiting, filled, do)
        if wanted is None:
            return _drawn(trial, waiting, None)
    except InvalidInput as error:
        return _drawn(trial, waiting, filled, told=Told(problem=in_words(error))), INVALID
    after = _trial(design, process, {**trial.scenario, "steps": [*trial.scenario["steps"], wanted]})
    if isinstance(after, EngineError):
        return _drawn(trial, waiting, filled, told=Told(problem=in_words(after))), INVALID
    if after.refused is not None and after.refused.number > len(trial.scenario["steps"]):
        return _drawn(trial, waiting, filled, told=Told(problem=why(after))), INVALID
    return _drawn(after, opened(after), None)


def _wanted(trial: Trial, waiting: Waiting | None, filled: Filled, do: str) -> dict[str, Any] | None:
    """Return the step that a button asks for; None when it asks for none. Raises InvalidInput."""
    match do.partition(":")[0]:
        case "advance":
            return {"advance": do.partition(":")[2]}
        case "advance-to":
            return {"advance": sent_moment("until")}
        case "choose":
            return chosen(do)
    if waiting is None:
        return None
    match do:
        case "hand-in":
            return handed_in(trial, waiting, filled)
        case "answer":
            return answered(trial, waiting, filled)
        case "fail":
            return failed(waiting)
    return None


def _filled(trial: Trial, waiting: Waiting | None, filled: Filled, do: str) -> Filled:
    """Return the form that is open, as it was sent, with what is wrong with it."""
    if waiting is None or waiting.kind != "user":
        return filled
    schema = schema_of(trial, waiting)
    filled = received(schema, blanks=is_change(do))
    if is_change(do):
        data, _shown = changed(filled.data, do)
        return Filled(data=data)
    return judged(trial, waiting, filled)


def _beginning(design: str, process: str, do: str) -> Page:
    """Begin a trial with what was given; what cannot be read is said, and stands there again."""
    asked = _asked_first(ask(BeginTrial(design=design, process=process)))
    typed_in = given(asked, do=do)
    if is_change(do) or typed_in.problems:
        return _start(design, process, typed_in=typed_in), INVALID if typed_in.problems else 200
    try:
        start = together(asked, typed_in, _("the data to begin with"))
        now = {"now": sent_moment("now")} if request.form.get("now", "").strip() else {}
    except InvalidInput as error:
        return _start(design, process, problem=in_words(error), typed_in=typed_in), INVALID
    return _led(design, process, {"process": process, **now, "start": start, "steps": []})


def _asked_first(found: TrialStart, *, missing: str = "", more: Collection[str] = ()) -> Asked:
    """Return what a trial may be given at its beginning. `missing`: a name without which it cannot begin; `more`: names that were given."""
    known = found.known
    told = {name: "" for way in known.ways if way.kind == "message" for name in known.payloads.get(way.name, ())}
    later = {name for each in found.scenarios for step in each.plain["steps"] for name in step.get("with", ())}  # as steps of a scenario bring it
    asked = {name: element for name, element in known.asked.items() if name not in later}
    told |= {name: _("“%(element)s” asks for it, and no step before gives it.", element=" → ".join(map(said, element.split(" → ")))) for name, element in asked.items()}
    told |= {name: told.get(name, "") for name in more}
    if missing:
        told[missing] = _("Without it the process cannot begin.")
    return Asked(proposed=found.start, pieces=known.pieces, open={name: why for name, why in told.items() if name == missing or name not in found.start})


def _trial(design: str, process: str, scenario: Mapping[str, Any], *, play: bool = False) -> Trial | EngineError:
    """Return the trial after its steps, or why there is none."""
    try:
        found: Trial = ask(
            LeadTrial(
                design=design, process=process, scenario=scenario, shown=_asked("show"), at=_asked("open").rpartition(":")[2], play=play
            )
        )
    except (DefinitionInvalid, InvalidInput, Refused) as error:
        return error
    return found


def _asked(verb: str) -> str:
    """Return what a button names after its verb; "" when another button was pressed."""
    found, _colon, what = request.form.get("do", "").partition(":")
    return what if found == verb else ""


def _led(design: str, process: str, scenario: Mapping[str, Any], *, told: Told | None = None, play: bool = False) -> Page:
    """Lead a trial and show it; what cannot begin is said on the page on which it begins."""
    trial = _trial(design, process, scenario, play=play)
    if isinstance(trial, DefinitionInvalid):
        return _start(design, process, findings=trial), INVALID
    if isinstance(trial, EngineError):
        return _start(design, process, problem=in_words(trial)), INVALID
    if trial.refused is not None and trial.refused.number == 0:
        typed_in = Given(data=scenario.get("start", {}), text=request.form.get("start", ""))
        return _start(design, process, problem=why(trial), typed_in=typed_in, missing=trial.refused.unknown), INVALID
    return _drawn(trial, opened(trial), None, told=told or Told()), INVALID if trial.refused else 200


def _start(
    design: str,
    process: str,
    *,
    problem: str = "",
    typed_in: Given | None = None,
    missing: str = "",
    findings: DefinitionInvalid | None = None,
) -> str:
    """Show how a trial begins: what was typed stands there again, with the name that is still missing."""
    try:
        found: TrialStart = ask(BeginTrial(design=design, process=process))
    except NotFound:
        if not process or not problem:
            raise
        found = ask(BeginTrial(design=design))
    asked = _asked_first(found, missing=missing, more=tuple(typed_in.data) if typed_in else ())
    return render_template(
        "trying/start.html",
        found=found,
        problem=problem,
        fields=fields_of(asked, typed_in),
        ways=[(each.kind, said(each.name), words.role(each.role) if each.role else "") for each in found.known.ways],
        text=typed_in.text if typed_in else "",
        began=request.form.get("now", ""),
        findings=findings.findings if findings else (),
    )


def _drawn(trial: Trial, waiting: Waiting | None, filled: Filled | None, *, told: Told | None = None) -> str:
    """Draw a trial with what is open. `filled`: what stands in the open form, None when nobody has typed anything."""
    form = trial.forms.get(str(waiting.says.get("form", ""))) if waiting is not None else None
    told = told or Told()
    refused = trial.refused
    return render_template(
        "trying/trial.html",
        trial=trial,
        clock=stamp(trial.now),
        clock_day=f"{trial.now.astimezone(ZONE):%d/%m/%Y}",
        text=write_scenario(
            {"process": trial.process, **{part: trial.scenario[part] for part in ("now", "start", "steps") if part in trial.scenario}}
        ),
        waiting=[(each, handle(each), due_of(each, trial.now), ways_of(each)) for each in trial.waiting],
        open=waiting,
        opened=handle(waiting) if waiting else "",
        title=said(form.title) if form else "",
        form=_form(trial, waiting, filled),
        filled=filled or Filled(),
        problem=told.problem,
        told=told,
        stale=_(
            "Step %(number)s can no longer be done: %(why)s The steps before it stay.", number=refused.number, why=in_words(refused.error)
        )
        if refused
        else "",
        steps=steps_of(trial),
        data=tree(trial.before, trial.data),
        warnings=[sentence(each) for each in trial.warnings],
        drawn=drawn(trial, _labels()),
        words=words,
        may_keep=DESIGNER in the_visitor().roles,
        names_of=lambda elements: ", ".join(said(trial.names.get(each, each)) for each in elements),
        stamped=stamp,
        most_steps=MOST_STEPS,
        said_moment=lambda due: as_written(max(due, trial.now)),
    )


def _form(trial: Trial, waiting: Waiting | None, filled: Filled | None) -> str:
    """Draw the fields of what is open: those of a person's form, else those that its data are known to have."""
    if waiting is None:
        return ""
    if waiting.kind != "user":
        typed_in = None if filled is None else Given(data=filled.data, problems=filled.problems)
        return fields_of(asked_of(trial, waiting), typed_in) if waiting.kind in ANSWERED else ""
    schema = schema_of(trial, waiting)
    filled = filled or begun(schema)
    return render(schema, filled.data, problems=filled.problems, choices=offered(schema, filled.data))


def _save(design: str, process: str, scenario: Mapping[str, Any]) -> Page | Answer:
    name, again = request.form.get("name", ""), request.form.get("again") == "yes"
    try:
        kept = act(KeepScenario(design=design, process=process, name=name, scenario=scenario, again=again))
    except (Denied, NotFound):
        raise
    except EngineError as error:
        told = Told(problem=in_words(error), name=name, taken=isinstance(error, InvalidInput) and bool(name.strip()))
        page = _led(design, process, scenario, told=told)
        return (page[0] if isinstance(page, tuple) else page), INVALID
    flash(
        _("The scenario “%(name)s” is saved, with what came of it now. “Run all” tells whether it still goes this way.", name=kept["name"]),
        "good",
    )
    return redirect(url_for("trying.scenarios", design=design, process=process), 303)


def _download(process: str, scenario: Mapping[str, Any]) -> Response:
    text = write_scenario({"name": request.form.get("name", "").strip() or process, **scenario})
    return as_file(process, text)


def as_file(name: str, text: str) -> Response:
    """Return a scenario as a file that `chidao try` reads."""
    plain = "".join(each if each.isascii() and (each.isalnum() or each in "_-") else "_" for each in name)
    answer = Response(text, mimetype="application/json")
    answer.headers["Content-Disposition"] = f'attachment; filename="{plain}.json"'
    return answer


def _labels() -> dict[str, str]:
    """Return what the script of the drawing says."""
    return {
        "closer": _("Closer"),
        "farther": _("Farther"),
        "whole": _("The whole diagram"),
        "find": _("Show in the diagram"),
        "problem": _("The diagram could not be drawn. The table below says the same."),
    }
