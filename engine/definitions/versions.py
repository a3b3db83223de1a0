"""The versions of a process as designers see them, one of them as it is drawn, and an earlier one put in force again."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, func, select

from engine.bpmn.language.expressions import Functions
from engine.definitions.command import DeployDefinitions, decide_deploy
from engine.definitions.repository import VersionRow, latest, stored_sources
from engine.definitions.shelf import Shelf
from engine.definitions.source import Sources
from engine.definitions.withdrawing import withdrawal_of
from engine.history.record import opened
from engine.history.transaction import Reading, Transaction
from engine.kernel.clock import local_date
from engine.kernel.errors import InvalidInput, NotFound, Refused
from engine.storage.schema import definition_version, history_record, instance, person

Apply = Callable[[Transaction], dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowVersions:
    """Ask for the versions of a process."""

    process: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PutInForceAgain:
    """Roll back: deploy an earlier version of a process once more, for a reason, with the same checks as any deployment."""

    process: str
    version: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionLine:
    """A version. `by`, `reason`: of its last deployment, "" where the history holds none; `approved_by`: the second person."""

    id: str
    number: int
    deployed_at: str
    by: str
    approved_by: str
    reason: str
    in_force: bool
    running: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Versions:
    """A process with its versions, the one that was deployed last first. `name`: as drawn; `path`: of its diagram; `withdrawn_from`, `why`:
    the day from which it begins no new case, and the reason; None and "" while it begins them; `withdrawn`: that day has come."""

    process: str
    name: str
    path: str
    versions: tuple[VersionLine, ...]
    withdrawn_from: str | None
    withdrawn: bool
    why: str


_VERSIONS = select(definition_version).where(definition_version.c.key == bindparam("b_process")).order_by(definition_version.c.deployed_at.desc())
_RUNNING = (
    select(instance.c.definition_version, func.count().label("running"))
    .join(definition_version, definition_version.c.id == instance.c.definition_version)
    .where(definition_version.c.key == bindparam("b_process"), instance.c.status != "ended")
    .group_by(instance.c.definition_version)
)
_DEPLOYED = (
    select(history_record.c.body)
    .where(
        history_record.c.subject == bindparam("b_process"),
        history_record.c.subject_type == "definition",
        history_record.c.action == "process.deployed",
        history_record.c.outcome == "done",
    )
    .order_by(history_record.c.recorded_at, history_record.c.seq)
)
_NAMES = select(person.c.id, person.c.name).where(person.c.id.in_(bindparam("b_people", expanding=True)))


def answer_versions(query: ShowVersions, reading: Reading) -> Versions:
    """List the versions. Raises NotFound when no process of this key was deployed."""
    connection = reading.connection
    in_force = latest(connection, query.process)
    about = {"b_process": query.process}
    running: dict[str, int] = {row.definition_version: row.running for row in connection.execute(_RUNNING, about)}
    deployed = _deployments(connection, query.process)
    lines = []
    for row in connection.execute(_VERSIONS, about):
        by, approved_by, reason = deployed.get(row.version, ("", "", ""))
        line = VersionLine(
            id=row.id, number=row.version, deployed_at=row.deployed_at, by=by, approved_by=approved_by, reason=reason,
            in_force=row.id == in_force.id, running=running.get(row.id, 0),
        )  # fmt: skip
        lines.append(line)
    path, name = drawn_as(stored_sources(connection, in_force.id), query.process)
    found = withdrawal_of(connection, query.process)
    day, why = (found.from_day, found.reason) if found else (None, "")
    withdrawn = day is not None and day <= local_date(reading.now).isoformat()
    return Versions(process=query.process, name=name, path=path, versions=tuple(lines), withdrawn_from=day, withdrawn=withdrawn, why=why)


def decide_again(command: PutInForceAgain, reading: Reading, *, operations: Collection[str], functions: Functions) -> Apply:
    """Deploy the files of an earlier version. Raises Refused for the one in force, DefinitionInvalid when it would not run any more."""
    if not command.reason.strip():
        raise InvalidInput("Expected a reason for putting an earlier version in force again, but found none. Say why.")
    row = version_numbered(reading.connection, command.process, command.version)
    if row.id == latest(reading.connection, command.process).id:
        raise Refused(f"Expected a version of {command.process} that is not in force, but version {command.version} is. Choose another one.")
    files = DeployDefinitions.of(stored_sources(reading.connection, row.id), reason=command.reason.strip()).files
    deploy = DeployDefinitions(files=files, reason=command.reason.strip(), processes=(command.process,))
    return decide_deploy(deploy, reading, operations=operations, functions=functions)


def version_numbered(connection: Connection, process: str, number: int) -> VersionRow:
    """Return a version by its number. Raises NotFound."""
    row = connection.execute(_VERSIONS.where(definition_version.c.version == number), {"b_process": process}).mappings().one_or_none()
    if row is None:
        raise NotFound(f"Expected a version of {process!r} that was deployed, but {number} was not. Choose one of its list.")
    return VersionRow(**row)


def drawn_as(sources: Sources, process: str) -> tuple[str, str]:
    """Return the path of the diagram that holds a process, and its name there; ("", its key) when no file that can be read does."""
    shelf = Shelf(sources.diagrams)
    place = shelf.first.get(process)
    if place is None:
        return "", process
    drawn = (each for each in shelf.open(place.file).processes if each.get("id") == process)
    return place.file, next((" ".join((each.get("name") or process).split()) for each in drawn), process)


def _deployments(connection: Connection, process: str) -> dict[int, tuple[str, str, str]]:
    """Return version → (who deployed or proposed it, who approved it, the reason), of its last deployment."""
    bodies = [opened(row.body) for row in connection.execute(_DEPLOYED, {"b_process": process})]
    told = {int(body["subject"]["qualifier"]): (_changed(body, "by"), str(body["actor"]["id"]), str((body.get("reason") or {}).get("text", ""))) for body in bodies}
    people = sorted({each for proposer, actor, _ in told.values() for each in (proposer, actor) if each})
    names: dict[str, str] = {row.id: row.name for row in connection.execute(_NAMES, {"b_people": people})}
    return {
        number: (names.get(proposer or actor, ""), names.get(actor, "") if proposer else "", reason) for number, (proposer, actor, reason) in told.items()
    }


def _changed(body: Mapping[str, Any], name: str) -> str:
    return next((str(change["new"]) for change in body["changes"] if change["field"] == name), "")
