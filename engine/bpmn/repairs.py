"""What an administrator mends in a running instance: its data, where a token stands, an element that cannot be carried out."""

# ruff: noqa: SLF001  the hooks that the library offers begin with an underscore
from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.bpmn.activities import Activity, ServiceTask
from engine.bpmn.events import Boundary, Catch, Handler, Raise, Throw
from engine.bpmn.gateways import EventGateway, Join
from engine.bpmn.language.scripts import storable
from engine.bpmn.node import EndEvent, Node, StartTrigger, Token
from engine.bpmn.outcome import MoveToken, SetData
from engine.kernel.errors import Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a token stands. `call_path`: the elements around it; `listens`: it only waits for an event and is no token itself."""

    id: str
    element: str
    name: str
    call_path: tuple[str, ...]
    listens: bool


def standing(tokens: Iterable[Token]) -> tuple[Standing, ...]:
    """Return where the tokens stand."""
    return tuple(
        Standing(
            id=str(token.id),
            element=token.task_spec.element,
            name=token.task_spec.title,
            call_path=token.workflow.path,
            listens=_listens(token),
        )
        for token in tokens
    )


def elements_with_tokens(tokens: Iterable[Token]) -> tuple[str, ...]:
    """Return the element of each token: of an activity that is carried out several times its open instances, of a join one token, however many wait."""
    found: list[str] = []
    joins: set[tuple[int, str]] = set()
    for token in tokens:
        node = token.task_spec
        if _listens(token) or "many" in token.internal_data or "enabled" in token.internal_data:
            continue
        if isinstance(node, Join):
            if (id(token.workflow), node.element) in joins:
                continue
            joins.add((id(token.workflow), node.element))
        found.append(node.element)
    return tuple(found)


def set_data(token: Token, command: SetData) -> None:
    """Change the data, and what an open operation was given."""
    token.data.update(storable(command.values))
    if isinstance(token.task_spec, ServiceTask) and token.state == TaskState.STARTED:
        token.task_spec.act(token)


def move(token: Token, command: MoveToken) -> None:
    """Withdraw the tokens and put one on the element."""
    place = token.workflow
    if getattr(place.spec, "ad_hoc", None) is not None:
        raise Refused(f"Expected flows to lead through the process, but in {place.path[-1]} people choose what is done next. Let them choose.")
    moved = [token, *(_beside(place, other) for other in command.also)]
    for each in moved:
        _check_movable(each)
    node = _target(place, command.to)
    for each in moved:
        if each.id in place.tasks:
            _withdraw(place, each)
    if not node.joins:
        place.add(node, {}, place.scope)
        return
    passing = Task(place, node, place.task_tree, state=TaskState.FUTURE)
    passing.internal_data, passing.data = {}, place.scope
    passing._ready()


def check_over(nodes: Iterable[Node], elements: Iterable[str]) -> None:
    """Refuse to pass over what decides where the process goes, or what is nowhere in it."""
    found = {node.element: node for node in nodes if not isinstance(node, Boundary | Handler)}
    for element in elements:
        if element not in found:
            raise Refused(f"Expected an element of this process to pass over, but found {element!r}. Move the token instead.")
        node = found[element]
        if isinstance(node, EndEvent | StartTrigger) or not isinstance(node, Activity | Throw | Catch | Raise):
            raise Refused(
                f"Expected an activity or an event to pass over, but {element} only decides where the process goes. Correct the data, or move the token."
            )


def _withdraw(place: Any, token: Token) -> None:
    """End a token, with the events that race with it."""
    race = token.internal_data.get("race")
    for other in place.live() if race is not None else ():
        if other is not token and other.internal_data.get("race") == race:
            place.discard(other)
    place.discard(token)


def _listens(token: Token) -> bool:
    return isinstance(token.task_spec, Boundary | Handler) and token.state == TaskState.WAITING


def _beside(place: Any, task: str) -> Token:
    found = place.tasks.get(_uuid(task))
    if found is None:
        raise Refused(f"Expected tokens of the same process or sub-process, but {task!r} stands in another or is gone. Move each by itself.")
    return found


def _uuid(task: str) -> UUID | None:
    try:
        return UUID(task)
    except (ValueError, AttributeError, TypeError):
        return None


def _check_movable(token: Token) -> None:
    element = token.task_spec.element
    if _listens(token):
        raise Refused(f"Expected a token to move, but {element} only listens for an event. Move the token of its activity.")
    if "of" in token.internal_data:
        raise Refused(f"Expected a token to move, but {element} is one of many instances. Move the token of the whole activity.")


def _target(place: Any, to: str) -> Node:
    """Return the node to go to. Raises Refused for what no token may stand on by itself."""
    node = place.spec.task_specs.get(to)
    handled = {each.handling for each in place.spec.task_specs.values() if isinstance(each, Handler)}
    if not isinstance(node, Node) or node.element != to:
        known = sorted(name for name, each in place.spec.task_specs.items() if name == each.element and not isinstance(each, Boundary | Handler))
        raise Refused(f"Expected an element of the same process or sub-process ({', '.join(known)}), but found {to!r}.")
    if isinstance(node, Boundary | Handler) or to in handled:
        raise Refused(f"Expected an element to which flows lead, but {to} begins by its event alone. Choose the element behind it.")
    if isinstance(node, Catch) and node.arriving and all(isinstance(place.spec.task_specs[flow.source], EventGateway) for flow in node.arriving):
        raise Refused(f"Expected an element that waits by itself, but {to} races with others behind a gateway. Move to the gateway.")
    return node
