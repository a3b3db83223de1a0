"""A scenario of a dry run from a real instance: what people, messages, timers and operations did to it, taken from its history.

The recorder replays as it reads: it keeps an instance in memory beside the records and compares the elements that each step
left, so a scenario that it hands out is known to go the same way. Process data only: of a form, what it hands to the process.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Table, select

from engine.audit.moves import BY_HAND, CHOSEN, SKIPPED, STARTED, Move, moves_of
from engine.audit.pseudonyms import without_people
from engine.bpmn import OpenTask, view
from engine.definitions.dry_run import StepRefused, Tried, lead, open_definition
from engine.definitions.dry_run_instance import DryRun
from engine.definitions.dry_run_scenario import read_scenario, read_step
from engine.definitions.dry_run_starts import awaited, has_plain_start
from engine.definitions.dry_run_steps import do
from engine.definitions.repository import definition, stored_sources
from engine.instances.incidents import ERROR
from engine.kernel.clock import ZONE
from engine.kernel.errors import EngineError, NotFound, Refused
from engine.storage.schema import inbox, instance, operation, timer, user_task

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)  # every recorded scenario says when it begins
SOON = timedelta(minutes=1)  # by which the clock of a scenario may be late where nothing depends on it


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A scenario as it would be written to a file, and where it differs from the instance, in sentences."""

    scenario: dict[str, Any]
    path: list[str]
    differences: tuple[str, ...]


def record_instance(connection: Connection, instance_id: str) -> Recording:
    """Return the scenario of an instance. Raises NotFound, or Refused when it was migrated on the way."""
    row = connection.execute(select(instance).where(instance.c.id == instance_id)).one_or_none()
    if row is None:
        raise NotFound(f"Expected the id of an instance, but found {instance_id!r}, which nobody has.")
    deployment = definition(connection, row.definition_version)
    moves = list(moves_of(connection, instance_id))
    if not moves or moves[0].action != STARTED:
        raise Refused(f"Expected the history to tell how instance {instance_id} began, but it does not.")
    if versions := sorted({move.version for move in moves if move.version is not None} - {deployment.version}):
        raise Refused(
            f"Expected an instance of one version, but {instance_id} was migrated from version {versions[0]} to {deployment.version}. "
            "A scenario runs one version: record an instance that began in it."
        )
    tried = open_definition(stored_sources(connection, row.definition_version), deployment.key, ())
    recorder = _Recorder(connection=connection, row=row, tried=tried, moves=moves)
    found = recorder.record(exact=False)
    if found.differences:  # perhaps for a minute that mattered
        found = recorder.record(exact=True)
    recorded = {"process": deployment.key, "version": deployment.version, "sha256": deployment.sha256}
    scenario = without_people(connection, {**found.scenario, "recorded": recorded})
    return _expecting(tried, scenario, found)


def _expecting(tried: Tried, scenario: dict[str, Any], found: Recording) -> Recording:
    """Return the recording with what its scenario leads to, now that other words stand for people and offices."""
    try:
        answer = lead(tried, read_scenario(scenario), now=_NEVER).answer()
    except StepRefused as error:
        what = f"Expected the scenario without names to run, but at step {error.details['step']}: {error.message}"
        return replace(found, scenario=scenario, differences=(*found.differences, what))
    expect = {
        "ended": answer["ended"],
        "ends": answer["ends"],
        "waiting": sorted(entry["element"] for entry in answer["waiting"]),
        "path": answer["path"],
        "sent": [entry["message"] for entry in answer["sent"]],
    }
    differs = () if answer["path"] == found.path else ("Expected the scenario without names to go the same way, but a condition asks for one of them.",)
    return replace(found, scenario={**scenario, "expect": expect}, differences=(*found.differences, *differs))


