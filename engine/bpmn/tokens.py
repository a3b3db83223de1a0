"""The token game of one process, sub-process or called process: live tokens only.

Compaction happens here, as the tokens move: a token that has left is taken out of the tree at once, so the tree is always as
small as the number of tokens, however long the process has run.
"""

# ruff: noqa: SLF001  the hooks that the library offers begin with an underscore
from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.bpmn.events import Boundary, Handler
from engine.bpmn.language.scripts import storable
from engine.bpmn.node import Flow, Node, Token
from engine.bpmn.outcome import Passed
from engine.bpmn.scope import Scope
from engine.kernel.errors import InvalidInput, StepFailed


class Tokens:
    """The token game of one process, sub-process or called process."""

    spec: Any
    tasks: dict[UUID, Token]
    task_tree: Token
    top_workflow: Any
    scope: Scope
    path: tuple[str, ...]
    _remove_task: Callable[[UUID], None]

    def plant(self) -> None:
        """Make the root of the task tree, which every token hangs from."""
        self.task_tree = Task(self, self.spec.start, state=TaskState.COMPLETED)

    def live(self) -> list[Token]:
        """Return the tokens, oldest first."""
        return [token for token in self.tasks.values() if token is not self.task_tree]

    def token(self, hexadecimal: str) -> Token:
        """Return the token with this id."""
        return self.tasks[UUID(hex=hexadecimal)]

    def add(self, node: Node, internal: dict[str, Any], data: Scope) -> Token:
        """Make a token on `node` and let it arrive."""
        token = Task(self, node, self.task_tree, state=TaskState.FUTURE)
        token.internal_data = internal
        token.data = data
        if not self.top_workflow.passes_over(token):
            node._update(token)
        return token

    def put(self, flow: Flow, **internal: Any) -> None:
        """Send a token along `flow`."""
        node = self.spec.task_specs[flow.target]
        self.add(node, {**internal, "flow": flow.id} if node.joins else internal, self.scope)

    def put_inner(self, node: Node, owner: Token, given: dict[str, Any]) -> None:
        """Make a token for one of many instances, with values of its own."""
        self.add(node, {"of": owner.id.hex, "local": given}, Scope(given, owner.data))

    def attach(self, host: Token) -> None:
        """Let the boundary events of an activity listen."""
        for name in host.task_spec.boundary:
            self.add(self.spec.task_specs[name], {"host": host.id.hex}, self.scope)

    def leave(self, token: Token) -> None:
        """A token has done its work: note it, take it out, and send tokens on."""
        node = token.task_spec
        if node.associations is not None:
            node.associations.give(token)
        noted = token.internal_data.pop("noted", False)
        if not noted and not token.internal_data.get("many", {}).get("made"):
            self.top_workflow.note(token, self.path)
        flows = () if "of" in token.internal_data else node.leaving(token)
        self.drop(token)
        for flow in flows:
            self.put(flow)
        if "of" in token.internal_data:
            owner = self.token(token.internal_data["of"])
            owner.task_spec.one_done(owner, token)
        elif self.idle():
            self.close(node)

    def idle(self) -> bool:
        """Tell whether no token is left; event sub-processes that only listen fall silent then."""
        if self.spec.handlers and all(isinstance(token.task_spec, Handler) for token in self.live()):
            self.clear()
        return len(self.tasks) == 1

    def listen(self) -> None:
        """Let the event sub-processes of a process that begins listen."""
        for name in self.spec.handlers:
            self.add(self.spec.task_specs[name], {}, self.scope)

    def catcher(self, kind: str, code: str) -> Token | None:
        """Return what catches an error, escalation or cancellation nearest: an event sub-process here, a boundary event around, or further out."""
        for token in self.live():
            if isinstance(token.task_spec, Handler) and token.task_spec.catches(kind, code):
                return token
        return self.catcher_outside(kind, code)

    def catcher_at(self, token: Token, kind: str, code: str) -> Token | None:
        """Return what catches what the activity of `token` raises: a boundary event of it, or what is further out."""
        owner = token.internal_data.get("of")
        for border in self.linked("host", token if owner is None else self.token(owner)):
            if border.task_spec.catches(kind, code):
                return border
        return self.catcher(kind, code)

    def catcher_outside(self, kind: str, code: str) -> Token | None:
        """Return what catches it around this process."""
        raise NotImplementedError(kind, code)

    def close(self, last: Node) -> None:
        """The last token is gone."""
        raise NotImplementedError

    def settle(self) -> bool:
        """Do what is decided only when nothing moves. Return whether something was done."""
        return False

    def selection(self) -> tuple[str, ...]:
        """Return the activities of an ad-hoc sub-process that a person may start."""
        return ()

    def drop(self, token: Token) -> None:
        """Take a token out, with the boundary events that listened for it."""
        self.silence(token)
        self._remove_task(token.id)

    def silence(self, token: Token) -> None:
        """Take out the boundary events that listen for a token."""
        if token.task_spec.boundary:
            for other in self.linked("host", token):
                self._remove_task(other.id)

    def discard(self, token: Token) -> None:
        """End a token before its time, with everything inside it."""
        inside = self.top_workflow.subprocesses.pop(token.id, None)
        if inside is not None:
            inside.clear()
        self.discard_inner(token)
        token._set_state(TaskState.CANCELLED)
        self.drop(token)

    def discard_inner(self, owner: Token) -> None:
        """End the instances of many that are still open."""
        if "many" in owner.internal_data:
            for inner in self.linked("of", owner):
                self.discard(inner)

    def linked(self, link: str, token: Token) -> list[Token]:
        """Return the tokens that belong to `token`."""
        return [other for other in self.live() if other.internal_data.get(link) == token.id.hex]

    def clear(self, sparing: Token | None = None) -> None:
        """End every token but one."""
        for token in self.live():
            if token is not sparing and token.id in self.tasks:
                self.discard(token)

    def win(self, token: Token) -> None:
        """An event behind an event-based gateway has happened: the gateway is passed, the other events fall silent."""
        race = token.internal_data.pop("race", None)
        if race is None:
            return
        for other in self.live():
            if other.internal_data.get("race") == race:
                self.discard(other)
        self.top_workflow.passed.append(Passed(element=race[0], call_path=self.path, task=str(UUID(hex=race[1]))))

    def spawn(self, token: Token) -> None:
        """A non-interrupting boundary event has happened and goes on listening."""
        self.top_workflow.note(token, self.path)
        if token.task_spec.associations is not None:
            token.task_spec.associations.give(token)
            token.task_spec.associations.take(token)
        for flow in token.task_spec.leaving(token):
            self.put(flow)

    def at(self, node: Node) -> Iterator[Token]:
        """Yield the tokens that wait at a join, oldest first."""
        return (token for token in self.live() if token.task_spec is node and token.state == TaskState.WAITING)

    def places(self, besides: Node) -> Iterator[str]:
        """Yield where tokens are; a listening boundary event is no token, events that race are one token on their gateway."""
        for token in self.live():
            listening = isinstance(token.task_spec, Boundary | Handler) and token.state == TaskState.WAITING
            if token.task_spec is not besides and not listening and "of" not in token.internal_data:
                yield token.internal_data["race"][0] if "race" in token.internal_data else token.task_spec.name

    def storable(self, value: Any, element: str) -> Any:
        """Return `value` as JSON keeps it. Raises StepFailed naming the element."""
        try:
            return storable(value)
        except InvalidInput as error:
            raise StepFailed(f"At {element}: {error.message}", element=element) from error
