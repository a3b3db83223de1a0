"""Random block-structured processes run as their structure says: saved and loaded at every step, kept in memory, in any order.

The oracle is the process tree itself, executed by a few lines here that know nothing of tokens, tasks or the library.
"""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.util.task import TaskState

from engine.bpmn import CompleteTask, DeliverMessage, OpenTask, Outcome, advance, compile_definition, start
from engine.bpmn.picture import picture
from engine.bpmn.step import _COMMANDS, _instance

NOW = datetime(2024, 4, 1, tzinfo=UTC)
HEAD = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:chidao="urn:chidao:bpmn:1" id="d" targetNamespace="t">'
    '<bpmn:message id="stop" name="stop"/>'
)


# ------------------------------------------------------------------------------------------------ the process tree


@dataclass
class Block:
    """A block of the tree. `run` yields whenever a person must act, and ends when the block is done."""

    id: str
    parts: list[Block] = field(default_factory=list)

    def begin(self, world: World, around: str = "") -> Live:
        raise NotImplementedError

    def draw(self, paper: Paper) -> tuple[str, str]:
        """Draw the block; return its first and last node."""
        raise NotImplementedError


class World:
    """The decisions of a run, by gateway."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.data: dict[str, Any] = {}


class Live:
    """A running block."""

    def __init__(self, parts: list[Live]) -> None:
        self.parts = parts

    def tasks(self) -> Iterator[str]:
        for part in self.parts:
            yield from part.tasks()

    def stops(self) -> Iterator[str]:
        for part in self.parts:
            yield from part.stops()

    def complete(self, task: str) -> bool:
        return any(part.complete(task) for part in self.parts)

    def stop(self, event: str) -> bool:
        return any(part.stop(event) for part in self.parts)

    @property
    def done(self) -> bool:
        self.parts = [part for part in self.parts if not part.done]
        return not self.parts


class Task(Block):
    def begin(self, world: World, around: str = "") -> Live:
        return LiveTask(self.id + around)

    def draw(self, paper: Paper) -> tuple[str, str]:
        paper.node("userTask", self.id)
        return self.id, self.id


class LiveTask(Live):
    def __init__(self, id: str) -> None:
        super().__init__([])
        self.id = id
        self.open = True

    def tasks(self) -> Iterator[str]:
        if self.open:
            yield self.id

    def complete(self, task: str) -> bool:
        hit = self.open and task == self.id
        self.open = self.open and not hit
        return hit

    @property
    def done(self) -> bool:
        return not self.open


class Sequence(Block):
    def begin(self, world: World, around: str = "") -> Live:
        return LiveSequence(self.parts, world, around)

    def draw(self, paper: Paper) -> tuple[str, str]:
        ends = [part.draw(paper) for part in self.parts]
        for (_, last), (first, _) in itertools.pairwise(ends):
            paper.flow(last, first)
        return ends[0][0], ends[-1][1]


class LiveSequence(Live):
    def __init__(self, blocks: list[Block], world: World, *around: str) -> None:
        super().__init__([])
        self.waiting = iter(zip(blocks, around * len(blocks) if len(around) == 1 else around, strict=True))
        self.world = world

    @property
    def done(self) -> bool:
        while super().done:
            following = next(self.waiting, None)
            if following is None:
                return True
            block, around = following
            self.parts = [block.begin(self.world, around)]
        return False


class Branches(Block):
    """Exclusive, parallel or inclusive: which branches are taken stands in the data under the gateway's id."""

    kind = "parallelGateway"

    def chosen(self, world: World) -> list[int]:
        return list(range(len(self.parts)))

    def begin(self, world: World, around: str = "") -> Live:
        return Live([self.parts[index].begin(world, around) for index in self.chosen(world)])

    def draw(self, paper: Paper) -> tuple[str, str]:
        split, join = f"{self.id}s", f"{self.id}j"
        conditional = self.kind != "parallelGateway"
        paper.node(self.kind, split, default=f"{split}-0" if conditional else None)
        paper.node(self.kind, join)
        for index, part in enumerate(self.parts):
            first, last = part.draw(paper)
            paper.flow(split, first, f"{index} in {self.id}" if conditional and index else None, id=f"{split}-{index}")
            paper.flow(last, join)
        return split, join


class Exclusive(Branches):
    kind = "exclusiveGateway"

    def chosen(self, world: World) -> list[int]:
        return world.data[self.id][:1] or [0]


class Inclusive(Branches):
    kind = "inclusiveGateway"

    def chosen(self, world: World) -> list[int]:
        return world.data[self.id] or [0]


