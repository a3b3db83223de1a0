"""A scenario: a file beside the processes that says what happens to an invented office, and what must be true of it.

Whatever it does not say is done by everybody at once, as the forms' examples show. Its format: processes/README.md.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any

from engine.bootstrap import open_door, prepare
from engine.definitions.command import DeployDefinitions
from engine.definitions.source import Sources, shipped_sources
from engine.directives.receive import ReceiveDocument
from engine.directory.directory_import import COLUMNS, ImportDirectory
from engine.directory.organisations import organisation_by_code
from engine.door import Door
from engine.instances.commands import StartProcess
from engine.kernel.actor import SYSTEM
from engine.kernel.calendar import start_of_day
from engine.kernel.clock import Clock, SimulatedClock
from engine.kernel.errors import InvalidInput
from engine.scenario.answers import answer
from engine.scenario.expectations import Entry, Expected, open_ends, unmet
from engine.scenario.names import Names
from engine.scenario.stage import Desk, Event, Stage, expect_refusal, morning
from engine.storage.database import Database

SETTLED = timedelta(days=30)  # before the first day: the office is set up


@dataclass(frozen=True, slots=True, kw_only=True)
class Started(Entry):
    """A person starts a process about a directive (its printed code), or about nothing."""

    at: str
    process: str
    by: str
    role: str
    directive: str | None = None
    refused: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Commanded(Entry):
    """Somebody (a login; an administrator's programme when left out) sends a command; `with` are its fields."""

    at: str
    command: str
    with_: Mapping[str, Any] = field(default_factory=dict)
    by: str | None = None
    refused: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered(Entry):
    """What somebody does differently: with the form `form` at office `at`, `times` times, from a day on.

    `data`: only when the task's data has these values. `refused`: this answer is tried and must be refused with a
    sentence that holds these words; then the person answers as usual.
    """

    form: str
    at: str = "*"
    with_: Mapping[str, Any] = field(default_factory=dict)
    times: int | None = None
    from_: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    directive: str | None = None
    refused: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A scenario as it was read."""

    name: str
    start: date
    offices: str
    letters: tuple[Mapping[str, Any], ...]
    starts: tuple[Started, ...]
    commands: tuple[Commanded, ...]
    answers: tuple[Answered, ...]
    expect: tuple[Expected, ...]
    until: date | None


KEYS = {"name", "start", "offices", "letters", "starts", "commands", "answers", "expect", "until"}


def read_scenario(path: Path) -> Scenario:
    """Read a scenario file. Raises InvalidInput with the file's name."""
    try:
        plain = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidInput(f"Expected a scenario in JSON at {path}, but found: {error}.") from None
    if unknown := sorted(plain.keys() - KEYS):
        raise InvalidInput(f"Expected only the keys {sorted(KEYS)} in {path.name}, but found {unknown}.")
    where = path.name
    return Scenario(
        name=plain["name"],
        start=date.fromisoformat(plain["start"]),
        offices=plain["offices"],
        letters=tuple(plain.get("letters", ())),
        starts=tuple(Started.read(entry, f"{where}, starts") for entry in plain.get("starts", ())),
        commands=tuple(Commanded.read(entry, f"{where}, commands") for entry in plain.get("commands", ())),
        answers=tuple(Answered.read(entry, f"{where}, answers") for entry in plain.get("answers", ())),
        expect=tuple(Expected.read(entry, f"{where}, expect") for entry in plain.get("expect", ())),
        until=date.fromisoformat(plain["until"]) if plain.get("until") else None,
    )


def offices(name: str) -> dict[str, str]:
    """Return the CSV files of a set of offices that the package ships, by kind. Raises InvalidInput."""
    folder = files("processes").joinpath("samples", "offices", name)
    if not folder.is_dir():
        raise InvalidInput(f"Expected a set of offices under processes/samples/offices, but found no {name!r}.")
    found = {kind: folder.joinpath(f"{kind}.csv") for kind in COLUMNS}
    return {kind: file.read_text("utf-8") for kind, file in found.items() if file.is_file()}


@dataclass(slots=True)
class _Script:
    """People who do what the scenario says, and otherwise what the forms' examples show."""

    scenario: Scenario
    used: dict[int, int] = field(default_factory=dict)

    def answer(self, desk: Desk) -> dict[str, Any]:
        place = self._applies(desk)
        usual = answer(desk)
        if place is None:
            return usual
        said = self.scenario.answers[place]
        self.used[place] = self.used.get(place, 0) + 1
        names = Names(desk.connection)
        changed = {key: names.resolve(value, desk) for key, value in said.with_.items()}
        return {key: value for key, value in {**usual, **changed}.items() if value is not None}

    def not_before(self, desk: Desk) -> datetime | None:
        place = self._applies(desk)
        if place is not None:
            self.used.setdefault(place, 0)  # asked, even when the task goes before the day of the answer comes
        day = self.scenario.answers[place].from_ if place is not None else None
        return morning(date.fromisoformat(day)) if day else None

    def refusal(self, desk: Desk) -> str | None:
        place = self._applies(desk)
        return self.scenario.answers[place].refused if place is not None else None

    def _applies(self, desk: Desk) -> int | None:
        for place, said in enumerate(self.scenario.answers):
            times = 1 if said.refused else said.times
            spent = times is not None and self.used.get(place, 0) >= times
            here = said.form == desk.task.form and said.at in {"*", desk.code}
            if here and not spent and self._about(said, desk):
                return place
        return None

    def _about(self, said: Answered, desk: Desk) -> bool:
        if said.directive is not None and Names(desk.connection).code(desk.case.directive) != said.directive:
            return False
        return all(desk.context.get(key) == value for key, value in said.data.items())


def furnish(database: Database, name: str, clock: Clock, sources: Sources | None = None) -> Door:
    """Set up an empty database: the offices of that name, and the processes that the package ships."""
    door = prepare(database, clock)
    for kind, text in offices(name).items():
        door.execute(ImportDirectory(kind=kind, text=text, file=f"{kind}.csv"), SYSTEM, key=f"furnish:{kind}")
    door.execute(DeployDefinitions.of(sources or shipped_sources(), reason=name), SYSTEM, key="furnish:processes")
    return door


def play(scenario: Scenario, database: Database, sources: Sources | None = None, *, furnished: bool = False) -> list[str]:
    """Run a scenario on an empty database; return what is not as it expects, one sentence each.

    `furnished`: the database has the scenario's offices and the processes already.
    """
    clock = SimulatedClock(start_of_day(scenario.start - SETTLED))
    script = _Script(scenario=scenario)
    door = open_door(database, clock) if furnished else furnish(database, scenario.offices, clock, sources)
    stage = Stage(door=door, clock=clock, script=script, key="scenario")
    missed: list[str] = []
    stage.schedule(_events(scenario, stage, missed))
    clock.advance_to(morning(scenario.start))
    stage.run(morning(scenario.until) if scenario.until else None)
    with database.reading() as connection:
        missed += [what for entry in scenario.expect if entry.at is None for what in unmet(entry, connection)]
        missed += open_ends(connection)
    missed += [
        f"Expected form {said.form!r} at {said.at!r} to be answered as the scenario says, but nobody was asked."
        for place, said in enumerate(scenario.answers)
        if place not in script.used
    ]
    return missed


def _events(scenario: Scenario, stage: Stage, missed: list[str]) -> Iterable[Event]:
    for letter in scenario.letters:
        day = date.fromisoformat(letter.get("arrives", letter["issued"]))
        yield Event(at=morning(day), act=partial(_receive, stage, letter))
    for entry in scenario.starts:
        yield Event(at=morning(date.fromisoformat(entry.at)), act=partial(_start, stage, entry))
    for order in scenario.commands:
        yield Event(at=morning(date.fromisoformat(order.at)), act=partial(_command, stage, order))
    for wanted in scenario.expect:
        if wanted.at is not None:
            yield Event(at=morning(date.fromisoformat(wanted.at)), act=partial(_look, stage, wanted, missed))


def _look(stage: Stage, wanted: Expected, missed: list[str]) -> None:
    with stage.door.database.reading() as connection:
        missed += [f"On {wanted.at}: {what}" for what in unmet(wanted, connection)]


_ENVELOPE = {"issuer", "to", "number", "issued", "arrives", "channel", "reading", "refused"}


def _receive(stage: Stage, letter: Mapping[str, Any]) -> None:
    with stage.door.database.reading() as connection:
        unit, issuer = (organisation_by_code(connection, letter[key]).id for key in ("to", "issuer"))
    command = ReceiveDocument(
        organisation=unit,
        issuer=issuer,
        number=letter["number"],
        issued=letter["issued"],
        body={key: value for key, value in letter.items() if key not in _ENVELOPE},
        **{key: letter[key] for key in ("channel", "reading") if key in letter},
    )
    _do(letter.get("refused"), lambda: stage.do(command, stage.person(unit, "clerk")))


def _start(stage: Stage, entry: Started) -> None:
    with stage.door.database.reading() as connection:
        unit = organisation_by_code(connection, entry.by).id
        about = Names(connection).directive(entry.directive, concerning=unit) if entry.directive else None
    command = StartProcess(process=entry.process, organisation=unit, directive=about)
    _do(entry.refused, lambda: stage.do(command, stage.person(unit, entry.role)))


def _command(stage: Stage, order: Commanded) -> None:
    with stage.door.database.reading() as connection:
        names = Names(connection)
        given = {key: names.resolve(value, None) for key, value in order.with_.items()}
        actor = names.actor(order.by) if order.by else SYSTEM
    command = stage.door.command(order.command)(**given)
    _do(order.refused, lambda: stage.do(command, actor))


def _do(words: str | None, act: Callable[[], object]) -> None:
    if words is None:
        act()
    else:
        expect_refusal(words, act)
