"""The scenarios of a process: those that designers saved from a trial, and the dry runs that the product ships beside its diagrams.

A saved scenario belongs to the process, not to a design: whoever changes the process next runs it again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from engine.definitions.designs import design_by_id, sources_of
from engine.definitions.dry_run_scenario import read_json, read_scenario, write_scenario
from engine.definitions.trial import lead_as_far, open_process
from engine.history.record import Change, Fact, Subject
from engine.history.transaction import Reading, Transaction
from engine.kernel.canonical import sha256_hex
from engine.kernel.errors import Conflict, InvalidInput, NotFound, Refused
from engine.storage.schema import person, trial_scenario

Apply = Callable[[Transaction], dict[str, Any]]
SAVED, SHIPPED = "saved", "shipped"
FOLDER = "scenarios"
LONGEST_NAME = 200  # characters
MOST_BYTES = 500_000  # of a saved scenario
MOST_SAVED = 200  # of one process
CARRIED = ("now", "start", "steps")  # of a trial into its scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepScenario:
    """Save a trial under a name, expecting what came of it in this design. `again`: instead of the one that has the name."""

    design: str
    process: str
    name: str
    scenario: Mapping[str, Any]
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DropScenario:
    """Remove a saved scenario."""

    scenario: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadScenario:
    """Ask for one scenario of a process, saved or shipped."""

    process: str
    scenario: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownScenario:
    """A scenario of a process. `origin`: saved (by `keeper`, at `kept_at`) or shipped, whose id is its path."""

    id: str
    name: str
    origin: str
    plain: Mapping[str, Any]
    keeper: str = ""
    kept_at: str = ""


_SAVED = (
    select(trial_scenario, person.c.name.label("keeper"))
    .join(person, person.c.id == trial_scenario.c.person)
    .where(trial_scenario.c.process == bindparam("b_process"))
    .order_by(trial_scenario.c.name)
)
_ONE = select(trial_scenario).where(trial_scenario.c.id == bindparam("b_id"))
_NAMED = select(trial_scenario).where(trial_scenario.c.process == bindparam("b_process"), trial_scenario.c.name == bindparam("b_name"))


def known_scenarios(connection: Connection, process: str) -> tuple[KnownScenario, ...]:
    """Return the scenarios of a process: saved ones by name, then shipped ones."""
    saved = (
        KnownScenario(id=row.id, name=row.name, origin=SAVED, plain=json.loads(row.scenario), keeper=row.keeper, kept_at=row.kept_at)
        for row in connection.execute(_SAVED, {"b_process": process})
    )
    return (*saved, *shipped_scenarios().get(process, ()))


@cache
def shipped_scenarios() -> Mapping[str, tuple[KnownScenario, ...]]:
    """Return process → the dry runs that come with the product; plays of offices (engine/scenario) need a database and are none."""
    found: dict[str, list[KnownScenario]] = {}
    for folder in sorted(files("processes").iterdir(), key=lambda entry: entry.name):
        beside = folder.joinpath(FOLDER)
        for path, entry in _below(beside, f"{folder.name}/{FOLDER}") if folder.is_dir() and beside.is_dir() else ():
            plain = read_json(entry.read_bytes(), path)
            if isinstance(plain, Mapping) and "steps" in plain and plain.get("process"):
                known = KnownScenario(id=path, name=str(plain.get("name") or path), origin=SHIPPED, plain=plain)
                found.setdefault(str(plain["process"]), []).append(known)
    return {process: tuple(scenarios) for process, scenarios in found.items()}


def answer_scenario(query: ReadScenario, reading: Reading) -> KnownScenario:
    """Return one scenario. Raises NotFound."""
    for known in known_scenarios(reading.connection, query.process):
        if known.id == query.scenario:
            return known
    raise NotFound(
        f"Expected a scenario of the process {query.process!r}, but it has none with the id {query.scenario!r}. Choose one of its list."
    )


def decide_keep_scenario(command: KeepScenario, reading: Reading, *, operations: Collection[str]) -> Apply:
    """Save a trial. Raises InvalidInput for a name that is none or taken, Refused for a trial that cannot be led to its end."""
    design_by_id(reading.connection, command.design)
    name = _plain_name(command.name)
    if not command.again and reading.connection.execute(_NAMED, {"b_process": command.process, "b_name": name}).one_or_none() is not None:
        raise InvalidInput(
            f"Expected a name that no scenario of this process has, but one is called {name!r}. Choose another one, or say that it takes its place."
        )
    return storing(reading, process=command.process, name=name, plain=_expecting(command, name, reading, operations))


def storing(reading: Reading, *, process: str, name: str, plain: Mapping[str, Any]) -> Apply:
    """Return what saves a scenario, in the place of the one of this name if there is one.

    Raises InvalidInput for a name that is none and for a scenario that is too large, Refused where the process has too many.
    """
    name = _plain_name(name)
    before = reading.connection.execute(_NAMED, {"b_process": process, "b_name": name}).one_or_none()
    if before is None and len(reading.connection.execute(_SAVED, {"b_process": process}).all()) >= MOST_SAVED:
        raise Refused(
            f"Expected at most {MOST_SAVED} saved scenarios of a process, but {process!r} has as many already. Remove one that is not needed."
        )
    text = write_scenario(plain)
    if len(text.encode()) > MOST_BYTES:
        raise InvalidInput(f"Expected a scenario of at most {MOST_BYTES} bytes, but found {len(text.encode())}. Try it in fewer steps.")

    def apply(transaction: Transaction) -> dict[str, Any]:
        found = transaction.connection.execute(_NAMED, {"b_process": process, "b_name": name}).one_or_none()
        if (found.id if found else None) != (before.id if before else None):
            raise Conflict(f"Expected to be the only one who saves {name!r}, but another window was faster.")
        identity = before.id if before is not None else transaction.new_id()
        values = {"scenario": text, "person": transaction.actor.id, "kept_at": transaction.at}
        if before is not None:
            transaction.connection.execute(update(trial_scenario).where(trial_scenario.c.id == identity).values(**values))
        else:
            transaction.connection.execute(insert(trial_scenario).values(id=identity, process=process, name=name, **values))
        _record(transaction, "scenario.kept", identity, process, name, new=sha256_hex(text.encode()))
        return {"scenario": identity, "name": name}

    return apply


def _plain_name(name: str) -> str:
    plain = name.strip()
    if not 0 < len(plain) <= LONGEST_NAME:
        raise InvalidInput(
            f"Expected a name of 1 to {LONGEST_NAME} characters for the scenario, but found {len(plain)}. Say in a few words what it tries."
        )
    return plain


def decide_drop_scenario(command: DropScenario, reading: Reading) -> Apply:
    """Remove a saved scenario. Raises NotFound."""
    row = reading.row(
        _ONE, command.scenario, missing=f"Expected the id of a saved scenario, but found {command.scenario!r}, which none has."
    )

    def apply(transaction: Transaction) -> dict[str, Any]:
        transaction.connection.execute(delete(trial_scenario).where(trial_scenario.c.id == row.id))
        _record(transaction, "scenario.dropped", row.id, row.process, row.name, old=sha256_hex(row.scenario.encode()))
        return {"process": row.process, "name": row.name}

    return apply


def _expecting(command: KeepScenario, name: str, reading: Reading, operations: Collection[str]) -> dict[str, Any]:
    """Return the scenario with what comes of it in the design."""
    read_scenario(command.scenario)
    tried = open_process(sources_of(reading.connection, command.design), command.process, operations)
    led = lead_as_far(tried, command.scenario, now=reading.now)
    if led.refused is not None:
        raise Refused(
            f"Expected steps that can all be done, but step {led.refused.number} cannot: {led.refused.error.message} Save the steps before it."
        )
    answer = led.run.answer()
    expect = {
        "ended": answer["ended"],
        "ends": answer["ends"],
        "waiting": sorted(entry["element"] for entry in answer["waiting"]),
        "path": answer["path"],
        "sent": [entry["message"] for entry in answer["sent"]],
    }
    carried = {part: led.scenario[part] for part in CARRIED if part in led.scenario}
    return {"name": name, "process": command.process, **carried, "expect": expect}


def _record(transaction: Transaction, action: str, identity: str, process: str, name: str, **digest: str) -> None:
    changes = (Change(field="process", new=process), Change(field="name", new=name), Change(field="sha256", **digest))
    transaction.record(Fact(action=action, subject=Subject(type="trial_scenario", id=identity), changes=changes))


def _below(folder: Traversable, path: str) -> Iterator[tuple[str, Traversable]]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            yield from _below(entry, f"{path}/{entry.name}")
        elif entry.name.endswith(".json"):
            yield f"{path}/{entry.name}", entry
