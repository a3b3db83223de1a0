"""A dry run: one process in memory under a simulated clock, led by the steps of a scenario. Writes nothing, asks nobody.

`{"process": "id", "start": {data}, "now": "2024-04-01", "steps": [{"complete": "element id", "with": {data}}, {"advance": "P1D"},
{"message": "name", "with": {data}, "key": "…"}, {"choose": "flow id"}]}`: all but the steps may be left out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from engine.bpmn import Choose, CompleteOperation, CompleteTask, Definition, DeliverMessage, FireTimer, Outcome, advance, start
from engine.bpmn.moments import parse_duration, parse_moment
from engine.definitions.check import examine
from engine.definitions.rules import ERROR
from engine.definitions.source import Sources
from engine.kernel.calendar import start_of_day
from engine.kernel.clock import stamp
from engine.kernel.errors import DefinitionInvalid, EngineError, InvalidInput, NotFound

KEYS = {"process", "start", "now", "steps"}
VERBS = ("complete", "advance", "message", "choose")
BESIDE = {"complete": {"with"}, "advance": set(), "message": {"with", "key"}, "choose": set()}


class StepRefused(EngineError):
    """A step of a scenario that cannot be done; `details`: step (from 1), element."""

    code = "step_refused"


@dataclass(slots=True)
class DryRun:
    """A process on its way. `path`: the elements left so far; `sent`: the messages thrown so far."""

    definition: Definition
    now: datetime
    outcome: Outcome
    path: list[str] = field(default_factory=list)
    sent: list[dict[str, Any]] = field(default_factory=list)

    def take(self, outcome: Outcome) -> None:
        """Note what a step did."""
        self.outcome = outcome
        self.path += [passed.element for passed in outcome.completed]
        self.sent += [{"message": each.message, "data": each.payload} for each in outcome.sent]

    def answer(self) -> dict[str, Any]:
        """Return where the process stands (DESIGN.md 7)."""
        return {
            "waiting": list(self._waiting()),
            "path": self.path,
            "ended": self.outcome.ended,
            "ends": list(self.outcome.ends),
            "sent": self.sent,
            "data": self.outcome.data,
        }

    def _waiting(self) -> Iterable[dict[str, Any]]:
        for task in self.outcome.tasks:
            yield self._told(task.element, "user", task.name, task.due)
        for timer in self.outcome.timers:
            yield self._told(timer.element, "timer", None, timer.due)
        for entry in self.outcome.subscriptions:
            yield self._told(entry.element, "message", entry.message, None)
        for operation in self.outcome.operations:
            yield self._told(operation.element, "operation", None, None)
        for choice in self.outcome.choices:
            yield {**self._told(choice.element, "choice", None, None), "flows": list(choice.flows)}

    def _told(self, element: str, kind: str, name: str | None, due: datetime | None) -> dict[str, Any]:
        known = self.definition.elements.get(element)
        title = (known.name if known else "") or name or ""
        return {"element": element, "name": title, "lane": known.lane if known else None, "type": kind, "due": stamp(due) if due else None}


def dry_run(sources: Sources, scenario: Mapping[str, Any], *, operations: Collection[str], now: datetime) -> dict[str, Any]:
    """Run a scenario and return where the process then stands.

    `now` is the moment at which it begins unless it says so itself. Raises DefinitionInvalid when the files would not deploy,
    InvalidInput for a scenario that is none, StepRefused for a step that cannot be done.
    """
    if unknown := sorted(scenario.keys() - KEYS):
        raise InvalidInput(f"Expected only the keys {sorted(KEYS)} in the scenario, but found {unknown}.")
    definition = _definition(sources, scenario.get("process"), operations)
    begins = _moment(scenario["now"]) if "now" in scenario else now
    run = DryRun(definition=definition, now=begins, outcome=start(definition, dict(scenario.get("start", {})), now=begins))
    run.take(run.outcome)
    for number, step in enumerate(scenario.get("steps", []), start=1):
        try:
            _do(run, step)
        except EngineError as error:
            element = next((str(step[verb]) for verb in VERBS if verb in step), "") if isinstance(step, Mapping) else ""
            raise StepRefused(error.message, step=number, element=element) from error
    return run.answer()


def _definition(sources: Sources, process: str | None, operations: Collection[str]) -> Definition:
    checked = examine(sources, operations=operations)
    errors = [finding for finding in checked.findings if finding.severity == ERROR]
    if errors:
        raise DefinitionInvalid(errors)
    if process is None and len(checked.definitions) == 1:
        return next(iter(checked.definitions.values()))
    if process is None or process not in checked.definitions:
        found = ", ".join(sorted(checked.definitions)) or "none"
        raise NotFound(f"Expected the process to try, one of {found}, but found {process!r}. Name it in the scenario as `process`.")
    return checked.definitions[process]


def _moment(text: Any) -> datetime:
    moment = parse_moment(str(text))
    return moment.astimezone(UTC) if isinstance(moment, datetime) else start_of_day(moment)


def _do(run: DryRun, step: Any) -> None:
    said = [verb for verb in VERBS if isinstance(step, Mapping) and verb in step]
    if len(said) != 1 or (unknown := step.keys() - {said[0]} - BESIDE[said[0]]):
        raise InvalidInput(f"Expected a step with one of {', '.join(VERBS)}, but found {step!r}." if len(said) != 1 else f"Expected no {sorted(unknown)} beside {said[0]!r}.")
    _STEPS[said[0]](run, step)


def _complete(run: DryRun, step: Mapping[str, Any]) -> None:
    wanted, data = step["complete"], dict(step.get("with", {}))
    for task in run.outcome.tasks:
        if task.element == wanted:
            return run.take(advance(run.definition, run.outcome.state, CompleteTask(task=task.id, data=data), now=run.now))
    for operation in run.outcome.operations:
        if operation.element == wanted:
            return run.take(advance(run.definition, run.outcome.state, CompleteOperation(task=operation.id, result=data), now=run.now))
    raise NotFound(f"Expected a task or an operation {wanted!r} that waits, but of these there is only {_names(run)}.")


def _advance(run: DryRun, step: Mapping[str, Any]) -> None:
    """Move the clock, firing each timer at its own moment, earliest first."""
    until = parse_duration(str(step["advance"])).after(run.now)
    if until < run.now:
        raise InvalidInput(f"Expected a duration forward, but found {step['advance']!r}.")
    while due := [timer for timer in run.outcome.timers if timer.due <= until]:
        first = min(due, key=lambda timer: timer.due)
        run.now = max(run.now, first.due)
        run.take(advance(run.definition, run.outcome.state, FireTimer(task=first.id), now=run.now))
    run.now = until


def _message(run: DryRun, step: Mapping[str, Any]) -> None:
    for entry in run.outcome.subscriptions:
        if entry.message == step["message"] and step.get("key", entry.key) == entry.key:
            command = DeliverMessage(task=entry.id, payload=dict(step.get("with", {})))
            return run.take(advance(run.definition, run.outcome.state, command, now=run.now))
    waiting = ", ".join(sorted(f"{entry.message} (key {entry.key!r})" for entry in run.outcome.subscriptions)) or "nothing"
    raise NotFound(f"Expected something that waits for the message {step['message']!r}, but the process waits for {waiting}.")


def _choose(run: DryRun, step: Mapping[str, Any]) -> None:
    for choice in run.outcome.choices:
        if step["choose"] in choice.flows:
            return run.take(advance(run.definition, run.outcome.state, Choose(task=choice.id, flow=step["choose"]), now=run.now))
    offered = ", ".join(flow for choice in run.outcome.choices for flow in choice.flows) or "none"
    raise NotFound(f"Expected one of the flows that may be chosen ({offered}), but found {step['choose']!r}.")


def _names(run: DryRun) -> str:
    waiting = {task.element for task in run.outcome.tasks} | {operation.element for operation in run.outcome.operations}
    return ", ".join(sorted(waiting)) or "nothing"


_STEPS: Mapping[str, Callable[[DryRun, Mapping[str, Any]], None]] = {
    "complete": _complete,
    "advance": _advance,
    "message": _message,
    "choose": _choose,
}