class Loop(Block):
    """The body is repeated as often as the data say, under the loop's id. The body begins with a task, so it always waits."""

    def begin(self, world: World, around: str = "") -> Live:
        return LiveSequence(self.parts * world.data[self.id], world, around)

    def draw(self, paper: Paper) -> tuple[str, str]:
        merge, test, count = f"{self.id}m", f"{self.id}x", f"{self.id}n"
        paper.node("exclusiveGateway", merge)
        paper.node("scriptTask", count, f"<bpmn:script>{self.id}_n = {self.id}_n + 1</bpmn:script>")
        paper.node("exclusiveGateway", test, default=f"{self.id}out")
        first, last = self.parts[0].draw(paper)
        paper.flow(merge, first)
        paper.flow(last, count)
        paper.flow(count, test)
        paper.flow(test, merge, f"{self.id}_n &lt; {self.id}")
        reset = f"{self.id}e"
        paper.node("scriptTask", reset, f"<bpmn:script>{self.id}_n = 0</bpmn:script>")
        paper.flow(test, reset, id=f"{self.id}out")
        return merge, reset


class Inside(Block):
    """A sub-process, a call activity, or either of them several times, one after another or all at once."""

    style = "subProcess"
    times = 0
    sequential = False

    def begin(self, world: World, around: str = "") -> Live:
        if not self.times:
            return self.parts[0].begin(world, around)
        each = [f"{around} {self.id}_i={index}" for index in range(1, self.times + 1)]
        if self.sequential:
            return LiveSequence(self.parts * self.times, world, *each)
        return Live([self.parts[0].begin(world, inside) for inside in each])

    def draw(self, paper: Paper) -> tuple[str, str]:
        inner = Paper(paper.processes, (*paper.around, self.id) if self.times else paper.around)
        first, last = self.parts[0].draw(inner)
        inner.frame(first, last, self.id)
        repeat = (
            f'<bpmn:multiInstanceLoopCharacteristics isSequential="{str(self.sequential).lower()}">'
            f'<bpmn:loopCardinality>{self.times}</bpmn:loopCardinality><bpmn:inputDataItem name="{self.id}_i"/></bpmn:multiInstanceLoopCharacteristics>'
        )
        more = repeat if self.times else ""
        if self.style == "callActivity":
            paper.processes.append(f'<bpmn:process id="called_{self.id}">{"".join(inner.lines)}</bpmn:process>')
            paper.node("callActivity", self.id, more, calledElement=f"called_{self.id}")
        else:
            paper.node("subProcess", self.id, more + "".join(inner.lines))
        return self.id, self.id


class Guarded(Block):
    """A sub-process that a message ends before its time; then the handler's task is to be done instead."""

    def begin(self, world: World, around: str = "") -> Live:
        return LiveGuarded(self.id, around, self.parts[0].begin(world, around))

    def draw(self, paper: Paper) -> tuple[str, str]:
        inner = Paper(paper.processes, paper.around)
        first, last = self.parts[0].draw(inner)
        inner.frame(first, last, self.id)
        paper.node("subProcess", self.id, "".join(inner.lines))
        stop = '<bpmn:messageEventDefinition messageRef="stop"/>'
        paper.node("boundaryEvent", f"{self.id}b", stop, attachedToRef=self.id, chidao__key=paper.key())
        paper.node("userTask", f"{self.id}h")
        paper.node("exclusiveGateway", f"{self.id}x")
        paper.flow(f"{self.id}b", f"{self.id}h")
        paper.flow(f"{self.id}h", f"{self.id}x")
        paper.flow(self.id, f"{self.id}x")
        return self.id, f"{self.id}x"


class LiveGuarded(Live):
    def __init__(self, id: str, around: str, body: Live) -> None:
        super().__init__([body])
        self.id = id
        self.around = around
        self.stopped = False

    def stops(self) -> Iterator[str]:
        if not self.done and not self.stopped:
            yield f"{self.id}b{self.around}"
            yield from super().stops()

    def stop(self, event: str) -> bool:
        if not self.done and not self.stopped and event == f"{self.id}b{self.around}":
            self.stopped = True
            self.parts = [LiveTask(f"{self.id}h{self.around}")]
            return True
        return super().stop(event)


