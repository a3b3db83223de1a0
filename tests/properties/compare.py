"""Runs a model on the engine, which saves and loads at every step, beside the reference interpreter, and compares what is seen."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

from engine.bpmn import (
    Choose,
    Command,
    CompleteOperation,
    CompleteTask,
    Definition,
    DeliverMessage,
    FireTimer,
    OpenChoice,
    Outcome,
    RaiseError,
    advance,
    compile_definition,
    start,
)
from engine.bpmn.ad_hoc import AdHoc
from engine.bpmn.picture import picture
from engine.bpmn.serialise import read_row
from engine.bpmn.step import _COMMANDS, _instance, _named
from engine.kernel.errors import DefinitionInvalid, Refused, StepFailed
from tests.properties.draw import NAMES
from tests.properties.model import Model, smaller, xml
from tests.properties.reference import MOVES, Running
from tests.properties.state import Active, Failed, Listener, Order

NOW = datetime(2024, 4, 1, tzinfo=UTC)
BUDGET = 250  # elements that the engine may run in a step
SHORT = 60  # a step of fewer moves comes to rest for certain
CROWD = 25  # so much open work is no longer looked at


class Differs(AssertionError):
    """The engine and the reference disagree."""


@dataclass
class Report:
    """What a run came to."""

    steps: int = 0
    verdict: str = ""
    failures: Counter[str] = field(default_factory=Counter)


Seen = dict[str, Any]


def seen_in_engine(out: Outcome) -> Seen:
    open_work: Counter[Any] = Counter(("task", task.element, task.call_path, task.data.get("loopCounter")) for task in out.tasks)
    open_work.update(("timer", timer.element, timer.due) for timer in out.timers)
    open_work.update((each.kind, each.element, each.message) for each in out.subscriptions)
    open_work.update(("operation", each.element) for each in out.operations)
    open_work.update(_choice_label(each) for each in out.choices)
    open_work.update(("condition", each.element) for each in out.conditions)
    return {
        "open": open_work,
        "passed": Counter((each.element, each.call_path) for each in out.completed),
        "sent": Counter(each.element for each in out.sent),
        "signals": Counter(each.signal for each in out.signals),
        "ends": sorted(out.ends),
        "ended": out.ended,
        "data": out.data,
        "task data": sorted((task.element, repr(sorted(task.data.items()))) for task in out.tasks),
    }


def _choice_label(choice: OpenChoice) -> Any:
    """Label a choice; flows, which have an underscore in their names, may have lost those, so they are only counted."""
    return "choice", choice.element, choice.call_path, tuple("" if "_" in name else name for name in choice.flows)


def seen_in_reference(running: Running) -> Seen:
    return {
        "open": Counter(label for label, _ in running.openings()) if not running.ended else Counter(),
        "passed": +running.log,
        "sent": +running.sent,
        "signals": +running.signals,
        "ends": sorted(running.ends),
        "ended": running.ended,
        "data": running.root.data.local,
        "task data": sorted((label[1], repr(sorted(target.data.flat().items()))) for label, target in running.openings() if label[0] == "task" and not running.ended),
    }


# -------------------------------------------------------------------------------------------------------- the engine


@dataclass(frozen=True)
class Act:
    """Something from outside, found again by its kind and its place among the open things of that kind."""

    kind: str
    index: int
    data: dict[str, int]
    flow: int = 0
    fails: str = ""

    def command(self, out: Outcome) -> Command:
        if self.fails:
            return RaiseError(task=(out.tasks if self.kind == "task" else out.operations)[self.index].id, code=self.fails, data=self.data)
        if self.kind == "task":
            return CompleteTask(task=out.tasks[self.index].id, data=self.data)
        if self.kind == "operation":
            return CompleteOperation(task=out.operations[self.index].id, result=self.data)
        if self.kind == "timer":
            return FireTimer(task=out.timers[self.index].id)
        if self.kind == "choice":
            choice = out.choices[self.index]
            return Choose(task=choice.id, flow=choice.flows[self.flow])
        return DeliverMessage(task=out.subscriptions[self.index].id, payload=self.data)


class Saved:
    """The product: every step loads the row and writes it."""

    def __init__(self, definition: Definition, data: dict[str, Any], entry: str | None = None) -> None:
        self.definition = definition
        self.out = start(definition, data, now=NOW, budget=BUDGET, entry=entry)

    def do(self, act: Act, now: datetime) -> None:
        self.out = advance(self.definition, self.out.state, act.command(self.out), now=now, budget=BUDGET)


class Kept(Saved):
    """The same instance in memory from beginning to end, never saved."""

    def __init__(self, definition: Definition, data: dict[str, Any], entry: str | None = None) -> None:
        self.instance = _instance(definition, NOW, BUDGET)
        self.instance.scope.local.update(data)
        self.instance.begin([entry] if entry else self.instance.spec.entries)
        self.instance.go()
        self.out = picture(self.instance)

    def do(self, act: Act, now: datetime) -> None:
        command = act.command(self.out)
        self.instance.budget = BUDGET
        for each in (self.instance.passed, self.instance.sent, self.instance.signals):
            each.clear()
        self.instance.script_engine.environment.now = now
        for place in self.instance.everywhere():
            if isinstance(place, AdHoc):
                place.begun.clear()  # what was begun within the last step
        _COMMANDS[type(command)](_named(self.instance, command), command)
        self.instance.go()
        self.out = picture(self.instance)


# ------------------------------------------------------------------------------------------------------ the comparison


def compiled(model: Model, *, named: bool = True) -> Definition:
    """Compile the model without the check of its joins: where tokens wait for ever is compared too (test_waiting_for_ever judges the check)."""
    with patch("engine.bpmn.soundness.merges.check"):
        return compile_definition("p", {"p.bpmn": xml(model, named=named)}, functions={})


def orders(seed: int) -> Iterator[Order]:
    yield Order()
    yield Order(eager=False)
    for each in range(40):
        yield Order(seed * 100 + each)


def play(model: Model, seed: int, steps: int = 25) -> tuple[Report, list[Act]]:
    """Run the model with random choices and compare at every step. Raises Differs. Return what was done."""
    report, acts = Report(), list[Act]()
    choice = random.Random(seed)
    definition = compiled(model)
    names = model.elements()
    blank = Running(model, NOW)
    entry = _entry(model, seed)
    try:
        run = Saved(definition, dict(model.data), entry)
    except StepFailed as error:
        report.verdict = _agree_on_failure(error, [lambda order: _begun(blank, order, entry)], seed)
        return report, acts
    candidates = _matching(run.out, [lambda order: _begun(blank, order, entry)], seed, acts)
    for number in range(steps):
        if run.out.ended or sum(report.failures.values()) > 5 or sum(seen_in_engine(run.out)["open"].values()) > CROWD:
            break
        if not any((run.out.tasks, run.out.timers, run.out.subscriptions, run.out.operations, run.out.choices)):
            break  # conditions that no command will fulfil
        act, label = _choose(run.out, choice)
        now = NOW + timedelta(hours=number + 1)
        tries = [_try(candidate, index, act, now) for candidate in candidates for index, (each, _) in enumerate(candidate.openings()) if each == label]
        try:
            run.do(act, now)
        except (StepFailed, Refused) as error:
            report.failures[_agree_on_failure(error, tries, seed)] += 1
            continue
        acts.append(act)
        candidates = _matching(run.out, tries, seed, acts)
        report.steps += 1
        _ids_are_the_authors(run.out, names)
        _is_lean(run.out, candidates)
    if run.out.ended:
        _is_clean(run.out)
    report.verdict = "ended" if run.out.ended else "open"
    return report, acts


def _entry(model: Model, seed: int) -> str | None:
    """Choose the start event: None is the plain one."""
    return random.Random(seed).choice([None, *(node.id for node in model.main.triggers())])


def _begun(blank: Running, order: Order, entry: str | None) -> Running:
    running = blank.copy()
    running.begin(order, entry)
    return running


def _choose(out: Outcome, choice: random.Random) -> tuple[Act, Any]:
    """Choose what to do, and how it is labelled."""
    open_work = [("task", index, ("task", task.element, task.call_path, task.data.get("loopCounter"))) for index, task in enumerate(out.tasks)] * 3
    open_work += [("timer", index, ("timer", timer.element, timer.due)) for index, timer in enumerate(out.timers)]
    open_work += [("message", index, (each.kind, each.element, each.message)) for index, each in enumerate(out.subscriptions)]
    open_work += [("operation", index, ("operation", each.element)) for index, each in enumerate(out.operations)] * 3
    open_work += [("choice", index, _choice_label(each)) for index, each in enumerate(out.choices)] * 3
    kind, index, label = choice.choice(sorted(open_work, key=repr))
    data = {name: choice.randrange(3) for name in choice.sample([*NAMES, "r"], choice.randrange(3))} if kind not in ("timer", "choice") else {}
    flow = choice.randrange(len(out.choices[index].flows)) if kind == "choice" else 0
    fails = f"e{choice.randrange(2)}" if kind in ("task", "operation") and choice.random() < 0.06 else ""
    return Act(kind, index, data, flow, fails), label


def _try(candidate: Running, index: int, act: Act, now: datetime) -> Any:
    def attempt(order: Order) -> Running:
        running = candidate.copy()

        def carry_out(copied: Running) -> None:
            _, target = copied.openings()[index]
            if isinstance(target, Listener):
                copied.hear(target, act.data)
            elif act.kind == "choice":
                copied.choose(target, copied_flow(copied, target, act.flow))
            elif act.fails:
                copied.fail(target, act.data, act.fails)
            else:
                copied.complete(target, act.data)

        running.do(carry_out, now, order)
        return running

    return attempt


def copied_flow(running: Running, active: Active, index: int) -> str:
    if active.inside is not None:
        return running.selection(active.inside)[index]
    return active.scope.graph.leaving(active.node.id)[index].id


def _matching(out: Outcome, tries: list[Any], seed: int, acts: list[Act]) -> list[Running]:
    """Return the states of the reference that look like the engine's. Raises Differs when no order of moves leads to one."""
    wanted = seen_in_engine(out)
    first: Any = None
    for order in orders(seed):
        found: dict[str, Running] = {}
        for attempt in tries:
            try:
                running = attempt(order)
            except Failed as error:
                first = first or f"the reference fails: {error}"
                continue
            seen = seen_in_reference(running)
            if seen == wanted:
                found.setdefault(running.root.picture(), running)
            first = first or seen
        if found:
            return list(found.values())[:12]
    raise Differs(f"after {acts}\n{_difference(wanted, first)}")


