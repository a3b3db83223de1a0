"""Random versions of random drawings: after a migration an instance goes on as the new version says for tokens at those places."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.bpmn import CompleteTask, Definition, Migration, Moved, Outcome, advance, compile_definition, start
from tests.bpmn.diagrams import HEAD, NOW, el, flow


@dataclass(slots=True)
class Task:
    """A step that a person does."""

    id: str


@dataclass(slots=True)
class Fork:
    """Branches side by side, each a list of steps; the join has the id of the fork with a j behind it."""

    id: str
    branches: list[list[Any]] = field(default_factory=list)


@dataclass(slots=True)
class Part:
    """A sub-process."""

    id: str
    steps: list[Any] = field(default_factory=list)


class Author:
    """Draws a structured process, and a later version of it: steps inserted, removed, renamed, branches too."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.count = 0
        self.renamed: dict[str, str] = {}

    def name(self, letter: str) -> str:
        self.count += 1
        return f"{letter}{self.count}"

    def steps(self, depth: int) -> list[Any]:
        return [self.step(depth) for _ in range(self.random.randint(1, 3))]

    def step(self, depth: int) -> Any:
        kind = self.random.choice(["task", "task", "fork", "part"]) if depth else "task"
        if kind == "fork":
            return Fork(self.name("f"), [self.steps(depth - 1) for _ in range(2)])
        return Part(self.name("p"), self.steps(depth - 1)) if kind == "part" else Task(self.name("t"))

    def later(self, steps: list[Any]) -> list[Any]:
        """Return a later version; every list keeps at least one step."""
        found: list[Any] = []
        for step in steps:
            if self.random.random() < 0.2:
                found.append(Task(self.name("n")))
            if self.random.random() < 0.15 and len(steps) > 1:
                continue
            again = self.again(step)
            if isinstance(again, Fork) and self.random.random() < 0.15:
                found += [inner for branch in again.branches for inner in branch]  # one after the other from now on
            elif found and self.random.random() < 0.1:
                found[-1:] = [Fork(self.name("f"), [[found[-1]], [again]])]  # side by side from now on
            else:
                found.append(again)
        return found or [Task(self.name("n"))]

    def again(self, step: Any) -> Any:
        id = step.id
        if self.random.random() < 0.25:
            id = self.renamed[step.id] = self.name("r")
        if isinstance(step, Fork):
            if id != step.id:
                self.renamed[f"{step.id}j"] = f"{id}j"
            branches = [self.later(branch) for branch in step.branches]
            more = self.random.random()
            return Fork(id, [*branches, self.steps(0)] if more < 0.2 else branches[:1] if more < 0.3 else branches)
        return Part(id, self.later(step.steps)) if isinstance(step, Part) else Task(id)


def drawn(steps: list[Any], around: str = "") -> str:
    """Return the nodes and flows of a process or sub-process."""
    lines = [el("startEvent", f"s{around}"), el("endEvent", f"e{around}")]
    _sequence(lines, steps, f"s{around}", f"e{around}")
    return "".join(lines)


def _sequence(lines: list[str], steps: list[Any], before: str, after: str) -> None:
    for step in steps:
        last = step.id
        if isinstance(step, Fork):
            last = f"{step.id}j"
            lines += [el("parallelGateway", step.id), el("parallelGateway", last)]
            for branch in step.branches:
                _sequence(lines, branch, step.id, last)
        elif isinstance(step, Part):
            lines.append(el("subProcess", step.id, drawn(step.steps, step.id)))
        else:
            lines.append(el("userTask", step.id))
        lines.append(flow(before, step.id))
        before = last
    lines.append(flow(before, after))


def compiled(steps: list[Any]) -> Definition:
    xml = f'{HEAD}<bpmn:process id="p" isExecutable="true">{drawn(steps)}</bpmn:process></bpmn:definitions>'
    return compile_definition("p", {"p.bpmn": xml.encode()}, functions={})


