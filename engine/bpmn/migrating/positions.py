"""Where the tokens of a stored instance stand, read off its row without loading it: for counting thousands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine.bpmn import serialise
from engine.bpmn.activities import ServiceTask, UserTask
from engine.bpmn.definition import Definition
from engine.bpmn.events import Catch
from engine.bpmn.gateways import ExclusiveGateway, Join
from engine.bpmn.node import Node
from engine.kernel.errors import StepFailed

UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Where a token stands. `kind`: task, operation, timer, subscription, listener, join, choice, other; or UNREADABLE."""

    process: str
    element: str
    call_path: tuple[str, ...]
    kind: str


def positions(definition: Definition, state: bytes) -> list[Position]:
    """Return where the tokens of an instance stand, listening events too; what contains others is told by the call paths.

    A state that is none of this definition has one position, which is UNREADABLE.
    """
    try:
        return _positions(definition, serialise.read_row(state))
    except (KeyError, StepFailed):
        return [Position(process=definition.process_id, element="", call_path=(), kind=UNREADABLE)]


def _positions(definition: Definition, row: dict[str, Any]) -> list[Position]:
    found: list[Position] = []
    hosts: dict[str, tuple[Node, tuple[str, ...]]] = {}
    for host, tokens in [("", row["tokens"]), *row["inside"]]:
        around, path = hosts.get(host, (None, ()))
        key = definition.process_id if around is None else around.inside
        path = path if around is None else (*path, around.element)
        for id, name, _, internal in tokens:
            node = definition.specs[key].task_specs[name]
            hosts[id] = (node, path)
            if not hasattr(node, "inside") and "many" not in internal and "enabled" not in internal:
                found.append(Position(process=key.split("/")[0], element=node.element, call_path=path, kind=_kind(node)))
    return found


def _kind(node: Any) -> str:
    if isinstance(node, UserTask):
        return "task"
    if isinstance(node, ServiceTask):
        return "operation"
    if isinstance(node, Catch):
        return "timer" if node.timer is not None else "subscription" if node.message is not None or node.signal is not None else "listener"
    return "join" if isinstance(node, Join) else "choice" if isinstance(node, ExclusiveGateway) else "other"
