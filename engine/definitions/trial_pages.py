"""What the page of a trial shows: where the process stands, what waits, what came of each step, the diagram with what was passed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from engine.definitions.designs import design_by_id, sources_of
from engine.definitions.forms import Form
from engine.definitions.source import Sources
from engine.definitions.trial import Done, Led, RefusedStep, drawn_in, lead_as_far, open_process, said
from engine.definitions.trial_data import KnownData, Results, known_data
from engine.definitions.trial_proposals import proposed
from engine.definitions.trial_scenarios import KnownScenario, known_scenarios
from engine.directory.working_calendar import calendar_of
from engine.history.transaction import Reading
from engine.kernel.clock import from_stamp, local_date
from engine.kernel.errors import NotFound

MOST_PLAYED = 40  # operations that are answered at once: where they go round, somebody looks
FIRST = ("user", "operation", "message", "signal")  # kinds of what waits, by which the trial goes on most likely


@dataclass(frozen=True, slots=True, kw_only=True)
class BeginTrial:
    """Ask what may be tried of a design; of `process`, how it begins and which scenarios it has."""

    design: str
    process: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadTrial:
    """Ask where a process of a design stands after the steps of `scenario` (dry_run_scenario).

    `shown`: which diagram to show, of those it calls; "" for the one in which `at` waits, an element, or else what waits first.
    `play`: answer operations as proposed, one after the other, until none waits or one cannot be answered so.
    """

    design: str
    process: str
    scenario: Mapping[str, Any]
    shown: str = ""
    at: str = ""
    play: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialStart:
    """What may be tried. `processes`: (key, name); of `process`, its name, data to begin with, what is known of its data, its scenarios."""

    design: str
    design_name: str
    processes: tuple[tuple[str, str], ...]
    process: str
    name: str
    start: Mapping[str, Any]
    known: KnownData
    scenarios: tuple[KnownScenario, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Something that waits. `kind`: user, operation, message, signal, timer, choice, condition. `index`: which of several at one element.

    `says`: what dry_run_instance tells of it; `proposed`: data that it may be answered with; `due`: of its timer, or of a person's task.
    """

    kind: str
    element: str
    index: int
    name: str
    role: str
    due: datetime | None
    late: bool
    says: Mapping[str, Any]
    proposed: Mapping[str, Any]
    documentation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """An element of the shown diagram: how often it was passed, and how many wait there now."""

    id: str
    name: str
    kind: str
    lane: str
    done: int
    here: int
    late: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A trial as it stands. `scenario`: its steps, those that could be done; `names`: element → what it is called.

    `diagrams`: (process, name, how many wait in it) of all that a token has been in; `shown`: which of them `xml` and `stands` are of.
    `pieces`: see KnownData. `next_working_day`, `next_timer`: moments to which the clock may be put, as a scenario says them; "" when no timer runs.
    """

    design: str
    design_name: str
    process: str
    name: str
    scenario: Mapping[str, Any]
    now: datetime
    ended: bool
    ends: tuple[str, ...]
    begun: bool
    waiting: tuple[Waiting, ...]
    done: tuple[Done, ...]
    path: tuple[str, ...]
    sent: tuple[Mapping[str, Any], ...]
    signals: tuple[Mapping[str, Any], ...]
    warnings: tuple[str, ...]
    data: Mapping[str, Any]
    before: Mapping[str, Any]
    refused: RefusedStep | None
    names: Mapping[str, str]
    forms: Mapping[str, Form]
    pieces: Mapping[str, Mapping[str, Any]]
    diagrams: tuple[tuple[str, str, int], ...]
    shown: str
    xml: str
    stands: tuple[Stand, ...]
    next_working_day: str
    next_timer: str


def answer_start(query: BeginTrial, reading: Reading, *, results: Results) -> TrialStart:
    """List the processes of a design that may be tried. Raises NotFound for a design or a process that is not there."""
    design, sources = design_by_id(reading.connection, query.design), sources_of(reading.connection, query.design)
    names = drawn_in(sources).names
    if query.process and query.process not in names:
        raise NotFound(f"Expected a process of the design, but found {query.process!r}. Choose one of those that it has.")
    scenarios = known_scenarios(reading.connection, query.process) if query.process else ()
    return TrialStart(
        design=design.id, design_name=design.name, processes=tuple(sorted(names.items(), key=lambda pair: pair[1])), process=query.process,
        name=names.get(query.process, ""), start=_start(scenarios), known=known_data(sources, query.process, results), scenarios=scenarios,
    )  # fmt: skip


def answer_trial(query: LeadTrial, reading: Reading, *, operations: Collection[str], results: Results) -> Trial:
    """Lead a trial. Raises NotFound, DefinitionInvalid for a process that would not run, InvalidInput for a scenario that is none."""
    design, sources = design_by_id(reading.connection, query.design), sources_of(reading.connection, query.design)
    tried = open_process(sources, query.process, operations)
    scenarios, known = known_scenarios(reading.connection, query.process), known_data(sources, query.process, results)
    led = lead_as_far(tried, query.scenario, now=reading.now)
    if query.play and led.refused is None:
        led = _played(led, scenarios, results, known, reading.now)
    drawn, run = _drawn(led, sources, query), led.run
    waiting = _waiting(led, scenarios, results, known)
    moments = [each.due for each in waiting if each.kind == "timer" and each.due is not None]
    tomorrow = calendar_of(reading.connection).working_days_after(local_date(run.now), 1)
    return Trial(
        design=design.id, design_name=design.name, process=query.process, scenario=led.scenario, now=run.now, ended=run.ended, ends=tuple(run.ends),
        begun=run.outcome is not None, waiting=waiting, done=tuple(led.done), path=tuple(run.path), sent=tuple(run.sent), signals=tuple(run.signals),
        warnings=tuple(run.warnings), data=run.data, before=led.before, refused=led.refused, forms=tried.forms, pieces=known.pieces,
        names={element.id: element.name or element.id for element in tried.definition.elements.values()},
        next_timer=said(max(min(moments), run.now)) if moments else "",
        next_working_day=said(run.now + timedelta(days=(tomorrow - local_date(run.now)).days)), **drawn,
    )  # fmt: skip


def _played(led: Led, scenarios: Collection[KnownScenario], results: Results, known: KnownData, now: datetime) -> Led:
    """Answer what operations wait, as proposed."""
    for _ in range(MOST_PLAYED):
        operation = next((each for each in led.run.waiting() if each["type"] == "operation"), None)
        if operation is None:
            break
        answer = proposed(operation, scenarios, results, known.payloads, led.run.data)
        step = {"complete": operation["element"], **({"with": dict(answer)} if answer else {})}
        after = lead_as_far(led.tried, {**led.scenario, "steps": [*led.scenario["steps"], step]}, now=now)
        if after.refused is not None:
            led.refused = after.refused
            break
        led = after
    return led


def _start(scenarios: Collection[KnownScenario]) -> Mapping[str, Any]:
    """Return data to begin with: those of a scenario, else what every case is given."""
    found = next((known.plain["start"] for known in scenarios if known.plain.get("start")), None)
    return found or {"organisation": "dv-mau", "directive": "CV-mau"}


def _waiting(led: Led, scenarios: Collection[KnownScenario], results: Results, known: KnownData) -> tuple[Waiting, ...]:
    if led.refused is not None and led.refused.number == 0:
        return ()
    found: list[Waiting] = []
    elements = {element.id: element for element in led.tried.definition.elements.values()}
    for each in led.run.waiting():
        drawn = elements.get(each["element"])
        due = from_stamp(each["due"]) if each["due"] else None
        same = [one for one in found if (one.kind, one.element) == (each["type"], each["element"])]
        found.append(
            Waiting(
                kind=each["type"], element=each["element"], index=len(same) + 1, name=each["name"] or each["element"],
                role=(each.get("role") or (drawn.role if drawn else "") or ""), due=due, late=each["type"] == "user" and due is not None and due < led.run.now,
                says=each, proposed=proposed(each, scenarios, results, known.payloads, led.run.data), documentation=drawn.documentation if drawn else "",
            )
        )  # fmt: skip
    return tuple(found)


def _drawn(led: Led, sources: Sources, query: LeadTrial) -> dict[str, Any]:
    """Return the diagrams that the trial has been in, and of the shown one its file and its elements."""
    drawn, run = drawn_in(sources), led.run
    names = drawn.names
    been = dict.fromkeys([query.process, *(process for process, _ in sorted(run.reached) if process in drawn.places)])
    waits = [each["element"] for each in run.waiting()]
    late = [each["element"] for each in run.waiting() if each["type"] == "user" and each["due"] and from_stamp(each["due"]) < run.now]
    stands = {process: _stands(led, process, waits, late) for process in been}
    shown = query.shown or _process_of(led, query.at)
    shown = shown if shown in been else query.process
    here = {process: sum(each.id in waits and each.here for each in found) for process, found in stands.items()}
    return {
        "name": names.get(query.process, query.process),
        "diagrams": tuple((process, names.get(process, process), here[process]) for process in been),
        "shown": shown,
        "xml": sources.files[drawn.places[shown]].decode("utf-8", "replace"),
        "stands": stands[shown],
    }


def _stands(led: Led, process: str, waits: list[str], late: list[str]) -> tuple[Stand, ...]:
    run, found = led.run, []
    own = {
        element.id: element for element in led.tried.definition.elements.values() if element.process == process
    }  # one may stand under two keys
    inside = {
        node.element: node.inside
        for place in led.tried.definition.specs
        if place.partition("/")[0] == process
        for node in _nodes(led, place)
    }
    for element in own.values():
        reached = (process, element.id) in run.reached or run.outcome is None
        done = run.path.count(element.id) if reached else 0
        here = waits.count(element.id) if reached else 0
        if element.id in inside and not run.ended and _holds(led, inside[element.id], set(waits)):
            here = max(here, 1)
        found.append(
            Stand(
                id=element.id,
                name=element.name or element.id,
                kind=element.type,
                lane=element.lane or "",
                done=done,
                here=here,
                late=late.count(element.id),
            )
        )
    return tuple(found)


def _nodes(led: Led, place: str) -> list[Any]:
    """Return what stands in a process or sub-process and holds others: sub-processes and calls."""
    return [
        node
        for node in led.tried.definition.specs[place].task_specs.values()
        if getattr(node, "inside", None) in led.tried.definition.specs
    ]


def _holds(led: Led, place: str, waits: set[str], seen: frozenset[str] = frozenset()) -> bool:
    """Tell whether something waits in a process or sub-process, or in what it calls."""
    if place in seen:
        return False
    if any(getattr(node, "element", None) in waits for node in led.tried.definition.specs[place].task_specs.values()):
        return True
    return any(_holds(led, node.inside, waits, seen | {place}) for node in _nodes(led, place))


def _process_of(led: Led, element: str) -> str:
    """Return the process of an element that waits; of none, of what waits first."""
    waiting = list(led.run.waiting())
    able = sorted((each for each in waiting if each["type"] in FIRST), key=lambda each: FIRST.index(each["type"]))
    first = next((each["element"] for each in waiting if each["element"] == element), able[0]["element"] if able else "")
    return next((known.process for known in led.tried.definition.elements.values() if known.id == first), "")
