"""A trial: a designer leads a process of a design step by step, in memory. It is its list of steps and nothing else.

Each question carries the whole scenario, which is led anew from its start: going back is leading fewer steps, a trial outlives any
change of the design, and nobody else's trial is touched. So nothing is kept on the server, and two windows hinder nobody.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import Any

from engine.definitions.dry_run import StepRefused, Tried, lead, open_definition
from engine.definitions.dry_run_instance import DryRun
from engine.definitions.dry_run_scenario import Scenario, read_scenario
from engine.definitions.needed import paths_needed
from engine.definitions.shelf import Shelf
from engine.definitions.source import Sources
from engine.kernel.canonical import sha256_hex
from engine.kernel.clock import ZONE
from engine.kernel.errors import EngineError, NotFound, Refused

MOST_STEPS = 500  # of a trial: each is done again with every click
MOST_PASSED = 2_000  # elements that a trial passes: what goes round for ever is stopped here
MOST_OPEN = 200  # things that wait at once in a trial: nobody reads more on one page
KEPT = 8  # processes, and designs, kept open: a trial asks for the same one with every click


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """What the diagrams of a design hold: process → its name (of those that run), its file, and the paths of all files that it needs."""

    names: Mapping[str, str]
    places: Mapping[str, str]
    needed: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A step that was done (number 0: the beginning), what it passed and when. `sent`: messages that it sent, by their names."""

    number: int
    step: Mapping[str, Any]
    passed: tuple[str, ...]
    at: datetime
    sent: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedStep:
    """A step that cannot be done (number 0: the beginning), and why. `left_out`: how many steps there were from it on.

    `unknown`: the name in the data that an expression asks for and nobody has given; "" when that is not the reason.
    """

    number: int
    element: str
    error: EngineError
    unknown: str
    left_out: int


@dataclass(slots=True, kw_only=True)
class Led:
    """How far a trial came. `scenario`: what was done, without what was refused; `before`: the data before the last step."""

    tried: Tried
    run: DryRun
    scenario: dict[str, Any]
    done: list[Done] = field(default_factory=list)
    before: dict[str, Any] = field(default_factory=dict)
    refused: RefusedStep | None = None


def lead_as_far(tried: Tried, plain: Mapping[str, Any], *, now: datetime) -> Led:
    """Lead a trial as far as its steps can be done. Raises InvalidInput for a scenario that is none, Refused for one of too many steps."""
    scenario = read_scenario(plain)
    if len(scenario.steps) > MOST_STEPS:
        raise Refused(
            f"Expected at most {MOST_STEPS} steps in a trial, but found {len(scenario.steps)}. Split it, or run it with `chidao try`."
        )
    begins = {**plain, "now": scenario.now or said(now.replace(second=0, microsecond=0))}
    try:
        return _led(tried, begins, now)
    except StepRefused as error:
        number = error.details["step"]
        why = _innermost(error)
        refused = RefusedStep(
            number=number,
            element=error.details["element"],
            error=why,
            unknown=str(why.details.get("unknown", "")),
            left_out=len(scenario.steps) - max(number - 1, 0),
        )
        if number == 0:
            return Led(tried=tried, run=error.run, scenario={**begins, "steps": []}, refused=refused)
        led = _led(tried, {**begins, "steps": list(scenario.steps[: number - 1])}, now)
        led.refused = refused
        return led


def open_process(sources: Sources, process: str, operations: Collection[str]) -> Tried:
    """Return a process of a design with what it calls; another one that is broken hinders nobody. Raises NotFound, DefinitionInvalid."""
    own = _of_process(sources, process)
    key = (process, _digest(own))
    with _lock:
        if key in _open:
            _open.move_to_end(key)
            return _open[key]
    tried = open_definition(own, process, operations)
    with _lock:
        _open[key] = tried
        while len(_open) > KEPT:
            _open.popitem(last=False)
    return tried