class Paper:
    """Where a diagram is drawn."""

    def __init__(self, processes: list[str], around: tuple[str, ...] = ()) -> None:
        self.lines: list[str] = []
        self.processes = processes
        self.around = around

    def key(self) -> str:
        """Write the expression that tells one instance of many from the others."""
        return " + ".join(["''", *(f"' {block}_i=' + str({block}_i)" for block in self.around)])

    def node(self, kind: str, id: str, inner: str = "", **attributes: str | None) -> None:
        listed = "".join(f' {name.replace("__", ":")}="{value}"' for name, value in attributes.items() if value)
        self.lines.append(f'<bpmn:{kind} id="{id}"{listed}>{inner}</bpmn:{kind}>')

    def flow(self, source: str, target: str, condition: str | None = None, id: str | None = None) -> None:
        inner = f"<bpmn:conditionExpression>{condition}</bpmn:conditionExpression>" if condition else ""
        name = id or f"{source}-{target}"
        self.lines.append(f'<bpmn:sequenceFlow id="{name}" sourceRef="{source}" targetRef="{target}">{inner}</bpmn:sequenceFlow>')

    def frame(self, first: str, last: str, around: str) -> None:
        self.node("startEvent", f"{around}S")
        self.node("endEvent", f"{around}E")
        self.flow(f"{around}S", first)
        self.flow(last, f"{around}E")


class Author:
    """Draws random trees, and the decisions that go with them."""

    kinds = ("task", "task", "sequence", "xor", "and", "or", "loop", "inside", "guarded")

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.world = World(seed)
        self.count = 0

    def name(self, letter: str) -> str:
        self.count += 1
        return f"{letter}{self.count}"

    def block(self, depth: int) -> Block:
        return getattr(self, self.random.choice(self.kinds if depth else ("task",)))(depth - 1)

    def blocks(self, depth: int) -> list[Block]:
        return [self.block(depth) for _ in range(self.random.randint(2, 3))]

    def task(self, _depth: int = 0) -> Block:
        return Task(self.name("t"))

    def sequence(self, depth: int) -> Block:
        return Sequence(self.name("q"), self.blocks(depth))

    def branches(self, kind: type[Branches], depth: int) -> Block:
        made = kind(self.name("g"), self.blocks(depth))
        self.world.data[made.id] = sorted(index for index in range(len(made.parts)) if index and self.random.random() < 0.6)
        return made

    def xor(self, depth: int) -> Block:
        return self.branches(Exclusive, depth)

    def __getattr__(self, name: str) -> Any:
        if name == "and":
            return lambda depth: self.branches(Branches, depth)
        if name == "or":
            return lambda depth: self.branches(Inclusive, depth)
        raise AttributeError(name)

    def loop(self, depth: int) -> Block:
        body = Sequence(self.name("q"), [self.task(), self.block(depth)])
        made = Loop(self.name("l"), [body])
        self.world.data[made.id] = self.random.randint(1, 3)
        self.world.data[f"{made.id}_n"] = 0
        return made

    def inside(self, depth: int) -> Block:
        body = self.block(depth)
        made = Inside(self.name("p"), [body])
        made.style = self.random.choice(["subProcess", "callActivity"])
        made.times = 0 if _loops(body) else self.random.choice([0, 0, 2, 3])
        made.sequential = self.random.random() < 0.5
        return made

    def guarded(self, depth: int) -> Block:
        body = self.block(depth)
        return self.task() if _loops(body) else Guarded(self.name("k"), [body])


def _loops(block: Block) -> bool:
    """Loops count in the shared data, so two rounds of one loop at once would count for each other."""
    return isinstance(block, Loop) or any(_loops(part) for part in block.parts)


class CautiousAuthor(Author):
    """Draws what the library itself runs rightly: no loops and no inclusive gateways, whose joins fire early."""

    kinds = ("task", "sequence", "xor", "and", "inside")

    def inside(self, depth: int) -> Block:
        made = super().inside(depth)
        assert isinstance(made, Inside)
        made.times = 0
        return made


# -------------------------------------------------------------------------------------------------------- the runs


class Saved:
    """The product: every step loads the row and writes it."""

    def __init__(self, xml: bytes, data: dict[str, Any]) -> None:
        self.definition = compile_definition("p", {"p.bpmn": xml}, functions={})
        self.out: Outcome = start(self.definition, data, now=NOW)

    def do(self, command: Any) -> None:
        self.out = advance(self.definition, self.out.state, command, now=NOW)