def _difference(wanted: Seen, found: Any) -> str:
    if not isinstance(found, dict):
        return f"engine: {wanted}\n{found}"
    return "\n".join(f"{key}: engine {wanted[key]}\n{' ' * len(key)}  should be {found[key]}" for key in wanted if wanted[key] != found[key])


REASONS = {"can no longer come": "stuck", "without end": "diverges", "nothing in it can be done": "diverges", "true condition": "no way", "error event that catches": "nobody"}


def _agree_on_failure(error: StepFailed | Refused, tries: list[Any], seed: int) -> str:
    why = next((reason for text, reason in REASONS.items() if text in str(error)), str(error))
    found: list[str] = []
    for order in orders(seed):
        for attempt in tries:
            try:
                running = attempt(order)
            except Failed as failure:
                if failure.why == why or (why == "diverges" and failure.why == "no way"):
                    return why
                found.append(failure.why)
            else:
                if why == "diverges" and running.moves > SHORT:
                    return "long"
                found.append(f"it goes on: {seen_in_reference(running)['open']}")
    raise Differs(f"the engine fails: {error}\nthe reference: {found[:3]}")


def _ids_are_the_authors(out: Outcome, names: set[str]) -> None:
    found = {each.element for group in (out.tasks, out.timers, out.subscriptions, out.operations, out.choices, out.conditions, out.completed, out.sent) for each in group}
    found |= {name for each in (*out.completed, *out.tasks) for name in each.call_path} | set(out.ends)
    if not found <= names:
        raise Differs(f"ids that no author gave: {found - names}")


