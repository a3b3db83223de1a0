"""A design put in force: what it would change, what stands in its way, and the deployment, at once or after a second person.

Only processes that the design touches get a version: whatever else lies in the same folder stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, func, select, update

from engine.bpmn.language.expressions import Functions
from engine.definitions.check import Bundle, Checked, examine
from engine.definitions.command import DeployDefinitions, decide_deploy
from engine.definitions.deploy import accept, foresee
from engine.definitions.design_pages import SAME, FileLine, ShowDesign, answer_design
from engine.definitions.designs import OPEN, design_by_id, end_design, files_of, own_design, sources_of
from engine.definitions.differences import differences
from engine.definitions.in_force import sources_in_force
from engine.definitions.outline import outline
from engine.definitions.proposals import CarryOut, DecideProposal, decide_proposal
from engine.definitions.repository import all_latest
from engine.definitions.rules import ERROR
from engine.definitions.source import Sources
from engine.directory.settings import DEPLOYMENT_NEEDS_SECOND_PERSON, setting
from engine.history.record import Fact, Subject
from engine.history.transaction import Reading, Transaction
from engine.kernel.canonical import canonical_json, sha256_hex
from engine.kernel.errors import Conflict, Finding, InvalidInput, Refused
from engine.storage.schema import definition_part, definition_version, design, instance

Apply = Callable[[Transaction], dict[str, Any]]
Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeseeDeployment:
    """Ask what the deployment of a design would do."""

    design: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployDesign:
    """Deploy one's own design, for a reason.

    `confirmed`: `Foreseen.overtaken_mark` as it was shown, when what is in force has changed since the design was begun and its
    designer, having compared both, lets the design count.
    """

    design: str
    reason: str
    confirmed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overtaken:
    """A file that changed in force after the design had begun with it. `process`, `before`, `since`: where both can be compared, by version
    id; "" when no version holds it any more."""

    path: str
    process: str
    before: str
    since: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """A process that would get a version. `again`: an earlier version, which comes in force again; `running`: (version, cases); `withdrawn_from`: the day from which it begins no new case;
    `names`: (process, element) → name."""

    process: str
    name: str
    version: int
    again: bool
    in_force: str | None
    running: tuple[tuple[int, int], ...]
    withdrawn_from: str | None
    found: Json
    names: Mapping[tuple[str, str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """What would happen. `processes` is empty while `problems` has errors. `staying`: processes whose diagram the design takes away,
    and which stay in force; `holding`: (process, running cases of earlier versions) that hold what a deployed design changed; `files`: of the touched processes, in hexadecimal; `overtaken_mark`: "" when nothing is overtaken."""

    design: str
    name: str
    designer: str
    mine: bool
    status: str
    proposal: str | None
    changes: tuple[FileLine, ...]
    problems: tuple[Finding, ...]
    processes: tuple[Touched, ...]
    overtaken: tuple[Overtaken, ...]
    overtaken_mark: str
    staying: tuple[str, ...]
    holding: tuple[tuple[str, int], ...]
    second_person: bool
    files: Mapping[str, str]


_RUNNING = (
    select(definition_version.c.key, definition_version.c.version, func.count().label("running"))
    .join(instance, instance.c.definition_version == definition_version.c.id)
    .where(instance.c.status != "ended")
    .group_by(definition_version.c.key, definition_version.c.version)
    .order_by(definition_version.c.version)
)
_NUMBERS = select(definition_version.c.key, definition_version.c.version)
_HELD = (
    select(definition_version.c.id, definition_version.c.key)
    .join(definition_part, definition_part.c.definition_version == definition_version.c.id)
    .where(definition_part.c.path == bindparam("b_path"), definition_part.c.file == bindparam("b_file"))
    .order_by(definition_version.c.deployed_at.desc())
)
_HOLDING = select(definition_part.c.definition_version, definition_part.c.path, definition_part.c.file).where(
    definition_part.c.path.in_(bindparam("b_paths", expanding=True))
)
_PROPOSED = select(design.c.id).where(design.c.proposal == bindparam("b_proposal"), design.c.status == "proposed")


def answer_foreseen(query: ForeseeDeployment, reading: Reading, *, operations: Collection[str], functions: Functions) -> Foreseen:
    """Foresee a deployment; nothing is changed. Raises NotFound."""
    connection = reading.connection
    page, row = answer_design(ShowDesign(design=query.design), reading), design_by_id(connection, query.design)
    changes = tuple(line for line in page.files if line.state != SAME)
    sources = sources_of(connection, query.design)
    checked = examine(sources, operations=operations, functions=functions)
    problems = tuple(checked.findings)
    broken = any(finding.severity == ERROR for finding in problems)
    bundles = {} if broken else _touched(connection, checked, {line.path for line in changes})
    overtaken = [line.path for line in changes if line.overtaken]
    return Foreseen(
        design=row.id, name=row.name, designer=page.designer, mine=page.mine, status=row.status, proposal=row.proposal, changes=changes,
        problems=problems, processes=_told(connection, checked, bundles, sources),
        overtaken=tuple(_compared(connection, row.id, path) for path in overtaken), overtaken_mark=_mark(connection, overtaken),
        staying=() if broken else tuple(sorted({version.key for version in all_latest(connection)} - checked.definitions.keys() - checked.drawn.keys())),
        holding=_holding(connection, row.id) if row.status == "deployed" else (), second_person=bool(setting(connection, DEPLOYMENT_NEEDS_SECOND_PERSON, default=False)), files=_hexadecimal(bundles),
    )  # fmt: skip


def decide_deploy_design(command: DeployDesign, reading: Reading, *, operations: Collection[str], functions: Functions) -> Apply:
    """Deploy a design, or lay it before a second person. Raises DefinitionInvalid with every error, Refused when what is in force has
    changed and nobody has confirmed it, or when nothing would change; Conflict when it was kept or overtaken meanwhile."""
    connection = reading.connection
    row = own_design(reading, command.design)
    reason = command.reason.strip()
    if not reason:
        raise InvalidInput("Expected a reason for the deployment, but found none. Say why the processes change.")
    before = _state(connection, row.id)
    changes = [line for line in answer_design(ShowDesign(design=row.id), reading).files if line.state != SAME]
    overtaken = [line.path for line in changes if line.overtaken]
    if _mark(connection, overtaken) != command.confirmed and overtaken:
        raise Refused(f"Expected files as they were when the design began, but {', '.join(overtaken)} changed in force. Compare, then confirm or mend.")
    checked = accept(sources_of(connection, row.id), operations=operations, functions=functions)
    bundles = _touched(connection, checked, {line.path for line in changes})
    if not bundles:
        raise Refused(f"Expected a design that changes a process, but {row.name!r} changes none of those in force. Change a file, or give it up.")
    deploy = DeployDefinitions(files=_hexadecimal(bundles), reason=reason, processes=tuple(sorted(bundles)))
    done = decide_deploy(deploy, reading, operations=operations, functions=functions)

    def apply(transaction: Transaction) -> dict[str, Any]:
        if _state(transaction.connection, row.id) != before:
            raise Conflict("Expected the design and what is in force as they were checked, but one of them has just changed.")
        answer = done(transaction)
        proposal = answer.get("proposal")
        end_design(transaction, row.id, "proposed" if proposal else "deployed", reason=reason, **({"proposal": proposal} if proposal else {}))
        return {"design": row.id, **answer}

    return apply


def decide_proposal_of_design(command: DecideProposal, reading: Reading, *, carry_out: Mapping[str, CarryOut]) -> Apply:
    """Decide a proposal; the design that it came from is deployed with it, or open again."""
    decided = decide_proposal(command, reading, carry_out=carry_out)

    def apply(transaction: Transaction) -> dict[str, Any]:
        answer = decided(transaction)
        for identity in transaction.connection.execute(_PROPOSED, {"b_proposal": command.proposal}).scalars().all():
            if answer["status"] == "approved":
                end_design(transaction, identity, "deployed", reason=command.reason)
            else:
                _open_again(transaction, identity, command.reason)
        return answer

    return apply


def _open_again(transaction: Transaction, identity: str, reason: str) -> None:
    opened = update(design).where(design.c.id == identity).values(status=OPEN, proposal=None, changed_at=transaction.at)
    transaction.connection.execute(opened)
    subject = Subject(type="design", id=identity)
    transaction.record(Fact(action="design.reopened", subject=subject, reason={"code": "refused", "text": reason}))


def _touched(connection: Connection, checked: Checked, paths: set[str]) -> dict[str, Bundle]:
    """Return the bundles of the processes that would change, and whose files the design changes."""
    return {entry.process: checked.bundles[entry.process] for entry in foresee(connection, checked) if entry.changed and paths & set(_files(checked.bundles[entry.process]))}


def _files(bundle: Bundle) -> dict[str, bytes]:
    return {**bundle.diagrams, **bundle.forms, **bundle.decisions}


def _hexadecimal(bundles: Mapping[str, Bundle]) -> dict[str, str]:
    return {path: content.hex() for _, bundle in sorted(bundles.items()) for path, content in _files(bundle).items()}


def _told(connection: Connection, checked: Checked, bundles: Mapping[str, Bundle], sources: Sources) -> tuple[Touched, ...]:
    if not bundles:
        return ()
    old, new = outline(sources_in_force(connection)), outline(sources)
    in_force = {version.key: version for version in all_latest(connection)}
    numbers: set[tuple[str, int]] = {(row.key, row.version) for row in connection.execute(_NUMBERS)}
    running: dict[str, list[tuple[int, int]]] = {}
    for row in connection.execute(_RUNNING):
        running.setdefault(row.key, []).append((row.version, row.running))
    return tuple(
        Touched(
            process=entry.process, name=new.parts[entry.process, entry.process].name or entry.process, version=entry.version,
            again=(entry.process, entry.version) in numbers, in_force=in_force[entry.process].id if entry.process in in_force else None,
            running=tuple(running.get(entry.process, ())), withdrawn_from=in_force[entry.process].withdrawn_from if entry.process in in_force else None, found=differences(old, new, entry.process, deep=False),
            names={key: part.name for key, part in {**old.parts, **new.parts}.items() if key[0] == entry.process},
        )
        for entry in foresee(connection, checked)
        if entry.process in bundles
    )  # fmt: skip


def _holding(connection: Connection, identity: str) -> tuple[tuple[str, int], ...]:
    """Return the processes in force that hold a file of the design as it was deployed, with their cases of earlier versions."""
    files = {(path, sha256_hex(bytes(row.content))) for path, row in files_of(connection, identity).items() if row.content is not None}
    in_force = {version.id: version for version in all_latest(connection)}
    held = connection.execute(_HOLDING, {"b_paths": sorted(path for path, _ in files)})
    keys = {in_force[row.definition_version].key: in_force[row.definition_version].version for row in held if (row.path, row.file) in files and row.definition_version in in_force}
    left: dict[str, int] = dict.fromkeys(keys, 0)
    for row in connection.execute(_RUNNING):
        left |= {row.key: left[row.key] + row.running} if row.key in keys and row.version < keys[row.key] else {}
    return tuple(sorted(left.items()))


def _compared(connection: Connection, identity: str, path: str) -> Overtaken:
    """Return where what a design began with can be compared with what is in force."""
    base = files_of(connection, identity)[path].base
    in_force = {version.key: version.id for version in all_latest(connection)}
    held = connection.execute(_HELD, {"b_path": path, "b_file": base}).all() if base else ()
    for row in held:
        if row.key in in_force and row.id != in_force[row.key]:
            return Overtaken(path=path, process=row.key, before=row.id, since=in_force[row.key])
    return Overtaken(path=path, process="", before="", since="")


def _mark(connection: Connection, overtaken: Collection[str]) -> str:
    """Return what stands for the present state of files that are overtaken: who confirms it has seen it."""
    files = sources_in_force(connection).files
    state = {path: sha256_hex(files[path]) if path in files else "" for path in overtaken}
    return sha256_hex(canonical_json(state)) if state else ""


def _state(connection: Connection, identity: str) -> tuple[Any, ...]:
    """Return what a decision to deploy rests on: the editions of the design, and the versions in force."""
    editions = tuple((path, row.edition) for path, row in files_of(connection, identity).items())
    return design_by_id(connection, identity).status, editions, tuple(version.id for version in all_latest(connection))