class Kept(Saved):
    """The same instance in memory from beginning to end, never saved."""

    def __init__(self, xml: bytes, data: dict[str, Any]) -> None:
        self.definition = compile_definition("p", {"p.bpmn": xml}, functions={})
        self.instance = _instance(self.definition, NOW, 100_000)
        self.instance.scope.local.update(data)
        self.instance.begin(self.instance.spec.entries)
        self.instance.go()
        self.out = picture(self.instance)

    def do(self, command: Any) -> None:
        token = next(t for place in self.instance.everywhere() for t in place.live() if str(t.id) == command.task)
        _COMMANDS[type(command)](token, command)
        self.instance.go()
        self.out = picture(self.instance)


def drawn(seed: int, kind: type[Author] = Author) -> tuple[Block, World, bytes]:
    author = kind(seed)
    tree = Sequence("top", [author.block(4) for _ in range(3)])
    paper = Paper([])
    first, last = tree.draw(paper)
    paper.frame(first, last, "top")
    xml = f'{HEAD}<bpmn:process id="p">{"".join(paper.lines)}</bpmn:process>{"".join(paper.processes)}</bpmn:definitions>'
    return tree, author.world, xml.encode()


def identity(task: OpenTask) -> str:
    """Tell one instance of many from the others: the element with the items of everything around it."""
    return task.element + "".join(f" {name}={value}" for name, value in task.data.items() if name.endswith("_i"))


def play(seed: int, kind: type[Saved]) -> list[tuple[str, ...]]:
    """Run a random tree in random order and compare with the tree at every step. Return the trace."""
    tree, world, xml = drawn(seed)
    run = kind(xml, dict(world.data))
    order = random.Random(seed + 1)
    live = tree.begin(world)
    trace: list[tuple[str, ...]] = []
    while not live.done and len(trace) < 150:
        expected = Counter(live.tasks())
        assert Counter(identity(task) for task in run.out.tasks) == expected, f"seed {seed}, after {trace}"
        assert {each.element + each.key for each in run.out.subscriptions} == set(live.stops()), f"seed {seed}, after {trace}"
        stops = sorted(live.stops())
        if stops and order.random() < 0.1:
            chosen = order.choice(stops)
            subscription = next(each for each in run.out.subscriptions if each.element + each.key == chosen)
            run.do(DeliverMessage(task=subscription.id))
            assert live.stop(chosen)
        else:
            chosen = order.choice(sorted(expected))
            task = next(each for each in run.out.tasks if identity(each) == chosen)
            run.do(CompleteTask(task=task.id))
            assert live.complete(chosen)
        trace.append((chosen, *sorted(expected)))
    assert run.out.ended is live.done, f"seed {seed}, after {trace}"
    return trace


@given(st.integers(min_value=0, max_value=10**9))
@settings(max_examples=150, deadline=None, derandomize=True)
def test_a_process_runs_as_its_structure_says_when_saved_at_every_step(seed: int) -> None:
    play(seed, Saved)


@given(st.integers(min_value=0, max_value=10**9))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_saving_changes_nothing(seed: int) -> None:
    assert play(seed, Saved) == play(seed, Kept)


@pytest.mark.parametrize("seed", range(40))
def test_what_the_library_runs_rightly_we_run_alike(seed: int) -> None:
    _, world, xml = drawn(seed, CautiousAuthor)
    parser = BpmnParser()
    parser.add_bpmn_str(xml)
    library = BpmnWorkflow(parser.get_spec("p"), parser.get_subprocess_specs("p"))
    for task in library.get_tasks():
        task.data.update(world.data)
    library.do_engine_steps()
    run = Saved(xml, dict(world.data))
    order = random.Random(seed)
    for _ in range(60):
        ready = {task.task_spec.bpmn_id: task for task in library.get_tasks(state=TaskState.READY, manual=True)}
        assert {task.element: 1 for task in run.out.tasks} == dict.fromkeys(ready, 1)
        if not ready:
            break
        chosen = order.choice(sorted(ready))
        ready[chosen].run()
        library.do_engine_steps()
        run.do(CompleteTask(task=next(task.id for task in run.out.tasks if task.element == chosen)))
    assert library.is_completed()
    assert run.out.ended


@pytest.mark.parametrize("seed", range(20))
def test_the_row_holds_no_history(seed: int) -> None:
    _, world, xml = drawn(seed)
    run = Saved(xml, dict(world.data))
    order = random.Random(seed)
    for _ in range(60):
        if not run.out.tasks:
            break
        run.do(CompleteTask(task=order.choice(run.out.tasks).id))
        open_work = len(run.out.tasks) + len(run.out.subscriptions)
        assert len(run.out.state) < 600 + 150 * open_work + 4 * len(str(world.data))