def places(steps: list[Any]) -> dict[str, tuple[str, ...]]:
    """Return where each step stands: the forks with their branches, and the sub-processes, around it."""
    found: dict[str, tuple[str, ...]] = {}

    def walk(inner: list[Any], around: tuple[str, ...]) -> None:
        for step in inner:
            found[step.id] = around
            if isinstance(step, Fork):
                for number, branch in enumerate(step.branches):
                    walk(branch, (*around, f"{step.id} {number}"))
            elif isinstance(step, Part):
                walk(step.steps, (*around, step.id))

    walk(steps, ())
    return found


def rest(steps: list[Any], open_tasks: set[str]) -> Counter[str] | None:
    """Return the tasks that are done from here to the end, the open ones first; None when nothing in `steps` is open."""
    for number, step in enumerate(steps):
        here = _within(step, open_tasks)
        if here is not None:
            return here + _all(steps[number + 1 :])
    return None


def _within(step: Any, open_tasks: set[str]) -> Counter[str] | None:
    if isinstance(step, Task):
        return Counter([step.id]) if step.id in open_tasks else None
    inner = [rest(branch, open_tasks) for branch in (step.branches if isinstance(step, Fork) else [step.steps])]
    found = [each for each in inner if each is not None]
    return sum(found, Counter()) if found else None  # a branch where nothing is open has been done


def _all(steps: list[Any]) -> Counter[str]:
    found: Counter[str] = Counter()
    for step in steps:
        found += Counter([step.id]) if isinstance(step, Task) else sum((_all(each) for each in getattr(step, "branches", [getattr(step, "steps", [])])), Counter())
    return found


def play(definition: Definition, out: Outcome, order: random.Random, turns: int) -> tuple[Outcome, Counter[str]]:
    """Do up to `turns` open tasks in random order; return where that leads and what was done."""
    done: Counter[str] = Counter()
    while out.tasks and turns:
        chosen = order.choice(sorted(out.tasks, key=lambda task: task.element))
        done[chosen.element] += 1
        out = advance(definition, out.state, CompleteTask(task=chosen.id), now=NOW)
        turns -= 1
    return out, done


def check(seed: int) -> bool:
    """Migrate one random instance; tell whether it could be moved."""
    author = Author(seed)
    first = author.steps(2)
    second = author.later(first)
    old, new = compiled(first), compiled(second)
    order = random.Random(seed + 1)
    out, _ = play(old, start(old, {}, now=NOW), order, order.randint(0, len(places(first))))
    if out.ended:
        return False
    standing = {author.renamed.get(task.element, task.element): task.id for task in out.tasks}
    after = places(second)
    found = Migration(old, new, mapping=author.renamed).move(out.state, now=NOW)
    if not isinstance(found, Moved):
        assert found, f"seed {seed}: a refusal says why"
        return False
    assert {task.element: task.id for task in found.outcome.tasks} == standing, f"seed {seed}"
    assert standing.keys() <= after.keys(), f"seed {seed}: a token stands where nothing is"
    expected = rest(second, set(standing))
    end, done = play(new, found.outcome, order, 1000)
    assert end.ended, f"seed {seed}: it never comes to its end"
    assert done == expected, f"seed {seed}"
    return True


@given(st.integers(min_value=0, max_value=10**9))
@settings(max_examples=120, deadline=None, derandomize=True)
def test_a_moved_instance_does_what_the_new_version_has_left_for_it(seed: int) -> None:
    check(seed)


def test_most_random_migrations_are_possible_and_some_are_not() -> None:
    moved = sum(check(seed) for seed in range(60))
    assert 15 < moved < 60


def test_an_unchanged_version_moves_every_instance() -> None:
    for seed in range(40):
        author = Author(seed)
        steps = author.steps(2)
        definition = compiled(steps)
        order = random.Random(seed)
        out, _ = play(definition, start(definition, {}, now=NOW), order, order.randint(0, 4))
        found = Migration(definition, definition, mapping={}).move(out.state, now=NOW)
        assert out.ended or (isinstance(found, Moved) and found.outcome.state == out.state)
