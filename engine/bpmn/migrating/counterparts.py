"""Which element of a new version stands for one of the old version, and what is lost where none does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.bpmn.activities import Container, ServiceTask
from engine.bpmn.definition import Definition
from engine.bpmn.events import Boundary, Catch, Handler, ReceiveTask
from engine.bpmn.gateways import ExclusiveGateway, Join
from engine.bpmn.many import Many
from engine.bpmn.node import Node

CAUSES = ("message", "signal", "timer", "condition", "error", "escalation", "cancel")
REPETITION = ("sequential", "item", "result", "results")  # what an activity in progress has fixed already
REMEDY = "Map it to the element that stands for it, or let the instance pass it first."


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """Why an instance cannot be taken to a version: where its token stands, a code for counting, and a sentence."""

    code: str
    element: str
    call_path: tuple[str, ...]
    message: str


class Counterparts:
    """The mapping between two versions, looked up node by node. A place is a process or sub-process, by its spec."""

    def __init__(self, old: Definition, new: Definition, mapping: Mapping[str, str]) -> None:
        self.old = old
        self.new = new
        self.mapping = mapping

    def target(self, old_place: Any, element: str) -> str:
        """Return the id that stands for an element of the old version; "process/id" tells called processes apart."""
        process = old_place.name.split("/")[0]
        found = self.mapping.get(f"{process}/{element}", self.mapping.get(element, element))
        return found.rpartition("/")[2]

    def is_mapped(self, old_place: Any, element: str) -> bool:
        """Tell whether the mapping names the element."""
        return element in self.mapping or f"{old_place.name.split('/')[0]}/{element}" in self.mapping

    def node(self, old_place: Any, new_place: Any, name: str) -> Any:
        """Return the node of the new version that stands for the node `name`; None when there is none."""
        node = old_place.task_specs[name]
        base = node.handling if isinstance(node, Handler) else node.element
        return new_place.task_specs.get(self.target(old_place, base) + name.removeprefix(base))

    def listener(self, old_place: Any, new_place: Any, name: str) -> str | None:
        """Return the name of the node that stands for a listening one and waits for the same kind of thing; else None."""
        found = self.node(old_place, new_place, name)
        if found is None or _cause(found) != _cause(old_place.task_specs[name]):
            return None
        return str(found.name)

    def flow(self, old_place: Any, new_place: Any, flow_id: str) -> str | None:
        """Return the flow on which a token waits at a join of the new version; None when there is none."""
        for node in [each for each in old_place.task_specs.values() if isinstance(each, Join)]:
            for flow in node.arriving:
                if flow.id == flow_id:
                    return self._flow(old_place, new_place, flow)
        return None

    def _flow(self, old_place: Any, new_place: Any, flow: Any) -> str | None:
        join = new_place.task_specs.get(self.target(old_place, flow.target))
        arriving = [] if join is None else join.arriving
        wanted = self.target(old_place, flow.id)
        if any(each.id == wanted for each in arriving):
            return wanted
        source = self.target(old_place, flow.source)
        same = [each.id for each in arriving if each.source == source]
        return same[0] if len(same) == 1 else None

    def lost_flow(self, node: Node, path: tuple[str, ...], flow: str) -> Obstacle:
        """Return the obstacle of a token that waits at a join on a flow that is gone."""
        message = f"Expected the flow {flow!r} into {node.element} in the new version, where a token waits, but it is gone. {REMEDY}"
        return Obstacle(code="flow", element=node.element, call_path=path, message=message)

    def lost_race(self, node: Node, path: tuple[str, ...]) -> Obstacle:
        """Return the obstacle of an event-based gateway none of whose events is left."""
        message = f"Expected one of the events behind {node.element} in the new version, which the instance waits for, but all are gone. {REMEDY}"
        return Obstacle(code="removed", element=node.element, call_path=path, message=message)

    def led_to(self, node: Node, path: tuple[str, ...]) -> Obstacle:
        """Return the obstacle of work that people could begin, and that a flow leads to in the new version."""
        message = f"Expected {node.element} to be begun by people in the new version too, but a flow leads to it there. Let it be done first."
        return Obstacle(code="flow", element=node.element, call_path=path, message=message)

    def obstacle(self, old_place: Any, new_place: Any, name: str, path: tuple[str, ...]) -> Obstacle | None:
        """Return why a token on the node `name` cannot stand on its counterpart; None when it can."""
        old, new = old_place.task_specs[name], self.node(old_place, new_place, name)
        if new is None:
            code, found = self._absent(old_place, new_place, old)
        else:
            code, found = self._difference(old_place, new_place, old, new) or ("", "")
        if not code:
            return None
        return Obstacle(code=code, element=old.element, call_path=path, message=f"Expected a counterpart of {_words(old)} in the new version, but {found}")

    def _absent(self, old_place: Any, new_place: Any, old: Node) -> tuple[str, str]:
        wanted = self.target(old_place, old.element)
        whole = new_place.task_specs.get(wanted)
        if whole is not None:
            return "repetition", f"{wanted} is carried out once there and several times here, or the other way round. Let the instance pass it first."
        if any(wanted in spec.task_specs for spec in self.new.specs.values()):
            return "moved", f"{wanted} stands in another process or sub-process there. Let the instance pass it first."
        return "removed", f"there is no {wanted}. {REMEDY}"

    def _difference(self, old_place: Any, new_place: Any, old: Any, new: Any) -> tuple[str, str] | None:
        if isinstance(old, Many) != isinstance(new, Many):
            return "repetition", f"{new.element} is carried out once there and several times here, or the other way round. Let the instance pass it first."
        if type(old) is not type(new) and {type(old), type(new)} != {Catch, ReceiveTask}:
            return "type", f"{new.element} is a {_kind(new)}. {REMEDY}"
        if _cause(old) != _cause(new):
            return "type", f"{new.element} waits for a {_cause(new) or 'person'} instead of a {_cause(old)}. {REMEDY}"
        if isinstance(old, Container) and (f"{old.name} [start]" in old_place.handlers) != (f"{new.name} [start]" in new_place.handlers):
            return "type", f"only one of the two is an event sub-process. {REMEDY}"
        return self._meaning(old_place, old, new)

    def _meaning(self, old_place: Any, old: Any, new: Any) -> tuple[str, str] | None:
        """Tell what an open piece of work would mean otherwise than when it was begun."""
        listens = isinstance(old, Catch) and not isinstance(old, Boundary | Handler)
        if listens and (old.message, old.signal) != (new.message, new.signal) and not self.is_mapped(old_place, old.element):
            before, after = old.message or old.signal, new.message or new.signal
            return "message", f"{new.element} waits for {after!r} instead of {before!r}, which may be on its way. Map the element by name if that is meant."
        if isinstance(old, ServiceTask) and old.operation != new.operation:
            return "operation", f"{new.element} is the operation {new.operation!r} instead of {old.operation!r}, which has begun. Let it end first."
        if isinstance(old, ExclusiveGateway) and old.undecided != new.undecided:
            return "choice", f"at {new.element} no person chooses. Let the choice be made first."
        if isinstance(old, Many):
            names = [name for name in REPETITION if getattr(old.repetition, name) != getattr(new.repetition, name)]
            if names or (old.repetition.condition is None) != (new.repetition.condition is None):
                return "repetition", f"{new.element} is repeated otherwise ({', '.join(names) or 'a loop'}), and it is in progress. Let it end first."
        if isinstance(old, Join) and old.joins and not new.joins:
            return "join", f"nothing waits at {new.element} there. Let the others arrive first."
        return None


def known_names(definition: Definition) -> set[str]:
    """Return what a mapping may name: elements and flows, also as "process/id"."""
    found: set[str] = set()
    for key, spec in definition.specs.items():
        for node in spec.task_specs.values():
            for name in (node.element, *(flow.id for flow in getattr(node, "flows", ()))):
                found |= {name, f"{key.split('/')[0]}/{name}"}
    return found


def _cause(node: Any) -> str:
    """Return what kind of thing a node waits for; "" for one that waits for none."""
    return next((cause for cause in CAUSES if getattr(node, cause, None) is not None), "") if isinstance(node, Catch) else ""


def _kind(node: Node) -> str:
    return type(node).__name__


def _words(node: Any) -> str:
    title = f' "{node.title}"' if node.title not in (node.name, node.element) else ""
    return f"{_kind(node)} {node.element}{title}"
