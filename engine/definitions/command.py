"""The command that deploys definitions: checked without a lock, stored in one transaction, with its record."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from engine.bpmn.expressions import Functions
from engine.definitions.deploy import accept, store
from engine.definitions.source import Sources
from engine.history.record import Change, Fact, Subject
from engine.history.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployDefinitions:
    """Deploy files: name to content in hexadecimal, so that the command is plain JSON."""

    files: dict[str, str]
    reason: str


def decide_deploy(
    command: DeployDefinitions, *, operations: Collection[str], functions: Functions
) -> Callable[[Transaction], dict[str, Any]]:
    """Check, and return what stores the new versions. Raises DefinitionInvalid with every error."""
    sources = Sources(files={name: bytes.fromhex(content) for name, content in command.files.items()})
    checked = accept(sources, operations=operations, functions=functions)

    def apply(transaction: Transaction) -> dict[str, Any]:
        done = store(transaction.connection, checked, now=transaction.now)
        for entry in done:
            if entry.changed:
                transaction.record(
                    Fact(
                        action="process.deployed",
                        subject=Subject(type="definition", id=entry.process, qualifier=str(entry.version)),
                        changes=(Change(field="sha256", new=entry.sha256),),
                        reason={"code": "deployed", "text": command.reason},
                    )
                )
        return {
            "deployed": [
                {"process": entry.process, "version": entry.version, "sha256": entry.sha256} for entry in done
            ]
        }

    return apply