def _is_lean(out: Outcome, candidates: list[Running]) -> None:
    row = read_row(out.state)
    kept = len(row["tokens"]) + sum(len(tokens) for _, tokens in row["inside"])
    if all(kept != candidate.weight() for candidate in candidates):
        raise Differs(f"the row: {kept} tokens, should be {[candidate.weight() for candidate in candidates]}\n{row}")


def _is_clean(out: Outcome) -> None:
    row = read_row(out.state)
    left = {key: value for key, value in row.items() if key not in ("v", "data", "ends") and value}
    if left or seen_in_engine(out)["open"]:
        raise Differs(f"left over after the end: {left} {seen_in_engine(out)['open']}")


def replay(model: Model, acts: list[Act], kind: type[Saved], entry: str | None, *, named: bool = True) -> list[Seen]:
    """Do the same again, in memory or without ids, and return what was seen."""
    run = kind(compiled(model, named=named), dict(model.data), entry)
    seen = [seen_in_engine(run.out)]
    for number, act in enumerate(acts):
        run.do(act, NOW + timedelta(hours=number + 1))
        seen.append(seen_in_engine(run.out))
    return seen


def judge(model: Model, seed: int) -> Report:
    """Play the model; then play it again in memory and without ids, which must show the same. Raises Differs."""
    report, acts = play(model, seed)
    if acts and not report.failures:
        entry = _entry(model, seed)
        plain = replay(model, acts, Saved, entry)
        for kind, named in ((Kept, True), (Saved, False)):
            if replay(model, acts, kind, entry, named=named) != plain:
                raise Differs(f"it runs otherwise {'in memory' if named else 'without ids'}: {acts}")
    return report


