"""Diagrams of any size for the measurement of a check: what designers draw, many times over, with its picture."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from engine.bench.canvas import Canvas


def sequence(canvas: Canvas, size: int) -> None:
    """Tasks one after the other."""
    last = canvas.node("startEvent")
    while canvas.elements < size:
        last = canvas.then(last, "userTask")
    canvas.then(last, "endEvent")


def lanes(canvas: Canvas, size: int) -> None:
    """Tasks in a hundred lanes."""
    sequence(canvas, size)
    canvas.lanes = 100


def gateways(canvas: Canvas, size: int) -> None:
    """Parallel blocks in a row: a split, three tasks, a join."""
    _blocks(canvas, size, "parallelGateway", conditions=False)


def conditions(canvas: Canvas, size: int) -> None:
    """Exclusive blocks in a row, two ways of each with a condition."""
    _blocks(canvas, size, "exclusiveGateway", conditions=True)


def inclusive(canvas: Canvas, size: int) -> None:
    """Inclusive blocks in a row."""
    _blocks(canvas, size, "inclusiveGateway", conditions=True)


def loops(canvas: Canvas, size: int) -> None:
    """Loops in a row, each back over a person's task."""
    last = canvas.node("startEvent")
    while canvas.elements < size:
        task = canvas.then(canvas.then(last, "exclusiveGateway"), "userTask")
        last = canvas.then(task, "exclusiveGateway")
        canvas.flow(last, f"n{int(task[1:]) - 1}", "again == True")
        on = canvas.then(last, "userTask")
        canvas.default(last, canvas.last_flow)
        last = on
    canvas.then(last, "endEvent")


def nested(canvas: Canvas, size: int) -> None:
    """Sub-processes ten deep, one such block after the other."""
    last = canvas.node("startEvent")
    while canvas.elements < size:
        outer = canvas.then(last, "subProcess")
        for _ in range(9):
            canvas.enter()
            inner = canvas.then(canvas.then(canvas.node("startEvent"), "userTask"), "subProcess")
            canvas.then(inner, "endEvent")
        canvas.enter()
        canvas.then(canvas.then(canvas.node("startEvent"), "userTask"), "endEvent")
        canvas.leave(10)
        last = outer
    canvas.then(last, "endEvent")


def _blocks(canvas: Canvas, size: int, kind: str, *, conditions: bool) -> None:
    last = canvas.node("startEvent")
    while canvas.elements < size:
        split, join = canvas.then(last, kind), canvas.node(kind)
        for way in range(3):
            task = canvas.then(split, "userTask", f"amount &gt; {canvas.elements} and len(items) != {way}" if conditions and way else "")
            if conditions and not way:
                canvas.default(split, canvas.last_flow)
            canvas.flow(task, join)
        last = join
    canvas.then(last, "endEvent")


SHAPES: Mapping[str, Callable[[Canvas, int], None]] = {
    shape.__name__: shape for shape in (sequence, gateways, conditions, inclusive, lanes, nested, loops)
}
