"""What each verb of a scenario's step does to a dry run. A step that cannot be done says what waits instead."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from difflib import get_close_matches
from itertools import zip_longest
from typing import Any, TypeVar

from engine.bpmn import (
    Choose,
    CompleteOperation,
    CompleteTask,
    DeliverMessage,
    FireTimer,
    OpenOperation,
    OpenSubscription,
    OpenTask,
    OpenTimer,
    RaiseError,
)
from engine.bpmn.language.moments import MOMENT, parse_duration, parse_moment
from engine.definitions.dry_run_instance import DryRun
from engine.definitions.dry_run_scenario import Step
from engine.definitions.dry_run_starts import Awaited, fulfilled
from engine.kernel.calendar import start_of_day
from engine.kernel.clock import stamp
from engine.kernel.errors import InvalidInput, NotFound, Refused

MAX_FIRED = 2_000  # timers of one advance, some seconds of work: a daily cycle runs for five years, an hourly one for twelve weeks
Waiting = TypeVar("Waiting")


def do(run: DryRun, step: Step) -> None:
    """Carry out a step. Raises InvalidInput, NotFound, Refused, StepFailed."""
    if run.ended and step.verb != "advance":
        where = ", ".join(run.ends) or "the end of its path"
        raise Refused(f"Expected a running process for {step.verb!r}, but it has ended at {where}. Remove the steps after that.")
    _STEPS[step.verb](run, step)


def moment(text: str) -> datetime:
    """Return the moment, in UTC, of an ISO text; a date is its beginning in Vietnam. Raises InvalidInput."""
    found = parse_moment(text)
    try:
        return found.astimezone(UTC) if isinstance(found, datetime) else start_of_day(found)
    except OverflowError:
        raise InvalidInput(f"Expected a moment between the years 1 and 9998, but found {text!r}.") from None


def _complete(run: DryRun, step: Step) -> None:
    chosen = _work(run, step)
    if isinstance(chosen, OpenTask):
        run.warnings += (sentence for sentence in _form_warnings(run, chosen, step.data) if sentence not in run.warnings)
        run.do(CompleteTask(task=chosen.id, data=step.data))
    else:
        run.do(CompleteOperation(task=chosen.id, result=step.data))


def _fail(run: DryRun, step: Step) -> None:
    """Let a task or an operation fail with an error, which an error event around it catches."""
    run.do(RaiseError(task=_work(run, step).id, code=step.error, data=step.data))


def _work(run: DryRun, step: Step) -> OpenTask | OpenOperation:
    outcome = run.picture
    everyone: tuple[OpenTask | OpenOperation, ...] = (*outcome.tasks, *outcome.operations)
    found = [entry for entry in everyone if entry.element == step.what]
    if not found:
        raise NotFound(f"Expected a task or an operation {step.what!r} that waits, but {_instead(run, step.what)}.")
    return _pick(found, step)


def _choose(run: DryRun, step: Step) -> None:
    """Take the way with this id, or else the one with this name."""
    choices = run.picture.choices
    found = [(choice, step.what) for choice in choices if step.what in choice.flows]
    found = found or [(choice, flow) for choice in choices for flow, name in zip(choice.flows, choice.names, strict=False) if name == step.what]
    if not found:
        offered = ", ".join(_ways(choice.flows, choice.names) for choice in choices) or "none"
        raise NotFound(f"Expected one of the flows that may be chosen ({offered}), but found {step.what!r}.")
    choice, flow = _pick(found, step)
    run.do(Choose(task=choice.id, flow=flow))


def _ways(flows: Sequence[str], names: Sequence[str]) -> str:
    return ", ".join(f"{flow} ({name})" if name and name != flow else flow for flow, name in zip_longest(flows, names, fillvalue=""))


def _message(run: DryRun, step: Step) -> None:
    if run.outcome is None:
        _begin(run, step, ("message", "signal"))
        return
    waiting = run.outcome.subscriptions
    same = [entry for entry in waiting if entry.message == step.what] or [entry for entry in waiting if entry.element == step.what]
    found = [entry for entry in same if entry.kind == "message" and step.key in (None, entry.key)]
    if found:
        run.do(DeliverMessage(task=_pick(found, step).id, payload=step.data))
    elif any(entry.kind == "signal" for entry in same):
        _signal(run, replace(step, what=same[0].message))
    else:
        found_instead = ", ".join(map(_awaited, waiting)) or "no message"
        wanted = repr(step.what) if step.key is None else f"{step.what!r} with the key {step.key!r}"
        raise NotFound(f"Expected something that waits for the message {wanted}, but the process waits for {found_instead}.")


def _awaited(entry: OpenSubscription) -> str:
    return f"{entry.message} (key {entry.key!r})" if entry.kind == "message" else f"the signal {entry.message}"


def _signal(run: DryRun, step: Step) -> None:
    """Let everyone hear a signal who waits for it now; what only begins to wait because of it does not."""
    if run.outcome is None:
        _begin(run, step, ("signal",))
        return
    found = [entry for entry in run.outcome.subscriptions if entry.kind == "signal" and entry.message == step.what]
    if step.heard is not None:
        found = [entry for element in step.heard for entry in found if entry.element == element]
    waiting = [entry.id for entry in found]
    if not waiting:
        known = ", ".join(sorted({entry.message for entry in run.outcome.subscriptions if entry.kind == "signal"})) or "no signal"
        raise NotFound(f"Expected something that waits for the signal {step.what!r}, but the process waits for {known}.")
    for identity in waiting:
        if any(entry.id == identity for entry in run.picture.subscriptions):  # an earlier one may have ended it
            run.do(DeliverMessage(task=identity, payload=step.data))


def _begin(run: DryRun, step: Step, kinds: Sequence[str]) -> None:
    for kind in kinds:
        for start in run.starts:
            if (start.kind, start.name) == (kind, step.what):
                run.begin(step.data, entry=start.element)
                return
    ways = ", ".join(each.hint() for each in run.starts)
    raise NotFound(f"Expected the {step.verb} {step.what!r} to begin the process, but it begins by {ways}.")


def _advance(run: DryRun, step: Step) -> None:
    """Move the clock: each timer fires at its own moment, earliest first, in document order where moments are equal."""
    until = _until(run, step.what)
    if step.fires is not None:
        _fire(run, step.fires, until)
        return
    fired = 0
    while (first := _next(run, until)) is not None:
        fired += 1
        if fired > MAX_FIRED:
            raise Refused(f"Expected at most {MAX_FIRED} timers within one advance, but at {stamp(run.now)} still more are due. Advance by less.")
        run.now = max(run.now, first.due or until)
        if isinstance(first, Awaited):
            run.begin({}, entry=first.element)
        else:
            run.do(FireTimer(task=first.id))
    run.now = until


def _next(run: DryRun, until: datetime) -> OpenTimer | Awaited | None:
    if run.outcome is None:
        due = [start for start in run.starts if start.due and start.due <= until]
        if due:
            return min(due, key=lambda start: start.due or until)
        return next((start for start in run.starts if fulfilled(run.definition, start, run.data, until)), None)
    place = {element.id: number for number, element in enumerate(run.definition.elements.values())}
    timers = [timer for timer in run.outcome.timers if timer.due <= until]
    return min(timers, key=lambda timer: (timer.due, place.get(timer.element, 0)), default=None)


def _fire(run: DryRun, elements: Sequence[str], until: datetime) -> None:
    """Fire exactly these timers at the moment `until`: as in a real case, whose workers look when they look."""
    run.now = until
    for element in elements:
        found = sorted((timer for timer in run.picture.timers if timer.element == element), key=lambda timer: timer.due)
        if not found:
            waiting = ", ".join(timer.element for timer in run.picture.timers) or "none"
            raise NotFound(f"Expected a timer at {element!r} that runs, but of these there is only {waiting}.")
        run.do(FireTimer(task=found[0].id))


def _until(run: DryRun, said: str) -> datetime:
    try:
        until = moment(said) if MOMENT.match(said) else parse_duration(said).after(run.now).astimezone(UTC)
    except OverflowError:
        raise InvalidInput(f"Expected a moment before the year 9999, but found {said!r}. Advance by less.") from None
    except InvalidInput as error:
        if said[:1].isdigit() or "year" in error.message:
            raise
        raise InvalidInput(f"{error.message.rstrip('.')}. A moment such as 2026-01-31 is understood too.") from None
    if until < run.now:
        raise InvalidInput(f"Expected a duration forward, or a moment after {stamp(run.now)}, but found {said!r}.")
    return until


def _pick(found: Sequence[Waiting], step: Step) -> Waiting:
    """Return the one that the step means: the oldest unless it says another."""
    if step.index > len(found):
        raise NotFound(f"Expected 'index' from 1 to {len(found)}, as many as wait for {step.what!r}, but found {step.index}.")
    return found[step.index - 1]


def _instead(run: DryRun, wanted: str) -> str:
    """Return what a designer wants to know who named an element that is no open task."""
    known = {element.id: element for element in run.definition.elements.values()}
    for entry in run.waiting():
        if entry["element"] == wanted and (hint := _HINTS.get(entry["type"])):
            return f"it waits otherwise: use {hint(entry)}"
    waiting = sorted({entry["element"] for entry in run.waiting() if entry["type"] in {"user", "operation"}})
    if wanted not in known:
        near = get_close_matches(wanted, known, n=1)
        only = ", ".join(waiting) or "nothing"
        if near:
            return f"the diagram has no such element (did you mean {near[0]!r}?); there is only {only}"
        return f"the diagram has no such element; there is only {only}"
    been = "has been passed already" if wanted in run.path else "has not been reached"
    return f"it {been}; there is only {', '.join(waiting) or 'nothing'} of these"


_HINTS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "choice": lambda entry: f'{{"choose": …}} with one of {_ways(entry["flows"], entry.get("names", []))}',
    "timer": lambda entry: f'{{"advance": …}} until {entry["due"]}',
    "message": lambda entry: f'{{"message": "{entry["message"]}"}}',
    "signal": lambda entry: f'{{"signal": "{entry["signal"]}"}}',
}


def _form_warnings(run: DryRun, task: OpenTask, data: Mapping[str, Any]) -> Iterable[str]:
    """Yield where a real case would not take the data as the scenario gives them."""
    form = run.forms.get(task.form or "")
    if not data:
        return
    if form is None:
        if task.form is None:
            yield f"{task.element} has no form (chidao:form): a real case would complete it without data, so {', '.join(sorted(data))} would be missing."
        return
    if kept := sorted(data.keys() - form.route(data).keys()):
        yield f"{task.element}: the form {form.key!r} does not hand {', '.join(kept)} to the process (x-route); a real case would not see it in its data."
    try:
        form.validate(data)
    except InvalidInput as error:
        wrong = {path: sentence for path, sentence in error.details["fields"].items() if path.split(".")[0] in data}
        yield from (f"{task.element}: the form {form.key!r} would refuse it: {sentence}" for sentence in wrong.values())


_STEPS: Mapping[str, Callable[[DryRun, Step], None]] = {
    "complete": _complete,
    "advance": _advance,
    "message": _message,
    "signal": _signal,
    "choose": _choose,
    "fail": _fail,
}