@dataclass(slots=True, kw_only=True)
class _Recorder:
    """Reads the moves of one instance and replays them."""

    connection: Connection
    row: Row[Any]
    tried: Tried
    moves: Sequence[Move]
    exact: bool = False
    steps: list[dict[str, Any]] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)
    _run: DryRun | None = None

    @property
    def run(self) -> DryRun:
        """The instance in memory."""
        assert self._run is not None  # begun with the first move
        return self._run

    def record(self, *, exact: bool) -> Recording:
        """Return the scenario. `exact`: with every moment to the millisecond."""
        self.exact, self.steps, self.differences = exact, [], []
        first, *others = self.moves
        start = self._begin(first)
        for move in others:
            if move.action in BY_HAND:
                self.differences.append(f"Expected steps that a scenario can do, but at {_said(move.at)} {BY_HAND[move.action]}; the scenario leads up to there.")
            else:
                self._follow(move)
            if self.differences:
                break
        self._compare_end()
        scenario = {
            "name": f"{self.tried.definition.process_id}, {first.at.astimezone(ZONE):%d/%m/%Y}",
            "process": self.tried.definition.process_id,
            "now": _said(first.at),
            "start": start,
            "steps": self.steps,
        }
        return Recording(scenario=scenario, path=self.run.path, differences=tuple(self.differences))

    def _begin(self, move: Move) -> Mapping[str, Any]:
        """Start the instance in memory and return the data of "start"; with a message that must be named, it is the first step."""
        place = {"organisation": self.row.organisation, "process": self.tried.definition.process_id}
        run = DryRun(definition=self.tried.definition, now=move.at, data={}, forms=self.tried.forms)
        self._run = run
        if not move.work:
            run.data = start = {**place, "directive": self.row.directive}
            run.begin({})
            self._check(run.path, move)
            return start
        ((_, message),) = move.work
        row = self._row(inbox, message)
        payload = {name: value for name, value in json.loads(row.payload).items() if name not in place}
        ways = tuple(awaited(run.definition, {}, run.now))
        if len(ways) == 1 and not has_plain_start(run.definition):
            run.data = start = {**payload, **place}
            run.begin({}, entry=ways[0].element)
        else:
            run.data, run.starts, start = place, ways, place
            self._do(run, {"signal" if row.kind == "signal_start" else "message": row.name, "with": payload}, self.steps)
        self._check(run.path, move)
        return start

    def _follow(self, move: Move) -> None:
        """Do what a record tells, in the plainest way that leaves the same elements."""
        for plain in (True, False):
            attempt, steps = _copy(self.run), list[dict[str, Any]]()
            try:
                self._replay(attempt, move, steps, plain=plain)
            except EngineError as error:
                problem = error.message
                continue
            if tuple(attempt.path[len(self.run.path) :]) == move.left:
                self._run = attempt
                self.steps += steps
                return
            problem = f"it left {', '.join(attempt.path[len(self.run.path) :]) or 'nothing'}"
        self.differences.append(
            f"Expected the replay of {move.action} at {_said(move.at)} to leave {', '.join(move.left) or 'nothing'}, but {problem.rstrip('.')}."
        )

    def _replay(self, run: DryRun, move: Move, steps: list[dict[str, Any]], *, plain: bool) -> None:
        fired = [self._row(timer, work) for kind, work in move.work if kind == "timer"]
        others = [(kind, work) for kind, work in move.work if kind != "timer"]
        if plain and fired and not others:
            self._do(run, {"advance": _said(move.at)}, steps)
            return
        if move.task is not None or others or move.action == SKIPPED:
            self._come_to(run, move.at, steps, needed=bool(fired))
        if move.action == SKIPPED:
            result = {name.removeprefix("result."): value for name, value in move.changes.items()}
            self._do(run, {"complete": move.element, **({"with": result} if result else {})}, steps)
        elif move.task is not None:
            self._do(run, self._by_person(run, move), steps)
        heard: list[dict[str, Any]] = []
        for kind, work in others:
            step = self._by_row(run, kind, self._row(inbox, work))
            if kind == "signal" and not plain:
                step["heard"] = _hearing(run, step["signal"], move.left)
            elif kind == "message" and not plain:
                step |= _hearer(run, step, move.left)
            if kind == "signal" and any(step["signal"] == other.get("signal") for other in heard):
                continue  # in a dry run all who wait hear it at once
            heard.append(step)
            self._do(run, step, steps)
        if fired:
            self._do(run, {"advance": _said(move.at), "fires": [row.element for row in fired]}, steps)

    def _come_to(self, run: DryRun, at: datetime, steps: list[dict[str, Any]], *, needed: bool) -> None:
        """Move the clock to `at` without firing what nobody has fired yet."""
        due = [entry for entry in run.picture.timers if entry.due <= at]
        if at <= run.now or (at - run.now < SOON and not (needed or self.exact or due)):
            return
        self._do(run, {"advance": _said(at), **({"fires": []} if due else {})}, steps)

    def _by_person(self, run: DryRun, move: Move) -> dict[str, Any]:
        row = self._row(user_task, str(move.task))
        if move.action == CHOSEN:
            return {"choose": move.changes["choose"]}
        entered = {name.removeprefix("form."): value for name, value in move.changes.items() if name.startswith("form.")}
        form = self.tried.forms.get(row.form)
        routed = form.route(entered) if form is not None else {}
        index = _index([task for task in run.picture.tasks if task.element == row.element], json.loads(row.context))
        return {"complete": row.element, **({"with": routed} if routed else {}), **index}

    def _by_row(self, run: DryRun, kind: str, row: Row[Any]) -> dict[str, Any]:
        payload = json.loads(row.payload)
        given = {"with": payload} if payload else {}
        if kind == "result":
            done = self._row(operation, row.key)
            same = [entry for entry in run.picture.operations if entry.element == done.element]
            place = next((number for number, entry in enumerate(same, 1) if entry.parameters == json.loads(done.parameters)), 1)
            nth = {"index": place} if place > 1 else {}
            if row.name == ERROR:
                return {"fail": done.element, "error": payload["code"], **({"with": payload["data"]} if payload["data"] else {}), **nth}
            return {"complete": done.element, **given, **nth}
        if kind == "signal":
            return {"signal": row.name, **given}
        return {"message": row.name, **({"key": row.key} if row.key else {}), **given}

    def _do(self, run: DryRun, step: dict[str, Any], steps: list[dict[str, Any]]) -> None:
        do(run, read_step(step))
        steps.append(step)

    def _row(self, table: Table, identity: str) -> Row[Any]:
        return self.connection.execute(select(table).where(table.c.id == identity)).one()

    def _check(self, path: Sequence[str], move: Move) -> None:
        if tuple(path) != move.left:
            self.differences.append(f"Expected the replay to begin with {', '.join(move.left)}, but it began with {', '.join(path)}.")

    def _compare_end(self) -> None:
        """Compare where the replay stands with the stored state: an administrator may have moved a token, or ended the instance."""
        if self.differences:
            return
        real = view(self.tried.definition, bytes(self.row.state), now=self.run.now)
        by_decision = self.row.status == "ended" and not real.ended
        if by_decision:
            self.differences.append("Expected the instance to have ended by itself, but it was ended by a decision; the scenario leads up to there.")
        elif _open(real) != _open(self.run.picture) or list(real.ends) != list(self.run.picture.ends):
            found = f"{', '.join(_open(real)) or 'the end'}, but the replay at {', '.join(_open(self.run.picture)) or 'the end'}"
            self.differences.append(f"Expected both to stand at the same place, but the instance stands at {found}: somebody has intervened.")
        elif real.data != self.run.picture.data:
            names = sorted(name for name in {*real.data, *self.run.picture.data} if real.data.get(name) != self.run.picture.data.get(name))
            self.differences.append(f"Expected the same data at the end, but {', '.join(names)} differ: somebody has intervened, as when bodies merge.")


