"""The command that deploys definitions: checked without a lock, stored in one transaction, with its record."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from engine.bpmn.language.expressions import Functions
from engine.definitions.check import Checked
from engine.definitions.deploy import accept, foresee, store
from engine.definitions.proposals import propose
from engine.definitions.repository import find_latest
from engine.definitions.source import Sources
from engine.directory.settings import DEPLOYMENT_NEEDS_SECOND_PERSON, setting, while_set
from engine.history.record import Change, Fact, Subject
from engine.history.transaction import Reading, Transaction

Apply = Callable[[Transaction], dict[str, Any]]
KIND = "deploy"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployDefinitions:
    """Deploy files: name to content in hexadecimal, so that the command is plain JSON.

    `processes`: only these get a version of theirs, although others stand in the files too; () for all.
    """

    files: dict[str, str]
    reason: str
    processes: tuple[str, ...] = ()

    @classmethod
    def of(cls, sources: Sources, *, reason: str) -> DeployDefinitions:
        """Return the command that deploys `sources`."""
        return cls(files={name: content.hex() for name, content in sources.files.items()}, reason=reason)

    @property
    def sources(self) -> Sources:
        """The files themselves. Raises InvalidInput for one that is not hexadecimal."""
        return Sources.of_hexadecimal(self.files)


def decide_deploy(command: DeployDefinitions, reading: Reading, *, operations: Collection[str], functions: Functions) -> Apply:
    """Check, and return what stores the new versions, or lays them before a second person where the installation asks for one.

    Raises DefinitionInvalid with every error.
    """
    checked = _only(command, accept(command.sources, operations=operations, functions=functions))
    changed = [entry.process for entry in foresee(reading.connection, checked) if entry.changed]
    if not setting(reading.connection, DEPLOYMENT_NEEDS_SECOND_PERSON, default=False):
        return while_set(DEPLOYMENT_NEEDS_SECOND_PERSON, _put_in_force(checked, command.reason), value=False)
    if not changed:
        return _put_in_force(checked, command.reason)
    in_force = {process: find_latest(reading.connection, process) for process in sorted(checked.definitions)}
    done = propose(
        reading,
        kind=KIND,
        subject=", ".join(changed),
        payload={"files": command.files, "reason": command.reason, **({"processes": list(command.processes)} if command.processes else {})},
        basis={process: row.id if row else None for process, row in in_force.items()},
        reason=command.reason,
    )
    return lambda transaction: {"deployed": [], **done(transaction)}


def decide_approved_deployment(
    payload: Mapping[str, Any], _reading: Reading, *, operations: Collection[str], functions: Functions, proposal: str, by: str
) -> Apply:
    """Return what stores the versions that a second person has approved."""
    command = DeployDefinitions(**payload)
    checked = _only(command, accept(command.sources, operations=operations, functions=functions))
    return _put_in_force(checked, command.reason, proposal=proposal, by=by)


def _only(command: DeployDefinitions, checked: Checked) -> Checked:
    """Return what was checked without the processes that the command leaves as they are."""
    if not command.processes:
        return checked
    return replace(checked, definitions={process: made for process, made in checked.definitions.items() if process in command.processes})


def _put_in_force(checked: Checked, reason: str, **approved: str) -> Apply:
    def apply(transaction: Transaction) -> dict[str, Any]:
        done = store(transaction.connection, checked, now=transaction.now)
        for entry in done:
            if entry.changed:
                transaction.record(
                    Fact(
                        action="process.deployed",
                        subject=Subject(type="definition", id=entry.process, qualifier=str(entry.version)),
                        changes=(Change(field="sha256", new=entry.sha256), *(Change(field=name, new=value) for name, value in approved.items())),
                        reason={"code": "deployed", "text": reason},
                    )
                )
        return {
            "deployed": [
                {"process": entry.process, "version": entry.version, "sha256": entry.sha256} for entry in done
            ]
        }

    return apply
