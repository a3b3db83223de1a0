"""A dry run: one process in memory under a simulated clock, led by the steps of a scenario. Writes nothing, asks nobody.

How a scenario is written: dry_run_scenario. How a process begins: at its plain start event, with the data of "start". Without
one, by the message or signal that the first step names; or at once when a single message or signal is all that could begin
it ("start" is then what came with it). Otherwise it waits for one of its start events, a timer among them, like for anything.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.bpmn import Definition, process_ids, start
from engine.definitions.check import examine, read_form
from engine.definitions.dry_run_instance import DryRun
from engine.definitions.dry_run_scenario import Scenario, Step, read_scenario, read_step
from engine.definitions.dry_run_starts import awaited, fulfilled, has_plain_start
from engine.definitions.dry_run_steps import do, moment
from engine.definitions.forms import Form
from engine.definitions.rules import ERROR, WIRING
from engine.definitions.source import Sources
from engine.kernel.errors import DefinitionInvalid, EngineError, NotFound

__all__ = ["StepRefused", "Tried", "dry_run", "lead", "open_definition"]


class StepRefused(EngineError):
    """A step of a scenario that cannot be done; `details`: step (from 1; 0: the start), element. `run`: where it stopped."""

    code = "step_refused"

    def __init__(self, message: str, *, step: int, element: str, run: DryRun) -> None:
        super().__init__(message, step=step, element=element)
        self.run = run


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A process that may be tried, with its forms by key."""

    definition: Definition
    forms: Mapping[str, Form]


def dry_run(sources: Sources, scenario: Mapping[str, Any], *, operations: Collection[str], now: datetime) -> dict[str, Any]:
    """Run a scenario and return where the process then stands.

    `now` is the moment at which it begins unless it says so itself. Raises DefinitionInvalid when the files would not run,
    InvalidInput for a scenario that is none, StepRefused for a step that cannot be done.
    """
    asked = read_scenario(scenario)
    return lead(open_definition(sources, asked.process, operations), asked, now=now).answer()


def open_definition(sources: Sources, process: str | None, operations: Collection[str]) -> Tried:
    """Return the process to try. What our office lacks (rules.WIRING) is no obstacle: the operation just waits.

    Raises DefinitionInvalid with every other error, NotFound when there is no such process or `process` must say which.
    """
    checked = examine(sources, operations=operations, wired=False)
    errors = [finding for finding in checked.findings if finding.severity == ERROR and finding.rule not in WIRING]
    if errors:
        raise DefinitionInvalid(errors)
    known = {**checked.drawn, **checked.definitions}
    if process is None and len(checked.definitions or known) == 1:
        process = next(iter(checked.definitions or known))
    if process is not None and process not in known and process in process_ids(sources.diagrams):
        raise NotFound(
            f"Expected a process that runs, but {process!r} is only drawn, not executable, and has errors. `chidao lint` names them."
        )
    if process is None or process not in known:
        raise NotFound(
            f"Expected the process to try, one of {', '.join(sorted(known)) or 'none'}, but found {process!r}. Name it in the scenario as `process`."
        )
    forms = [read_form(path, content) for path, content in checked.bundles[process].forms.items()]
    return Tried(definition=known[process], forms={form.key: form for form in forms})


def lead(
    tried: Tried, scenario: Scenario, *, now: datetime, watch: Callable[[DryRun], None] = lambda _run: None, bound: Callable[[DryRun], None] = lambda _run: None
) -> DryRun:
    """Carry out the steps of a scenario. Raises StepRefused, or InvalidInput for a `now` that is no moment.

    `watch` is shown the run after its beginning and after each step; `bound` whenever it went on, and refuses the step by raising.
    """
    begins = moment(scenario.now) if scenario.now is not None else now.replace(microsecond=0)
    run = DryRun(definition=tried.definition, now=begins, data=dict(scenario.start), forms=tried.forms, bound=bound)
    try:
        _begin(run, _first(scenario))
        watch(run)
    except EngineError as error:
        raise StepRefused(_remedied(error, "start"), step=0, element=str(error.details.get("element", "")), run=run) from error
    for number, plain in enumerate(scenario.steps, start=1):
        try:
            do(run, read_step(plain))
            watch(run)
        except EngineError as error:
            raise StepRefused(_remedied(error, "with"), step=number, element=_element(error, plain), run=run) from error
    return run


def _remedied(error: EngineError, place: str) -> str:
    """Return what an error says, with where to give a value that an expression asks for and nobody has given."""
    cause = error.__cause__ if isinstance(error.__cause__, EngineError) else error
    unknown = cause.details.get("unknown")
    return f'{error.message} Give it in the scenario, here or before: "{place}": {{"{unknown}": …}}.' if unknown else error.message


def _first(scenario: Scenario) -> Step | None:
    """Return the first step when it may be what begins the process."""
    try:
        step = read_step(scenario.steps[0]) if scenario.steps else None
    except EngineError:
        return None  # it is refused when its turn comes
    return step if step is not None and step.verb in {"message", "signal"} else None


def _begin(run: DryRun, first: Step | None) -> None:
    """Begin the process where it begins by itself; otherwise leave it to the first step, or to what comes."""
    run.starts = tuple(awaited(run.definition, run.data, run.now))
    by_first = first is not None and any(way.name == first.what for way in run.starts)
    if has_plain_start(run.definition) and not (by_first and first is not None and not _hears(run, first.what)):
        run.begin({})
    elif by_first:
        return
    elif len(run.starts) == 1 and run.starts[0].name:
        run.begin({}, entry=run.starts[0].element)
    elif ready := [way for way in run.starts if fulfilled(run.definition, way, run.data, run.now)]:
        run.begin({}, entry=ready[0].element)


def _hears(run: DryRun, name: str) -> bool:
    """Tell whether the process, begun at its plain start event, would wait for a message or signal called `name`."""
    begun = start(run.definition, run.data, now=run.now)
    return any(entry.message == name for entry in begun.subscriptions)


def _element(error: EngineError, plain: Any) -> str:
    """Return the element at which a step failed: where the process could not go on, else what the step names."""
    if error.details.get("element"):
        return str(error.details["element"])
    named = (plain.get(verb) for verb in ("complete", "choose", "message", "signal")) if isinstance(plain, Mapping) else ()
    return next((each for each in named if isinstance(each, str)), "")