def _open(outcome: Any) -> list[str]:
    kinds = (outcome.tasks, outcome.timers, outcome.subscriptions, outcome.operations, outcome.choices, outcome.conditions)
    return sorted(entry.element for entries in kinds for entry in entries)


def _copy(run: DryRun) -> DryRun:
    return replace(run, path=[*run.path], sent=[*run.sent], signals=[*run.signals], reached=set(run.reached), warnings=[])


def _index(same: Sequence[OpenTask], context: Mapping[str, Any]) -> dict[str, int]:
    """Return which of several tasks of one element is meant: the one that agrees best with what the person saw."""
    telling = {name for task in same for name in task.data if any(other.data.get(name) != task.data[name] for other in same)}
    scores = [sum(task.data.get(name) == context.get(name) for name in telling) for task in same]
    place = scores.index(max(scores)) + 1 if scores else 1
    return {"index": place} if place > 1 else {}


def _hearing(run: DryRun, signal: str, left: Sequence[str]) -> list[str]:
    """Return who hears a signal, in the order in which they went on."""
    waiting = {entry.element for entry in run.picture.subscriptions if entry.kind == "signal" and entry.message == signal}
    return [element for element in dict.fromkeys(left) if element in waiting]


def _hearer(run: DryRun, step: Mapping[str, Any], left: Sequence[str]) -> dict[str, int]:
    """Return which of several that wait for a message has had it: the one that went on."""
    key = step.get("key", "")
    waiting = [entry.element for entry in run.picture.subscriptions if (entry.kind, entry.message, entry.key) == ("message", step["message"], key)]
    place = next((waiting.index(element) + 1 for element in left if element in waiting), 1)
    return {"index": place} if place > 1 else {}


def _said(moment: datetime) -> str:
    """Return a moment as a scenario says it: the clock in Vietnam, no finer than needed."""
    local = moment.astimezone(ZONE).replace(tzinfo=None)
    if local.microsecond:
        return local.isoformat(timespec="milliseconds")
    return local.isoformat(timespec="seconds" if local.second else "minutes")