# -------------------------------------------------------------------------------------------------------- shrinking


def fault(model: Model, seed: int) -> str | None:
    """Return what is wrong with the model, by a word that stays the same while it shrinks; None when nothing is."""
    try:
        judge(model, seed)
    except Differs as error:
        return f"Differs {str(error).splitlines()[-1].split(':')[0][:20]}"
    except DefinitionInvalid as error:
        return "refused " + ",".join(sorted({finding.rule for finding in error.findings}))
    except Failed:
        return None
    except RecursionError:
        return "RecursionError"
    except Exception as error:  # noqa: BLE001  whatever it is, it is what we look for
        return type(error).__name__
    return None


def shrunk(model: Model, seed: int, *, seeds: int = 12, rounds: int = 400) -> tuple[Model, int]:
    """Return the smallest model found that is wrong in the same way, and the choices that show it."""
    wanted = (fault(model, seed) or "").split()[0]
    tries = [seed, *range(seeds)]
    smallest = model
    going = True
    while going and rounds > 0:
        going = False
        for candidate in smaller(smallest):
            rounds -= 1
            if candidate.size() > smallest.size():
                continue
            hit = next((each for each in tries if (fault(candidate, each) or "-").split()[0] == wanted), None)
            if hit is not None:
                smallest, seed, going = candidate, hit, True
                break
            if rounds <= 0:
                break
    return smallest, seed


__all__ = ["MOVES", "Differs", "Report", "fault", "judge", "play", "replay", "shrunk"]
