"""Files that want to hurt are refused, or checked with little memory and with work that grows no faster than they do."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from engine.bench.canvas import Canvas
from engine.bench.shapes import SHAPES
from engine.bpmn import start
from engine.definitions.check import examine
from engine.definitions.source import Sources
from engine.kernel.errors import StepFailed
from tests.definitions.drawings import drawing, flow, lint
from tests.definitions.hostile import BORNE, BOUNDARY, ERRORS, EVENTS, FLOW, LANE, LINKS, REFUSED, grid, many, process

ROOT = Path(__file__).resolve().parents[2]
MEGABYTES = 200
NOW = datetime(2024, 4, 1, 1, 0, tzinfo=UTC)


def test_hostile_files_are_refused_within_little_memory() -> None:
    """One process looks at all of them, one after the other; the guard of time is there against a hang alone."""
    done = subprocess.run([sys.executable, "-m", "tests.definitions.hostile"], cwd=ROOT, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr[-2_000:]
    told = json.loads(done.stdout)
    assert [name for name in REFUSED if not told["errors"][name]] == []
    assert told["errors"].keys() == {*REFUSED, *BORNE}
    assert told["megabytes"] < MEGABYTES


def drawn(shape: str) -> Callable[[int], bytes]:
    def draw(size: int) -> bytes:
        canvas = Canvas()
        SHAPES[shape](canvas, size)
        return canvas.file()

    return draw


GROWING: dict[str, Callable[[int], bytes]] = {
    **{shape: drawn(shape) for shape in SHAPES},
    "links": lambda size: process(many(LINKS, size // 4)),
    "errors": lambda size: process(many(ERRORS, size // 4)),
    "events": lambda size: process(many(EVENTS, size // 4)),
    "boundaries": lambda size: process(many(BOUNDARY, size // 2)),
    "calls": lambda size: process(many('<callActivity id="c{0}" calledElement="p"/>', size)),
    "unknown": lambda size: process('<wizard foo="1"/>' * size),
    "one id": lambda size: process('<task id="t"/>' * size),
    "lanes": lambda size: process(f"<laneSet>{many(LANE, size)}</laneSet>"),
    "flows": lambda size: process("<task id='t'/>" + many(FLOW, size)),
    "circles": lambda size: process(grid("exclusiveGateway", size // 10)),
}


@pytest.mark.parametrize("name", GROWING)
def test_twice_the_elements_take_about_twice_the_work(name: str) -> None:
    """Work is counted in lines of Python, so the machine's load does not matter."""
    small, large = (lines_run(GROWING[name](size)) for size in (150, 300))
    assert large < small * 2.6, (small, large)


def lines_run(content: bytes) -> int:
    """Return how many lines of Python a check runs."""
    examine(Sources(files={"warm.bpmn": process("")}), operations=())
    count = 0

    def trace(_frame: FrameType, event: str, _argument: Any) -> Any:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        examine(Sources(files={"p.bpmn": content}), operations=())
    finally:
        sys.settrace(before)
    return count


def test_parallel_blocks_in_a_row_make_no_tasks_before_their_time() -> None:
    """The library predicts 2^k tasks for k blocks: 24 of them would never start."""
    canvas = Canvas()
    last = canvas.node("startEvent")
    for _ in range(24):
        split, join = canvas.then(last, "parallelGateway"), canvas.node("parallelGateway")
        for _way in range(2):
            canvas.flow(canvas.then(split, "userTask"), join)
        last = join
    checked = examine(Sources(files={"p.bpmn": canvas.file()}), operations=())
    outcome = start(checked.definitions["p"], {}, now=NOW)
    assert len(outcome.tasks) == 2
    assert len(outcome.state) < 1_000


def test_a_circle_without_a_wait_is_refused_and_where_it_slips_through_the_step_ends() -> None:
    ring = '<bpmn:startEvent id="s"/><bpmn:exclusiveGateway id="g" default="back"/><bpmn:scriptTask id="x"><bpmn:script>n = n + 1</bpmn:script></bpmn:scriptTask><bpmn:endEvent id="e"/>'
    content = drawing(ring + flow("s", "x") + flow("x", "g") + flow("g", "x", id="back") + flow("g", "e", "n &lt; 0"))
    assert "busy_loop" in {finding.rule for finding in lint(content)}
    (definition,) = examine(Sources(files={"p.bpmn": content}), operations=()).definitions.values()
    with pytest.raises(StepFailed, match="come to rest"):
        start(definition, {"n": 0}, now=NOW)


def test_a_long_way_without_a_wait_is_no_endless_one() -> None:
    canvas = Canvas()
    last = canvas.node("startEvent")
    for _ in range(1_500):
        last = canvas.then(last, "intermediateThrowEvent")
    canvas.then(last, "endEvent")
    (definition,) = examine(Sources(files={"p.bpmn": canvas.file()}), operations=()).definitions.values()
    assert start(definition, {}, now=NOW).ended


def test_calls_deeper_than_the_engine_goes_are_refused() -> None:
    files = {f"p{n}.bpmn": drawing(f'<bpmn:startEvent id="s"/><bpmn:callActivity id="c" calledElement="p{n + 1}"/>' + flow("s", "c"), id=f"p{n}") for n in range(60)}
    files["p60.bpmn"] = drawing('<bpmn:startEvent id="s"/>', id="p60")
    found = examine(Sources(files=files), operations=()).findings
    assert "recursive_call" in {finding.rule for finding in found if finding.severity == "error"}
