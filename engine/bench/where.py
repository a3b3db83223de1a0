"""`chidao bench step --where`: where the time of one action goes, in percent, from one run that is watched at its named points."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from engine.bench.machine import machine
from engine.bench.sides import Product
from engine.bench.step import GO_ON
from engine.instances import commands
from engine.kernel.clock import stopwatch
from engine.kernel.points import listen

PARTS: Mapping[str, str] = {
    "authorise": "who may do it",
    "read": "the task, its instance, what is open",
    "step": "the process goes one step on, from stored state to stored state",
    "check": "the form, and what else is decided",
    "write": "state, tasks, timers, messages, the answer under its key",
    "seal": "the records of the history",
    "commit": "until the disk has it",
    "around": "what is left: handing back connections",
}
WARM_UP = 10  # instances
_REACHED = {"door.decided": "decide", "door.written": "write", "door.sealed": "seal", "door.committed": "commit"}


class Watch:
    """Adds up the seconds of each part of the actions."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._since = self._asked = 0.0
        self._acts = False
        self._reads = False  # whether a statement is one on which the action is decided; authorisation counts with what it reads

    def timed(self, part: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return `function`, whose time counts for a part of its own."""

        def run(*arguments: Any, **named: Any) -> Any:
            if not self._acts:
                return function(*arguments, **named)
            reads, self._reads = self._reads, False
            began = stopwatch()
            try:
                return function(*arguments, **named)
            finally:
                self.seconds[part] += stopwatch() - began
                self._reads = reads

        return run

    def begin(self) -> None:
        """An action begins."""
        self._acts, self._reads, self._since = True, True, stopwatch()

    def reached(self, point: str) -> None:
        """A point is reached: what was before it is over."""
        if self._acts and point in _REACHED:
            now, self._reads = stopwatch(), False
            self.seconds[_REACHED[point]] += now - self._since
            self._since, self._acts = now, point != "door.committed"

    def ask(self, *_: Any) -> None:
        """A statement begins."""
        self._asked = stopwatch()

    def answered(self, *_: Any) -> None:
        """A statement has ended."""
        self.seconds["read"] += stopwatch() - self._asked if self._reads else 0.0


def measure_where(actions: int) -> dict[str, Any]:
    """Do that many actions of the short process in the product; return what each part takes of one, in percent and milliseconds."""
    rounds, total = -(-actions // 3), 0.0
    with tempfile.TemporaryDirectory(prefix="chidao-bench-") as folder:
        product = Product(Path(folder))
        try:
            for _ in range(WARM_UP):
                _one_instance(product)
            watch = Watch()
            with _watched(product, watch):
                total = sum(_one_instance(product, watch) for _ in range(rounds))
        finally:
            product.close()
    return _report(watch.seconds, total, 3 * rounds)


def _one_instance(product: Product, watch: Watch | None = None) -> float:
    identity, spent = product.start("simple3"), 0.0
    for _ in range(3):
        task = product.open_task(identity)
        if watch:
            watch.begin()
        spent += product.complete(task, GO_ON)
    return spent


@contextmanager
def _watched(product: Product, watch: Watch) -> Iterator[None]:
    step, authorise = vars(commands)["advance"], product.door._authorise  # noqa: SLF001  what is measured is inside
    listeners: tuple[tuple[str, Callable[..., None]], ...] = (("before_execute", watch.ask), ("after_execute", watch.answered))
    vars(product.door)["_authorise"] = watch.timed("authorise", authorise)
    vars(commands)["advance"] = watch.timed("step", step)
    for name, listener in listeners:
        event.listen(Engine, name, listener)
    end = listen(watch.reached)
    try:
        yield
    finally:
        end()
        for name, listener in listeners:
            event.remove(Engine, name, listener)
        vars(commands)["advance"] = step


def _report(seconds: Mapping[str, float], total: float, actions: int) -> dict[str, Any]:
    parts = {name: seconds[name] for name in ("authorise", "read", "step", "write", "seal", "commit")}
    parts["check"] = seconds["decide"] - parts["authorise"] - parts["read"] - parts["step"]
    parts["around"] = total - sum(parts.values())
    return {
        "machine": machine(),
        "actions": actions,
        "ms": round(total / actions * 1000, 3),
        "percent": {name: round(parts[name] / total * 100, 1) for name in PARTS},
        "parts_ms": {name: round(parts[name] / actions * 1000, 3) for name in PARTS},
    }