def drawn_in(sources: Sources) -> Drawn:
    """Return what the diagrams hold; one that cannot be read holds nothing."""
    key = _digest(sources)
    with _lock:
        if key in _drawn:
            _drawn.move_to_end(key)
            return _drawn[key]
    found = _read(sources)
    with _lock:
        _drawn[key] = found
        while len(_drawn) > KEPT:
            _drawn.popitem(last=False)
    return found


def bounded(run: DryRun) -> None:
    """Raise Refused when a process goes round and round, or opens ever more work."""
    if len(run.path) > MOST_PASSED:
        raise Refused(
            f"Expected a trial that passes at most {MOST_PASSED} elements, but it goes on and on. Look for the loop that nothing ends."
        )
    if len(opened := list(run.waiting())) > MOST_OPEN:
        raise Refused(f"Expected at most {MOST_OPEN} things that wait at once, but found {len(opened)}. Look for the loop that opens them.")


def said(moment: datetime) -> str:
    """Return a moment as a scenario says it: the clock in Vietnam."""
    local = moment.astimezone(ZONE).replace(tzinfo=None)
    return local.isoformat(timespec="microseconds" if local.microsecond else "seconds" if local.second else "minutes")


_open: OrderedDict[tuple[str, str], Tried] = OrderedDict()  # what was compiled never changes
_drawn: OrderedDict[str, Drawn] = OrderedDict()
_lock = Lock()


def _digest(sources: Sources) -> str:
    return sha256_hex("\n".join(f"{path} {sha256_hex(content)}" for path, content in sorted(sources.files.items())).encode())


def _innermost(error: EngineError) -> EngineError:
    """Return what went wrong in the first place: a step that is refused says in its own words what it passes on."""
    return _innermost(error.__cause__) if isinstance(error.__cause__, EngineError) else error


def _led(tried: Tried, plain: Mapping[str, Any], now: datetime) -> Led:
    scenario: Scenario = read_scenario(plain)
    watched = _Watched(steps=scenario.steps)
    run = lead(tried, scenario, now=now, watch=watched.look, bound=bounded)
    return Led(tried=tried, run=run, scenario=dict(plain), done=watched.done, before=watched.before)


@dataclass(slots=True, kw_only=True)
class _Watched:
    """Notes what each step did."""

    steps: tuple[Any, ...]
    done: list[Done] = field(default_factory=list)
    before: dict[str, Any] = field(default_factory=dict)
    _passed: int = 0
    _sent: int = 0
    _data: dict[str, Any] = field(default_factory=dict)

    def look(self, run: DryRun) -> None:
        number = len(self.done)
        step = self.steps[number - 1] if number else {}
        sent = tuple(each["message"] for each in run.sent[self._sent :])
        self.done.append(Done(number=number, step=step, passed=tuple(run.path[self._passed :]), at=run.now, sent=sent))
        self.before = self._data
        self._passed, self._sent, self._data = len(run.path), len(run.sent), deepcopy(run.data)


def _of_process(sources: Sources, process: str) -> Sources:
    drawn = drawn_in(sources)
    if process not in drawn.places:
        known = ", ".join(sorted(drawn.places)) or "none"
        raise NotFound(f"Expected a process of the design, one of {known}, but found {process!r}. Choose one of them.")
    return Sources(files={path: sources.files[path] for path in drawn.needed[process]})


def _read(sources: Sources) -> Drawn:
    shelf = Shelf(sources.diagrams)
    titles = {
        process: next((each.get("name") or process for each in shelf.open(place.file).processes if each.get("id") == process), process)
        for process, place in shelf.first.items()
    }
    return Drawn(
        names={process: titles[process] for process, place in shelf.first.items() if not place.idle},
        places={process: place.file for process, place in shelf.first.items()},
        needed={process: paths_needed(sources, shelf.parts(place)) for process, place in shelf.first.items()},
    )
